// Receives from Slack over Socket Mode (contract slack.md section 9) instead of HTTP: keeps one WebSocket open, two while
// Slack asks for a fresh one, and acknowledges an envelope only after the listener has kept it.
//
// Envelopes of one conversation are handed over one at a time and in the order they came; those of different conversations
// side by side on kSlackWorkers threads, so that a slow one holds up neither the others nor Slack's pings. What is not
// acknowledged within 3 s Slack sends again: the listener knows doubles by `event_id` (contract section 2).
//
// Errors: whatever can pass is tried again with doubling waits; what cannot (a refused token, Socket Mode switched off) ends
// in `given_up` with words for the operator, and no further call is made until a restart.
//
// `start` and `stop` from one thread. The listener is called from several threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "bot/base/http_client.h"
#include "bot/base/result.h"

namespace handrail::connections {

inline constexpr int kSlackWorkers = 4;
inline constexpr std::size_t kEnvelopesInHand = 1'000;  // more are not acknowledged: Slack sends them again
inline constexpr std::int64_t kSlackOpenMs = 5'000;     // for apps.connections.open
inline constexpr std::int64_t kSlackConnectMs = 10'000;

enum class SlackSocketState { connecting, ready, waiting, given_up };
const char* name_of(SlackSocketState state);

class SlackListener {
 public:
  virtual ~SlackListener() = default;
  // `type` is "events_api", "slash_commands" or "interactive"; `payload` is what HTTP would have brought (contract sections
  // 2 to 4). Success means: kept for good. The JSON, if any, answers the envelope where Slack accepts an answer. Should take
  // milliseconds; Slack waits 3 s.
  virtual base::Result<std::optional<nlohmann::json>> on_envelope(const std::string& type, const nlohmann::json& payload) = 0;
  // For metrics and `doctor`; `why` is for the operator. From one thread.
  virtual void on_state(SlackSocketState state, const std::string& why) = 0;
};

// Waits in milliseconds. Most callers leave them alone; tests shorten them.
struct SlackWaits {
  std::int64_t backoff_first = 1'000;
  std::int64_t backoff_longest = 60'000;
  std::int64_t hello = 10'000;   // from the open socket to Slack's hello
  std::int64_t linger = 3'000;   // how long a replaced connection still listens for envelopes that were under way
  std::int64_t idle = 30'000;    // a connection that is silent for so long, pings included, has failed
  std::int64_t stable = 30'000;  // connected for so long: earlier failures are forgotten
};

struct SlackSocketOptions {
  std::string app_token;                            // xapp-..., scope connections:write
  std::string api_url = "https://slack.com/api/";  // plain http, which only tests use, allows plain ws too
  std::string extra_ca_file;                        // see WebSocketOptions
  SlackWaits waits;
};

class SlackSocket {
 public:
  // The client and the listener outlive this object.
  SlackSocket(base::HttpClient& http, SlackSocketOptions options, SlackListener& listener);
  ~SlackSocket();
  void start();
  // Acknowledges what the listener has kept, and closes. Returns within a second, unless a call to the listener or to the API
  // is under way; the latter ends within kSlackOpenMs.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace handrail::connections
