#include "bot/connections/discord_gateway.h"

#include <algorithm>

#include "bot/base/log.h"
#include "bot/connections/timing.h"
#include "bot/connections/websocket.h"

namespace handrail::connections {

using std::chrono::milliseconds;

namespace {

constexpr char kUserAgent[] = "DiscordBot (https://example.org, 1.0)";  // the form is Discord's rule, contract section 3
constexpr std::int64_t kLongestReadMs = 60'000;  // a session that nothing is due for looks again after that

GatewaySettings settings_from(const DiscordGatewayOptions& options) {
  return {options.token, options.intents, options.api_url.rfind("http://", 0) == 0, options.waits};
}

}  // namespace

const char* name_of(GatewayState state) {
  switch (state) {
    case GatewayState::connecting:
      return "connecting";
    case GatewayState::ready:
      return "ready";
    case GatewayState::resumed:
      return "resumed";
    case GatewayState::waiting:
      return "waiting";
    case GatewayState::given_up:
      return "given_up";
  }
  return "";
}

DiscordGateway::DiscordGateway(base::HttpClient& http, DiscordGatewayOptions options, GatewayListener& listener,
                               SessionStore& store)
    : http_(http), options_(std::move(options)), listener_(listener), store_(store), session_(settings_from(options_)) {}

DiscordGateway::~DiscordGateway() { stop(); }

void DiscordGateway::start() {
  thread_ = std::thread([this] { run(); });
}

void DiscordGateway::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (socket_) socket_->stop();
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void DiscordGateway::run() {
  perform(session_.start(store_.load()));
  while (!is_stopping() && !given_up_) {
    if (next_) {
      go_on(*std::exchange(next_, std::nullopt));
    } else {
      read();
    }
  }
  if (socket_) socket_->close(kCloseResumable);
  replace_socket(nullptr);
}

void DiscordGateway::perform(Actions actions) {
  for (Action& action : actions) {
    if (const auto* send = std::get_if<Send>(&action)) {
      // A line that does not take it has failed, and the next read says so.
      if (socket_) (void)socket_->send(send->text);
    } else if (const auto* event = std::get_if<Deliver>(&action)) {
      deliver(*event);
    } else if (const auto* close = std::get_if<Close>(&action)) {
      if (socket_) socket_->close(close->code);
      replace_socket(nullptr);
    } else if (std::holds_alternative<Forget>(action)) {
      base::log(base::Level::warning, "gateway_session_lost");
      store_.clear();
    } else if (const auto* give_up = std::get_if<GiveUp>(&action)) {
      given_up_ = true;
      report(GatewayState::given_up, give_up->why);
    } else {
      next_ = std::move(action);
    }
  }
}

void DiscordGateway::go_on(const Action& next) {
  replace_socket(nullptr);
  const auto* connect_next = std::get_if<Connect>(&next);
  const auto* look_up_next = std::get_if<LookUp>(&next);
  const std::int64_t wait_ms = connect_next != nullptr ? connect_next->wait_ms : look_up_next->wait_ms;
  const std::string& why = connect_next != nullptr ? connect_next->why : look_up_next->why;
  if (wait_ms > 0) {
    report(GatewayState::waiting, why);
    if (!wait(wait_ms)) return;
  }
  report(GatewayState::connecting, why);
  if (connect_next != nullptr) {
    connect(*connect_next);
  } else {
    look_up();
  }
}

void DiscordGateway::look_up() {
  base::HttpCall call;
  call.url = options_.api_url + "/gateway/bot";
  call.headers = {{"Authorization", "Bot " + options_.token}, {"User-Agent", kUserAgent}};
  call.deadline = milliseconds(kGatewayLookUpMs);
  const base::HttpReply reply = http_.send(call);
  perform(session_.looked_up(reply.status, reply.body, random_fraction()));
}

void DiscordGateway::connect(const Connect& next) {
  replace_socket(std::make_shared<WebSocket>(WebSocketOptions{options_.extra_ca_file, milliseconds(0)}));
  const base::Status opened = socket_->connect(next.url, milliseconds(kSocketOpenMs));
  if (opened) return perform(session_.opened(monotonic_ms()));
  if (is_stopping()) return;
  base::log(base::Level::warning, "gateway_unreachable", {{"because", opened.error().message}});
  perform(session_.ended(0, monotonic_ms(), random_fraction()));
}

void DiscordGateway::read() {
  const std::int64_t wait_ms = std::clamp<std::int64_t>(session_.due_at() - monotonic_ms(), 0, kLongestReadMs);
  const Read read = socket_->read(milliseconds(wait_ms));
  switch (read.kind) {
    case Read::Kind::frame:
      perform(session_.frame(read.text, monotonic_ms(), random_fraction()));
      break;
    case Read::Kind::timed_out:
      break;
    case Read::Kind::closed:
    case Read::Kind::failed:
      base::log(base::Level::info, "gateway_closed", {{"code", std::to_string(read.code)}, {"because", read.why}});
      perform(session_.ended(read.code, monotonic_ms(), random_fraction()));
      break;
    case Read::Kind::stopped:
      return;
  }
  if (!next_ && !given_up_) perform(session_.tick(monotonic_ms(), random_fraction()));
}

void DiscordGateway::deliver(const Deliver& event) {
  if (!keep(event)) {
    if (!is_stopping()) perform(session_.refused(monotonic_ms(), random_fraction()));
    return;
  }
  session_.delivered(event);
  if (session_.resumable()) store_.save(*session_.resumable());
  if (event.name == "READY") report(GatewayState::ready, "new session");
  if (event.name == "RESUMED") report(GatewayState::resumed, "went on with the session");
}

bool DiscordGateway::keep(const Deliver& event) {
  for (int tries = 1;; ++tries) {
    const base::Status kept = listener_.on_event(event.name, event.data);
    if (kept) return true;
    base::log(base::Level::error, "gateway_event_not_kept", {{"event", event.name}, {"detail", kept.error().detail}});
    if (tries >= kEventTries) return false;
    if (!wait(options_.retry_event_ms << (tries - 1))) return false;
  }
}

void DiscordGateway::report(GatewayState state, const std::string& why) {
  const auto level = state == GatewayState::given_up ? base::Level::error : base::Level::info;
  base::log(level, "gateway_state", {{"state", name_of(state)}, {"why", why}});
  listener_.on_state(state, why);
}

bool DiscordGateway::wait(std::int64_t ms) {
  std::unique_lock lock(mutex_);
  return !stopped_.wait_for(lock, milliseconds(ms), [this] { return stopping_; });
}

bool DiscordGateway::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void DiscordGateway::replace_socket(std::shared_ptr<WebSocket> socket) {
  std::shared_ptr<WebSocket> old;  // goes after the mutex is free: its end takes a moment
  const std::lock_guard lock(mutex_);
  old = std::exchange(socket_, std::move(socket));
  if (socket_ && stopping_) socket_->stop();
}

}  // namespace handrail::connections
