#include "bot/connections/slack_socket.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "bot/base/log.h"
#include "bot/connections/frame_json.h"
#include "bot/connections/socket_url.h"
#include "bot/connections/timing.h"
#include "bot/connections/websocket.h"

namespace handrail::connections {

using std::chrono::milliseconds;

namespace {

constexpr int kCloseNormal = 1'000;
constexpr std::int64_t kLookMs = 250;            // how often a reader looks whether its connection was replaced
constexpr std::int64_t kAckMs = 3'000;           // after that Slack does not wait for an acknowledgement
constexpr std::int64_t kLongestPauseMs = 3'600'000;  // whatever Retry-After says

constexpr char kLinkDisabled[] =
    "Socket Mode was turned off in the app's settings. At api.slack.com/apps open the app, then Socket Mode > Enable Socket "
    "Mode; then restart Handrail. Or remove the app token from the configuration to receive over HTTP.";

// Errors of apps.connections.open that no further try changes, with what the operator can do. Empty: another error.
std::string fatal_words(const std::string& error) {
  static const std::set<std::string> refused = {"invalid_auth",  "not_authed",    "account_inactive",
                                                "token_revoked", "token_expired", "team_disabled",
                                                "user_removed_from_team"};
  if (refused.count(error) > 0) {
    return "Slack refuses the app token (" + error +
           "). At api.slack.com/apps open the app, then Basic Information > App-Level Tokens, make a token with the scope "
           "connections:write and put it into the configuration.";
  }
  if (error == "not_allowed_token_type") {
    return "The Slack app token is of the wrong kind. It must be an app-level token, which begins with xapp-; see Basic "
           "Information > App-Level Tokens at api.slack.com/apps.";
  }
  if (error == "missing_scope" || error == "no_permission") {
    return "The Slack app token lacks the scope connections:write. Make a new one at api.slack.com/apps, Basic Information > "
           "App-Level Tokens.";
  }
  return "";
}

bool is_known(const std::string& type) { return type == "events_api" || type == "slash_commands" || type == "interactive"; }

// What must stay in order: all that comes from one channel or, failing that, from one person.
std::string conversation_of(const nlohmann::json& payload) {
  const nlohmann::json& event = member(payload, "event");
  for (const std::string& found :
       {text_of(event, "channel"), text_of(payload, "channel_id"), text_of(member(payload, "channel"), "id"),
        text_of(event, "user"), text_of(payload, "user_id"), text_of(member(payload, "user"), "id")}) {
    if (!found.empty()) return found;
  }
  return "";
}

std::int64_t retry_after_ms(const base::HttpReply& reply) {
  for (const auto& [name, value] : reply.headers) {
    if (name != "retry-after") continue;
    const std::size_t digits = std::min(value.find_first_not_of("0123456789"), value.size());
    constexpr std::size_t kDigits = 6;
    if (digits == 0) return 0;
    return digits > kDigits ? kLongestPauseMs : std::min(std::stoll(value.substr(0, digits)) * 1'000LL, 1LL * kLongestPauseMs);
  }
  return 0;
}

// One connection and its reader. All but the socket is guarded by SlackSocket::Impl::mutex.
struct Line {
  explicit Line(WebSocketOptions options) : socket(std::move(options)) {}
  WebSocket socket;
  std::thread reader;
  bool greeted = false;  // hello has come
  bool leaving = false;  // Slack wants it replaced
  bool over = false;
  std::optional<std::int64_t> retired_at;
  int in_hand = 0;  // envelopes that came on it and are not settled
};

struct Envelope {
  std::shared_ptr<Line> line;  // the acknowledgement goes back the way the envelope came
  std::string id;
  std::string type;
  std::string conversation;
  nlohmann::json payload;
  bool takes_answer = false;
};

}  // namespace

const char* name_of(SlackSocketState state) {
  switch (state) {
    case SlackSocketState::connecting:
      return "connecting";
    case SlackSocketState::ready:
      return "ready";
    case SlackSocketState::waiting:
      return "waiting";
    case SlackSocketState::given_up:
      return "given_up";
  }
  return "";
}

struct SlackSocket::Impl {
  Impl(base::HttpClient& client, SlackSocketOptions given, SlackListener& to)
      : http(client), options(std::move(given)), listener(to) {}

  // The supervisor: opens connections, replaces them, gives up.
  void run();
  // An open and greeted connection, or null and when to try again at the earliest.
  std::shared_ptr<Line> open_next(std::int64_t* wait_ms);
  std::string ask_for_url(std::int64_t* wait_ms);
  void pause(std::int64_t ms);
  void retire(const std::shared_ptr<Line>& line);
  void reap();
  void report(SlackSocketState state, const std::string& why);

  // The readers, one for each connection.
  void listen(const std::shared_ptr<Line>& line, const std::string& url);
  void take(const std::shared_ptr<Line>& line, const std::string& text);
  bool is_done(const Line& line);

  // The workers.
  void work();
  void handle(const Envelope& envelope);
  std::deque<Envelope>::iterator next_free();

  bool must_end() const { return stopping || !hopeless.empty(); }

  base::HttpClient& http;
  const SlackSocketOptions options;
  SlackListener& listener;
  int failures = 0;  // the supervisor's

  std::mutex mutex;
  std::condition_variable changed;      // for the supervisor
  std::condition_variable work_to_do;  // for the workers
  bool stopping = false;
  std::string hopeless;  // why it has given up; empty while there is hope
  std::vector<std::shared_ptr<Line>> lines;
  std::deque<Envelope> envelopes;
  std::set<std::string> busy;  // conversations that a worker is at

  std::thread supervisor;
  std::vector<std::thread> workers;
};

void SlackSocket::Impl::run() {
  std::shared_ptr<Line> current;
  for (;;) {
    std::int64_t wait_ms = 0;
    std::shared_ptr<Line> next = open_next(&wait_ms);
    if (next) {
      retire(current);
      current = std::move(next);
      report(SlackSocketState::ready, "connected");
      const std::int64_t since = monotonic_ms();
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return must_end() || current->over || current->leaving; });
      const bool held = monotonic_ms() - since >= options.waits.stable;
      if (held) failures = 0;
      // A fresh connection is opened at once while the old one still serves; otherwise not in a tight loop.
      if (held && current->leaving && !current->over) continue;
    }
    {
      const std::lock_guard lock(mutex);
      if (must_end()) break;
    }
    report(SlackSocketState::waiting, current ? "the connection was lost or is to be replaced" : "no connection yet");
    pause(std::max(wait_ms, backoff_ms(failures, options.waits.backoff_first, options.waits.backoff_longest, random_fraction())));
    ++failures;
  }
  std::string why;
  {
    const std::lock_guard lock(mutex);
    if (stopping) return;
    why = hopeless;
    for (const auto& line : lines) line->socket.stop();
  }
  report(SlackSocketState::given_up, why);
}

std::shared_ptr<Line> SlackSocket::Impl::open_next(std::int64_t* wait_ms) {
  reap();
  report(SlackSocketState::connecting, "asking Slack for an address");
  const std::string url = ask_for_url(wait_ms);
  if (url.empty()) return nullptr;
  const auto line = std::make_shared<Line>(WebSocketOptions{options.extra_ca_file, milliseconds(options.waits.idle)});
  std::unique_lock lock(mutex);
  if (must_end()) return nullptr;
  lines.push_back(line);
  line->reader = std::thread([this, line, url] { listen(line, url); });
  const auto settled = [&] { return must_end() || line->greeted || line->over; };
  changed.wait_for(lock, milliseconds(kSlackConnectMs + options.waits.hello), settled);
  if (!must_end() && line->greeted && !line->over) return line;
  line->socket.stop();
  return nullptr;
}

// Empty when there is none: then *wait_ms says what Slack asks for, or `hopeless` why there never will be.
std::string SlackSocket::Impl::ask_for_url(std::int64_t* wait_ms) {
  base::HttpCall call;
  call.method = "POST";
  call.url = options.api_url + (!options.api_url.empty() && options.api_url.back() == '/' ? "" : "/") + "apps.connections.open";
  call.headers = {{"Authorization", "Bearer " + options.app_token}};
  call.content_type = "application/x-www-form-urlencoded";
  call.deadline = milliseconds(kSlackOpenMs);
  const base::HttpReply reply = http.send(call);
  const nlohmann::json answer = parse_frame(reply.body).value_or(nlohmann::json());
  const bool ok = reply.status == 200 && flag_of(answer, "ok");
  const std::string url = text_of(answer, "url");
  if (ok && is_acceptable(url, options.api_url.rfind("http://", 0) == 0)) return url;
  const std::string error = ok ? "unusable_address" : text_of(answer, "error");
  base::log(base::Level::warning, "slack_socket_refused",
            {{"status", std::to_string(reply.status)}, {"error", error.substr(0, 64)}, {"because", reply.error}});
  *wait_ms = retry_after_ms(reply);
  if (const std::string words = fatal_words(error); !words.empty()) {
    const std::lock_guard lock(mutex);
    hopeless = words;
  }
  return "";
}

void SlackSocket::Impl::pause(std::int64_t ms) {
  std::unique_lock lock(mutex);
  changed.wait_for(lock, milliseconds(ms), [&] { return must_end(); });
}

void SlackSocket::Impl::retire(const std::shared_ptr<Line>& line) {
  if (!line) return;
  const std::lock_guard lock(mutex);
  line->retired_at = monotonic_ms();
}

void SlackSocket::Impl::reap() {
  std::vector<std::shared_ptr<Line>> ended;
  {
    const std::lock_guard lock(mutex);
    const auto first = std::stable_partition(lines.begin(), lines.end(), [](const auto& line) { return !line->over; });
    ended.assign(first, lines.end());
    lines.erase(first, lines.end());
  }
  for (const auto& line : ended) line->reader.join();
}

void SlackSocket::Impl::report(SlackSocketState state, const std::string& why) {
  const auto level = state == SlackSocketState::given_up ? base::Level::error : base::Level::info;
  base::log(level, "slack_socket_state", {{"state", name_of(state)}, {"why", why}});
  listener.on_state(state, why);
}

void SlackSocket::Impl::listen(const std::shared_ptr<Line>& line, const std::string& url) {
  const base::Status opened = line->socket.connect(url, milliseconds(kSlackConnectMs));
  std::string why = opened ? "replaced" : opened.error().message;
  while (opened && !is_done(*line)) {
    const Read read = line->socket.read(milliseconds(kLookMs));
    if (read.kind == Read::Kind::frame) {
      take(line, read.text);
    } else if (read.kind != Read::Kind::timed_out) {
      why = read.why;
      break;
    }
  }
  line->socket.close(kCloseNormal);
  base::log(base::Level::info, "slack_socket_closed", {{"because", why}});
  {
    const std::lock_guard lock(mutex);
    line->over = true;
  }
  changed.notify_all();
}

bool SlackSocket::Impl::is_done(const Line& line) {
  const std::lock_guard lock(mutex);
  if (!line.retired_at) return false;
  const std::int64_t lingered = monotonic_ms() - *line.retired_at - options.waits.linger;
  return lingered >= 0 && (line.in_hand == 0 || lingered >= kAckMs);
}

void SlackSocket::Impl::take(const std::shared_ptr<Line>& line, const std::string& text) {
  auto frame = parse_frame(text);
  if (!frame) return;
  const std::string type = text_of(*frame, "type");
  Envelope envelope{line, text_of(*frame, "envelope_id"), type, "", nullptr, flag_of(*frame, "accepts_response_payload")};
  if (is_known(type) && frame->contains("payload")) {
    envelope.payload = std::move((*frame)["payload"]);
    envelope.conversation = conversation_of(envelope.payload);
  }
  const std::lock_guard lock(mutex);
  if (type == "hello") {
    line->greeted = true;
    changed.notify_all();
  } else if (type == "disconnect") {
    line->leaving = true;
    if (text_of(*frame, "reason") == "link_disabled") hopeless = kLinkDisabled;
    changed.notify_all();
  } else if (!envelope.id.empty() && !stopping) {
    if (envelopes.size() >= kEnvelopesInHand) {
      base::log(base::Level::warning, "slack_envelopes_full");
      return;
    }
    ++line->in_hand;
    envelopes.push_back(std::move(envelope));
    work_to_do.notify_one();
  }
}

std::deque<Envelope>::iterator SlackSocket::Impl::next_free() {
  return std::find_if(envelopes.begin(), envelopes.end(), [this](const Envelope& e) { return busy.count(e.conversation) == 0; });
}

void SlackSocket::Impl::work() {
  std::unique_lock lock(mutex);
  for (;;) {
    work_to_do.wait(lock, [&] { return stopping || next_free() != envelopes.end(); });
    if (stopping) return;  // what waits is not acknowledged: Slack sends it again
    const auto found = next_free();
    const Envelope envelope = std::move(*found);
    envelopes.erase(found);
    busy.insert(envelope.conversation);
    lock.unlock();
    handle(envelope);
    lock.lock();
    busy.erase(envelope.conversation);
    --envelope.line->in_hand;
    work_to_do.notify_one();  // for what waited for this conversation
  }
}

void SlackSocket::Impl::handle(const Envelope& envelope) {
  nlohmann::json acknowledgement = {{"envelope_id", envelope.id}};
  if (is_known(envelope.type)) {
    const auto kept = listener.on_envelope(envelope.type, envelope.payload);
    if (!kept) {
      base::log(base::Level::error, "slack_envelope_not_kept", {{"type", envelope.type}, {"detail", kept.error().detail}});
      return;
    }
    if (envelope.takes_answer && *kept) acknowledgement["payload"] = **kept;
  }
  // Kinds that this program does not know are acknowledged too: they would only come again.
  const base::Status sent = envelope.line->socket.send(write_frame(acknowledgement));
  if (!sent) base::log(base::Level::warning, "slack_envelope_not_acknowledged", {{"because", sent.error().message}});
}

SlackSocket::SlackSocket(base::HttpClient& http, SlackSocketOptions options, SlackListener& listener)
    : impl_(std::make_unique<Impl>(http, std::move(options), listener)) {}

SlackSocket::~SlackSocket() { stop(); }

void SlackSocket::start() {
  for (int i = 0; i < kSlackWorkers; ++i) impl_->workers.emplace_back([this] { impl_->work(); });
  impl_->supervisor = std::thread([this] { impl_->run(); });
}

void SlackSocket::stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    impl_->stopping = true;
  }
  impl_->changed.notify_all();
  impl_->work_to_do.notify_all();
  // First the workers, so that what they have kept is acknowledged before the lines close.
  for (std::thread& worker : impl_->workers) worker.join();
  impl_->workers.clear();
  {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& line : impl_->lines) line->socket.stop();
  }
  if (impl_->supervisor.joinable()) impl_->supervisor.join();
  for (const auto& line : impl_->lines) line->reader.join();
  impl_->lines.clear();
}

}  // namespace handrail::connections
