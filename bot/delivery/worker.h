// Outbox workers: take parcels that are handed over and rows that are due, add the standing secrets, call the platform, and
// act on what it says. In order within a conversation, side by side between conversations. Retry-After is obeyed per bucket
// and per platform; failures double their wait with jitter; what expires or is refused for good is given up visibly, never
// silently.
//
// `start` and `stop` from one thread; `wake` from any.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "bot/base/clock.h"
#include "bot/base/http_client.h"
#include "bot/base/secret.h"
#include "bot/delivery/bot_tokens.h"
#include "bot/delivery/ladder.h"
#include "bot/delivery/outgoing.h"

namespace handrail::delivery {

inline constexpr std::int64_t kFirstRetryMs = 1'000;
inline constexpr std::int64_t kLongestRetryMs = 15 * 60 * 1000;
inline constexpr std::int64_t kPollMs = 1'000;  // for rows that another process queued
inline constexpr std::size_t kParcelsInHand = 1'000;  // more than that wait in the outbox
inline constexpr int kCallsPerSend = 8;  // a send of more calls than this is a mistake of ours

inline constexpr std::chrono::milliseconds kPlacePatience{5'000};  // for another message into the same place
inline constexpr std::int64_t kClosedPlaceMs = 10 * 60 * 1000;  // where no thread could be opened none is tried so long

struct WorkerOptions {
  int threads = 4;
  std::string media_dir;  // the knowledge folder: attachments are read from there
  std::string session_key;
  std::string channel = {};  // whose sends; empty: of every platform
};

// What was delivered or not, for metrics.
struct DeliveryEvents {
  virtual ~DeliveryEvents() = default;
  virtual void delivered(const std::string& channel, std::int64_t waited_ms) = 0;
  virtual void retried(const std::string& channel, const std::string& because) = 0;
  virtual void given_up(const std::string& channel, const std::string& because) = 0;
  virtual void rung_taken(const std::string& conversation_id, const std::string& rung) = 0;
};

class Worker final : public Courier {
 public:
  Worker(storage::Store& store, base::HttpClient& http, const base::Clock& clock, const base::Vault& vault,
         const config::Config& config, BotTokens& tokens, const LinkWords& words, DeliveryEvents& events, WorkerOptions options);
  ~Worker() override;
  void start();
  void stop();
  void wake();
  // One round on the caller's thread: claims what is due and sends it. How many rows it took. For tests.
  int run_once();

  bool has_room() const override;
  void take(Parcel parcel) override;

 private:
  void run();
  void deliver_parcel(Parcel parcel);
  void give_back(const Parcel& parcel, std::size_t from);
  // True when it was sent.
  bool deliver(storage::OutboxRow row);
  bool deliver(const storage::OutboxRow& row, const adapters::Send& given);
  adapters::Step heeded(adapters::Step step, const std::string& channel, const std::string& bucket, const BotToken& token);
  // Finds the token for a call of this row; otherwise what becomes of the row without one.
  std::optional<adapters::Step> choose_token(const storage::OutboxRow& row, BotToken& token);
  base::HttpReply call(const adapters::Call& call, const std::string& channel, const std::string& bot_token);
  void finish(const storage::OutboxRow& row, const adapters::Send& send, const adapters::Step& step);
  void finish_sent(const storage::OutboxRow& row, const adapters::Send& send, const adapters::Sent& sent);
  LadderNeeds ladder_needs() const { return {config_, options_.session_key, words_}; }
  bool is_stopping();
  class Turn;  // in a place: one message at a time (contract slack.md section 5)
  bool may_open_thread(const adapters::Send& send);
  void note_closed(const adapters::Send& send, const adapters::GiveUp& failure);
  bool is_paused(const std::string& bucket, std::int64_t* until);
  void pause(const std::string& bucket, std::int64_t until);

  storage::Store& store_;
  base::HttpClient& http_;
  const base::Clock& clock_;
  const base::Vault& vault_;
  const config::Config& config_;
  BotTokens& tokens_;
  const LinkWords& words_;
  DeliveryEvents& events_;
  const WorkerOptions options_;
  std::vector<std::thread> threads_;
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  bool running_ = false;
  bool stopping_ = false;
  std::uint64_t wakes_ = 0;
  std::deque<Parcel> parcels_;
  std::set<std::string> busy_places_;
  std::condition_variable place_free_;
  std::map<std::string, std::int64_t> closed_until_;  // places where no private thread can be opened
  std::atomic<std::int64_t> due_at_{0};               // when run_once will next find something; 0: unknown
  std::map<std::string, std::int64_t> paused_until_;  // bucket, channel for the whole platform, or its token
};

}  // namespace handrail::delivery
