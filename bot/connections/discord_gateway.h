// Keeps the bot on Discord's Gateway (contract discord.md section 5) and hands over what comes, in order, on a thread of its
// own. After a drop or a restart it resumes behind the last event that was kept, so none is lost; one may come twice.
//
// Errors: whatever can pass is tried again with doubling waits; what cannot (a refused token, a missing intent) ends in
// `given_up` with words for the operator, and no further call is made until a restart.
//
// `start` and `stop` from one thread. The listener and the store are called from the connection's thread only.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include <nlohmann/json.hpp>

#include "bot/base/http_client.h"
#include "bot/base/result.h"
#include "bot/connections/gateway_session.h"

namespace handrail::connections {

class WebSocket;

inline constexpr int kEventTries = 5;  // to keep one event, before it is left to a resume
inline constexpr std::int64_t kSocketOpenMs = 10'000;
inline constexpr std::int64_t kGatewayLookUpMs = 5'000;

enum class GatewayState { connecting, ready, resumed, waiting, given_up };
const char* name_of(GatewayState state);

class GatewayListener {
 public:
  virtual ~GatewayListener() = default;
  // An event such as "MESSAGE_CREATE" with its `d`. Success means: kept for good, it need not come again. Nothing is read and
  // no heartbeat is sent meanwhile, so this should take milliseconds.
  virtual base::Status on_event(const std::string& name, const nlohmann::json& d) = 0;
  // For metrics and `doctor`; `why` is for the operator.
  virtual void on_state(GatewayState state, const std::string& why) = 0;
};

// Where the session outlives the process. `save` comes after every event that was kept; how often that is durable is the
// store's business: an older sequence only means that Discord repeats some events.
class SessionStore {
 public:
  virtual ~SessionStore() = default;
  virtual std::optional<SavedSession> load() = 0;
  virtual void save(const SavedSession& session) = 0;
  virtual void clear() = 0;
};

struct DiscordGatewayOptions {
  std::string token;
  std::string api_url = "https://discord.com/api/v10";  // plain http, which only tests use, allows plain ws too
  std::int64_t intents = kIntents;
  std::string extra_ca_file;         // see WebSocketOptions
  std::int64_t retry_event_ms = 200;  // before an event is offered again; doubles
  GatewayWaits waits;
};

class DiscordGateway {
 public:
  // All of these outlive this object.
  DiscordGateway(base::HttpClient& http, DiscordGatewayOptions options, GatewayListener& listener, SessionStore& store);
  ~DiscordGateway();
  void start();
  // Closes so that the session can be resumed. Returns within a second, unless a call to the listener or to the API is under
  // way; the latter ends within kGatewayLookUpMs.
  void stop();

 private:
  void run();
  void perform(Actions actions);
  // The action that follows a wait: look up or connect.
  void go_on(const Action& next);
  void look_up();
  void connect(const Connect& next);
  void read();
  void deliver(const Deliver& event);
  bool keep(const Deliver& event);
  void report(GatewayState state, const std::string& why);
  bool wait(std::int64_t ms);  // false when asked to stop
  bool is_stopping();
  void replace_socket(std::shared_ptr<WebSocket> socket);

  base::HttpClient& http_;
  const DiscordGatewayOptions options_;
  GatewayListener& listener_;
  SessionStore& store_;
  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::shared_ptr<WebSocket> socket_;  // written by the thread under the mutex, so that stop() reaches it

  // The thread's alone:
  GatewaySession session_;
  std::optional<Action> next_;
  bool given_up_ = false;
};

}  // namespace handrail::connections
