#include "bot/connections/gateway_session.h"

#include <algorithm>
#include <limits>

#include "bot/connections/frame_json.h"
#include "bot/connections/socket_url.h"
#include "bot/connections/timing.h"

namespace handrail::connections {
namespace {

constexpr char kQuery[] = "?v=10&encoding=json";

enum Op { kDispatch = 0, kHeartbeat = 1, kIdentify = 2, kResume = 6, kReconnect = 7, kInvalidSession = 9, kHello = 10, kAck = 11 };

// "wss://host", "wss://host/" and "wss://host/?v=9" all become "wss://host/?v=10&encoding=json".
std::string with_query(std::string url) {
  url.resize(std::min(url.find('?'), url.size()));
  if (url.empty() || url.back() != '/') url += '/';
  return url + kQuery;
}

// Close codes that no further try changes (contract section 5), with what the operator can do. Empty: another code.
std::string fatal_words(int code) {
  switch (code) {
    case 4004:
      return "Discord refuses the bot token. In the Developer Portal open your application, then Bot > Reset Token, and put the "
             "new token into the configuration.";
    case 4010:
    case 4011:
      return "Discord wants this bot split into shards, because it is in too many servers for one connection. Handrail keeps one "
             "connection: remove the bot from servers, or use slash commands over HTTP.";
    case 4012:
      return "Discord no longer speaks the Gateway version this program knows. Install a newer release of Handrail.";
    case 4013:
      return "Discord does not know the intents that were asked for. Leave the intents setting at its default.";
    case 4014:
      return "Discord does not let this bot read messages. In the Developer Portal open your application, then Bot > Privileged "
             "Gateway Intents, switch on \"Message Content Intent\" and save; then restart Handrail.";
    default:
      return "";
  }
}

bool ends_session(int code) { return code == 4007 || code == 4009; }

void append(Actions& to, Actions from) { std::move(from.begin(), from.end(), std::back_inserter(to)); }

}  // namespace

Actions GatewaySession::start(std::optional<SavedSession> saved) {
  saved_ = std::move(saved);
  if (saved_ && (saved_->session_id.empty() || !is_acceptable(saved_->resume_url, settings_.allow_plain))) saved_.reset();
  return {try_again(0, "started")};
}

Actions GatewaySession::looked_up(int status, const std::string& body, double random) {
  if (status == 401) return {GiveUp{fatal_words(4004)}};
  const nlohmann::json answer = parse_frame(body).value_or(nlohmann::json());
  if (status == 429) {
    const nlohmann::json& after = member(answer, "retry_after");
    const double seconds = after.is_number() ? after.get<double>() : 0;
    const double ms = std::clamp(seconds * 1'000, 0.0, static_cast<double>(kLongestPauseMs));
    return {back_off("Discord asks to wait before looking up the Gateway", random, static_cast<std::int64_t>(ms))};
  }
  if (status != 200) {
    return {back_off("the Gateway's address cannot be looked up (status " + std::to_string(status) + ")", random)};
  }
  const std::string url = text_of(answer, "url");
  if (!is_acceptable(url, settings_.allow_plain)) return {back_off("the Gateway's address cannot be used", random)};
  const nlohmann::json& limit = member(answer, "session_start_limit");
  if (!saved_ && integer_of(limit, "remaining").value_or(1) <= 0) {
    const std::int64_t reset = integer_of(limit, "reset_after").value_or(kLongestPauseMs);
    return {LookUp{std::clamp(reset, settings_.waits.identify_spacing, kLongestPauseMs),
                   "Discord allows no further session start today; waiting for the limit to reset"}};
  }
  return {Connect{with_query(url), 0, saved_.has_value(), "looked up"}};
}

Actions GatewaySession::opened(std::int64_t now) {
  connected_ = true;
  unopened_ = 0;
  resuming_ = saved_.has_value();
  progress_by_ = now + settings_.waits.handshake;
  return {};
}

Actions GatewaySession::frame(const std::string& text, std::int64_t now, double random) {
  if (!connected_) return {};
  const auto frame = parse_frame(text);
  if (!frame) return {};
  switch (integer_of(*frame, "op").value_or(-1)) {
    case kDispatch:
      return dispatch(*frame, now);
    case kHeartbeat:
      return greeted_ ? beat(now) : Actions{};
    case kReconnect:
      return leave("Discord asked to reconnect", now, random);
    case kInvalidSession:
      return invalid_session(flag_of(*frame, "d"), now, random);
    case kHello:
      return greeted_ ? Actions{} : hello(*frame, now, random);
    case kAck:
      ack_missing_ = false;
      return {};
    default:
      return {};
  }
}

Actions GatewaySession::ended(int code, std::int64_t now, double random) {
  if (!connected_) ++unopened_;
  lose_connection(now);
  if (const std::string words = fatal_words(code); !words.empty()) return {GiveUp{words}};
  Actions actions;
  if (ends_session(code) || resumes_unanswered_ >= kResumeTries) forget(actions);
  const std::string why = code == 0 ? "the connection was lost" : "the connection was closed with code " + std::to_string(code);
  actions.push_back(back_off(why, random));
  return actions;
}

Actions GatewaySession::tick(std::int64_t now, double random) {
  if (!connected_) return {};
  if (progress_by_ && now >= *progress_by_) return leave("Discord did not answer", now, random);
  Actions actions;
  if (beat_at_ && now >= *beat_at_) {
    if (ack_missing_) return leave("a heartbeat was not answered", now, random);
    actions = beat(now);
  }
  if (identify_at_ && now >= *identify_at_) append(actions, identify(now));
  return actions;
}

std::int64_t GatewaySession::due_at() const {
  std::int64_t due = std::numeric_limits<std::int64_t>::max();
  for (const auto& at : {beat_at_, identify_at_, progress_by_}) {
    if (at) due = std::min(due, *at);
  }
  return due;
}

void GatewaySession::delivered(const Deliver& event) {
  if (event.name == "READY") {
    saved_.reset();
    if (!event.session_id.empty()) saved_ = SavedSession{event.session_id, event.resume_url, 0};
  }
  if (saved_ && event.sequence) saved_->sequence = std::max(saved_->sequence, *event.sequence);
}

Actions GatewaySession::refused(std::int64_t now, double random) {
  return leave("an event could not be kept; it will be asked for again", now, random);
}

Actions GatewaySession::hello(const nlohmann::json& frame, std::int64_t now, double random) {
  greeted_ = true;
  interval_ = std::clamp(integer_of(member(frame, "d"), "heartbeat_interval").value_or(kBeatDefaultMs), kBeatMinMs, kBeatMaxMs);
  beat_at_ = now + static_cast<std::int64_t>(static_cast<double>(interval_) * random);
  return resuming_ ? resume(now) : identify(now);
}

Actions GatewaySession::dispatch(const nlohmann::json& frame, std::int64_t now) {
  Deliver event;
  event.name = text_of(frame, "t");
  event.data = member(frame, "d");
  event.sequence = integer_of(frame, "s");
  if (event.name.empty()) return {};
  answered_ = true;
  resumes_unanswered_ = 0;
  if (progress_by_) progress_by_ = now + settings_.waits.handshake;
  if (event.name == "READY") {
    own_user_id_ = text_of(member(event.data, "user"), "id");
    application_id_ = text_of(member(event.data, "application"), "id");
    event.session_id = text_of(event.data, "session_id");
    event.resume_url = text_of(event.data, "resume_gateway_url");
    // A session without a place to resume it, or one too long to ask for, is used while the connection lasts.
    const bool usable = is_acceptable(event.resume_url, settings_.allow_plain) && event.session_id.size() <= kSessionIdBytes;
    if (!usable) event.session_id.clear();
  }
  if (event.name == "READY" || event.name == "RESUMED") {
    ready_at_ = now;
    progress_by_.reset();
  }
  Actions actions;
  actions.emplace_back(std::move(event));  // not a list, which would copy what may be megabytes
  return actions;
}

Actions GatewaySession::invalid_session(bool resumable, std::int64_t now, double random) {
  lose_connection(now);
  Actions actions = {Close{}};
  if (!resumable || resumes_unanswered_ >= kResumeTries) forget(actions);
  const GatewayWaits& waits = settings_.waits;
  const double range = static_cast<double>(waits.invalid_session_max - waits.invalid_session_min);
  const std::int64_t wait = waits.invalid_session_min + static_cast<std::int64_t>(random * range);
  actions.push_back(back_off("Discord ended the session", random, wait));
  return actions;
}

Actions GatewaySession::beat(std::int64_t now) {
  if (const std::int64_t room = room_at(now); room > now) {
    beat_at_ = room;
    return {};
  }
  beat_at_ = now + interval_;
  ack_missing_ = true;
  const nlohmann::json sequence = saved_ && saved_->sequence > 0 ? nlohmann::json(saved_->sequence) : nlohmann::json();
  return send({{"op", kHeartbeat}, {"d", sequence}}, now);
}

Actions GatewaySession::identify(std::int64_t now) {
  std::int64_t from = room_at(now);
  if (identified_at_) from = std::max(from, *identified_at_ + settings_.waits.identify_spacing);
  if (from > now) {
    identify_at_ = from;
    return {};
  }
  identify_at_.reset();
  identified_at_ = now;
  const nlohmann::json properties = {{"os", "linux"}, {"browser", "handrail"}, {"device", "handrail"}};
  return send({{"op", kIdentify},
               {"d", {{"token", settings_.token}, {"intents", settings_.intents}, {"properties", properties}}}},
              now);
}

Actions GatewaySession::resume(std::int64_t now) {
  return send({{"op", kResume},
               {"d", {{"token", settings_.token}, {"session_id", saved_->session_id}, {"seq", saved_->sequence}}}},
              now);
}

Actions GatewaySession::send(const nlohmann::json& frame, std::int64_t now) {
  std::string text = write_frame(frame);
  if (text.size() > kGatewayFrameBytes) {
    lose_connection(now);
    return {Close{}, GiveUp{"The Discord bot token in the configuration is far too long to be one. Copy it again from the "
                            "Developer Portal (Bot > Reset Token)."}};
  }
  sent_at_.push_back(now);
  return {Send{std::move(text)}};
}

Actions GatewaySession::leave(const std::string& why, std::int64_t now, double random) {
  lose_connection(now);
  Actions actions = {Close{}};
  if (resumes_unanswered_ >= kResumeTries) forget(actions);
  actions.push_back(back_off(why, random));
  return actions;
}

void GatewaySession::lose_connection(std::int64_t now) {
  if (connected_ && resuming_ && greeted_ && !answered_) ++resumes_unanswered_;
  if (ready_at_ && now - *ready_at_ >= settings_.waits.stable) failures_ = 0;
  connected_ = greeted_ = resuming_ = answered_ = ack_missing_ = false;
  beat_at_.reset();
  identify_at_.reset();
  progress_by_.reset();
  ready_at_.reset();
}

void GatewaySession::forget(Actions& actions) {
  if (saved_) actions.push_back(Forget{});
  saved_.reset();
  resumes_unanswered_ = 0;
}

Action GatewaySession::try_again(std::int64_t wait_ms, const std::string& why) const {
  if (!saved_ || unopened_ >= kResumeUrlTries) return LookUp{wait_ms, why};
  return Connect{with_query(saved_->resume_url), wait_ms, true, why};
}

Action GatewaySession::back_off(const std::string& why, double random, std::int64_t at_least) {
  const std::int64_t wait = backoff_ms(failures_, settings_.waits.backoff_first, settings_.waits.backoff_longest, random);
  ++failures_;
  return try_again(std::max(wait, at_least), why);
}

// When another frame may leave: now, or when the oldest within the window has grown out of it.
std::int64_t GatewaySession::room_at(std::int64_t now) {
  while (!sent_at_.empty() && sent_at_.front() <= now - kGatewayWindowMs) sent_at_.pop_front();
  return sent_at_.size() < kGatewayFrames ? now : sent_at_.front() + kGatewayWindowMs;
}

}  // namespace handrail::connections
