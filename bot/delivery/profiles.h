// Asks the platform who a person is (name, language), in the background and never before an answer, and remembers it with the
// identity. One call at a time with a pause between, so that it never takes from what answers need; Retry-After is obeyed.
//
// `ask` from any thread, `start` and `stop` from one.
#pragma once

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "adapters/message.h"
#include "bot/base/clock.h"
#include "bot/base/http_client.h"
#include "bot/config/config.h"
#include "bot/delivery/bot_tokens.h"
#include "bot/storage/store.h"

namespace handrail::delivery {

inline constexpr std::size_t kProfilesAsked = 10'000;    // remembered, so that nobody is asked for twice; then anew
inline constexpr std::size_t kProfilesWaiting = 1'000;   // more are asked for when they write again
inline constexpr std::chrono::milliseconds kProfilePause{500};
inline constexpr std::int64_t kRefusedTokenMs = 15 * 60 * 1000;  // with a token that is refused nobody is asked for so long

class Profiles {
 public:
  Profiles(storage::Store& store, base::HttpClient& http, const base::Clock& clock, const config::Config& config,
           BotTokens& tokens)
      : store_(store), http_(http), clock_(clock), config_(config), tokens_(tokens) {}
  ~Profiles() { stop(); }
  void start();
  void stop();
  // Does nothing for channels without such a question and for people asked about already.
  void ask(const adapters::Address& person);
  // Asks about the next one on the caller's thread. False: nobody waits. For tests.
  bool ask_next();

 private:
  void run();

  storage::Store& store_;
  base::HttpClient& http_;
  const base::Clock& clock_;
  const config::Config& config_;
  BotTokens& tokens_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::deque<adapters::Address> waiting_;
  std::set<std::string> asked_;
  std::chrono::milliseconds pause_ = kProfilePause;
  std::map<std::string, std::int64_t> refused_until_;  // by token's workspace
  std::thread thread_;
};

}  // namespace handrail::delivery
