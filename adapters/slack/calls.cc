#include "adapters/slack/calls.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

#include "adapters/form.h"
#include "adapters/json_text.h"
#include "adapters/untrusted_json.h"

namespace handrail::adapters::slack {
namespace {

using nlohmann::json;

constexpr std::int64_t kLongestRetryAfterMs = 60 * 60 * 1000;
constexpr std::int64_t kLastSecond = 100'000'000'000;  // of a ts that can be a time
constexpr const char* kLooks = "looks";         // in Send::progress: how often it was looked for
constexpr const char* kLooking = "looking";     // the call in hand is the look
constexpr int kMostLooks = 5;                   // a history that cannot be read must not hold back the message for ever
constexpr std::size_t kMessagesLookedAt = 100;  // since the attempt

constexpr std::array<std::string_view, 6> kDmClosed{"cannot_dm_bot",    "user_disabled",          "user_not_found",
                                                    "user_not_visible", "messages_tab_disabled", "channel_not_found"};
constexpr std::array<std::string_view, 4> kPlaceClosed{"not_in_channel", "is_archived", "channel_not_found", "user_not_in_channel"};
// A preference of the workspace: restricted_action, restricted_action_read_only_channel, ..._thread_only_channel and so on.
constexpr std::string_view kRestricted = "restricted_action";
constexpr std::array<std::string_view, 5> kDisconnected{"account_inactive", "token_revoked", "invalid_auth", "not_authed",
                                                        "token_expired"};
constexpr std::array<std::string_view, 6> kTryAgain{"internal_error", "fatal_error", "service_unavailable", "request_timeout",
                                                    "ratelimited",    "rate_limited"};
// What may have been done in part before it failed.
constexpr std::array<std::string_view, 4> kPerhapsDone{"internal_error", "fatal_error", "service_unavailable", "request_timeout"};
constexpr std::array<std::string_view, 4> kCallbackDead{"expired_url", "used_url", "no_such_hook", "invalid_response_url"};

template <std::size_t Size>
bool is_one_of(const std::array<std::string_view, Size>& list, std::string_view word) {
  for (const std::string_view known : list) {
    if (known == word) return true;
  }
  return false;
}

// One object with the members of both, without copying the content, which is large.
std::string dump_with(const json& content, const json& more) {
  const std::string first = json_text(content);
  if (!content.is_object() || content.empty()) return json_text(more);
  return first.substr(0, first.size() - 1) + "," + json_text(more).substr(1);
}

Call api_call(const std::string& method, std::string body, const std::string& workspace) {
  Call call;
  call.url = method;
  call.body = std::move(body);
  call.rate_bucket = "slack:" + workspace + ":" + method;
  return call;
}

std::int64_t retry_after_ms(const HttpResult& result) {
  const auto header = result.header("retry-after");
  const std::int64_t seconds = header ? std::strtoll(std::string(*header).c_str(), nullptr, 10) : 0;
  return std::clamp<std::int64_t>(seconds, 1, kLongestRetryAfterMs / 1000) * 1000;
}

std::string place_of(const Send& send) { return send.progress.value("place_id", send.to.place_id); }
bool is_a_change(const Send& send) { return send.kind == "update" || send.kind == "remove"; }
bool opens_dm(const Send& send) { return place_of(send).empty() && send.kind != "ephemeral" && !is_a_change(send); }

// Slack has no idempotency key (contract section 5): after an attempt whose outcome nobody knows, our message is looked for by
// the key in its metadata. What only one person sees is kept nowhere, and a change may be made twice.
bool looks_first(const Send& send) {
  const bool can_be_found = send.kind == "post" || send.kind == "direct";
  return can_be_found && send.progress.contains(kMayExistSince) && send.progress.value(kLooks, 0) < kMostLooks;
}

NextCall look_call(const Send& send) {
  const std::int64_t since = send.progress.value(kMayExistSince, std::int64_t{0}) / 1000;
  std::vector<std::pair<std::string, std::string>> fields = {{"channel", place_of(send)},
                                                             {"oldest", std::to_string(since) + ".000000"},
                                                             {"limit", std::to_string(kMessagesLookedAt)},
                                                             {"include_all_metadata", "true"}};
  if (!send.to.thread.empty()) fields.emplace_back("ts", send.to.thread);
  NextCall next{api_call(send.to.thread.empty() ? "conversations.history" : "conversations.replies", write_form(fields),
                         send.to.workspace),
                send.progress};
  next.call.content_type = "application/x-www-form-urlencoded";
  next.progress[kLooks] = send.progress.value(kLooks, 0) + 1;
  next.progress[kLooking] = true;
  return next;
}

// The ts of the message with our key; empty: it is not there.
std::string found_in(const Untrusted& answer, const std::string& key) {
  for (std::size_t i = 0; i < kMessagesLookedAt && answer["messages"][i].present(); ++i) {
    const Untrusted message = answer["messages"][i];
    if (message["metadata"]["event_payload"]["key"].text() == key) return message["ts"].text();
  }
  return "";
}

NextCall change_call(const Send& send) {
  const json which = {{"channel", place_of(send)}, {"ts", send.target}};
  if (send.kind == "remove") return {api_call("chat.delete", json_text(which), send.to.workspace), send.progress};
  return {api_call("chat.update", dump_with(send.body, which), send.to.workspace), send.progress};
}

NextCall first_call(const Send& send) {
  if (send.kind == "callback") {
    Call call;
    call.url = send.to.callback;
    call.auth = Auth::none;
    call.body = dump_with(send.body, {{"response_type", "ephemeral"}, {"replace_original", false}});
    call.rate_bucket = "slack:callback";
    return {call, send.progress};
  }
  if (is_a_change(send)) return change_call(send);
  if (opens_dm(send)) {
    return {api_call("conversations.open", json_text({{"users", send.to.user}}), send.to.workspace), send.progress};
  }
  if (looks_first(send)) return look_call(send);
  json progress = send.progress;
  progress.erase(kLooking);
  progress.erase(kMayExistSince);
  json more = {{"channel", place_of(send)}};
  if (!send.to.thread.empty()) more["thread_ts"] = send.to.thread;
  if (send.kind == "ephemeral") {
    more["user"] = send.to.user;
    return {api_call("chat.postEphemeral", dump_with(send.body, more), send.to.workspace), std::move(progress)};
  }
  more["unfurl_links"] = false;
  more["unfurl_media"] = false;
  if (!send.nonce.empty()) more["metadata"] = {{"event_type", "handrail_reply"}, {"event_payload", {{"key", send.nonce}}}};
  return {api_call("chat.postMessage", dump_with(send.body, more), send.to.workspace), std::move(progress)};
}

bool is_to_a_dm(const Send& send) { return send.kind == "direct" || send.to.place == Place::direct; }

Step failure(const Send& send, std::string error) {
  GiveUp give_up;
  if (is_one_of(kTryAgain, error)) return RetryAfter{0, false, error, is_one_of(kPerhapsDone, error)};
  give_up.disconnected = is_one_of(kDisconnected, error);
  const bool restricted = error.rfind(kRestricted, 0) == 0;
  give_up.dm_closed = is_to_a_dm(send) && (restricted || is_one_of(kDmClosed, error));
  give_up.place_closed = !give_up.dm_closed && (restricted || is_one_of(kPlaceClosed, error));
  give_up.because = std::move(error);
  return give_up;
}

// Found: it was sent. Not found, or we may not look: it is sent (again).
Step after_looking(const Send& send, const Untrusted& answer) {
  const std::string error = answer["error"].text();
  if (!answer["ok"].boolean() && is_one_of(kTryAgain, error)) return RetryAfter{0, false, error};
  if (is_one_of(kDisconnected, error)) return failure(send, error);
  if (const std::string ts = found_in(answer, send.nonce); !ts.empty()) return Sent{ts, place_of(send)};
  Send again = send;
  again.progress.erase(kMayExistSince);
  return first_call(again);
}

}  // namespace

Step next_step(const Send& send, const std::optional<HttpResult>& last) {
  if (send.kind == "callback" && send.to.callback.empty()) {
    GiveUp dead;
    dead.because = "no_callback";
    dead.callback_dead = true;
    return dead;
  }
  if (!last) return first_call(send);
  if (last->status == 0) return RetryAfter{0, false, "no_answer", true};
  if (last->status == 429) return RetryAfter{retry_after_ms(*last), false, "ratelimited"};
  if (last->status >= 500) return RetryAfter{0, false, "status_" + std::to_string(last->status), true};

  if (send.kind == "callback") {
    // The hook answers "ok" as text, or JSON with ok:true.
    JsonError ignored;
    const auto json_answer = parse_json(last->body, &ignored);
    const std::string error = json_answer ? Untrusted(&*json_answer, "")["error"].text() : last->body;
    const bool ok = last->status == 200 && !is_one_of(kCallbackDead, error) &&
                    (!json_answer || Untrusted(&*json_answer, "")["ok"].boolean(true));
    if (ok) return Sent{};
    GiveUp dead;
    dead.because = error.empty() ? "status_" + std::to_string(last->status) : error.substr(0, 64);
    dead.callback_dead = true;
    return dead;
  }

  JsonError error;
  const auto answer = parse_json(last->body, &error);
  if (!answer || !answer->is_object()) return RetryAfter{0, false, "not_json", true};
  const Untrusted view(&*answer, "");
  if (send.progress.value(kLooking, false)) return after_looking(send, view);
  if (send.kind == "remove" && view["error"].text() == "message_not_found") return Sent{send.target, place_of(send)};
  if (!view["ok"].boolean()) {
    const std::string word = view["error"].text("status_" + std::to_string(last->status));
    return failure(send, word.substr(0, 64));
  }
  if (opens_dm(send)) {
    const std::string place = view["channel"]["id"].text();
    if (place.empty()) return failure(send, "no_channel_in_answer");
    Send again = send;
    again.progress["place_id"] = place;
    return first_call(again);
  }
  return Sent{view["ts"].text(view["message_ts"].text()), view["channel"].text(send.progress.value("place_id", ""))};
}

bool refuses_token(const HttpResult& result) {
  JsonError error;
  const auto answer = parse_json(result.body, &error);
  return answer && is_one_of(kDisconnected, Untrusted(&*answer, "")["error"].text());
}

std::int64_t time_of_post(std::string_view ts) {
  // "1795430000.000100": seconds and microseconds.
  constexpr std::size_t kFraction = 6;
  const std::size_t dot = ts.find('.');
  std::int64_t seconds = 0;
  std::int64_t micros = 0;
  const bool whole = dot != ts.npos && ts.size() == dot + 1 + kFraction &&
                     std::from_chars(ts.data(), ts.data() + dot, seconds).ptr == ts.data() + dot &&
                     std::from_chars(ts.data() + dot + 1, ts.data() + ts.size(), micros).ptr == ts.data() + ts.size();
  return whole && seconds >= 0 && seconds < kLastSecond ? seconds * 1000 + micros / 1000 : 0;
}

std::optional<Call> profile_call(const std::string& user) {
  const bool is_id = !user.empty() && std::all_of(user.begin(), user.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
  if (!is_id) return std::nullopt;
  Call call;
  call.url = "users.info";
  call.content_type = "application/x-www-form-urlencoded";
  call.body = "user=" + user + "&include_locale=true";
  call.rate_bucket = "slack:users.info";
  return call;
}

std::optional<Profile> read_profile(const HttpResult& result) {
  JsonError error;
  const auto answer = parse_json(result.body, &error);
  if (result.status != 200 || !answer) return std::nullopt;
  const Untrusted view(&*answer, "");
  if (!view["ok"].boolean()) return std::nullopt;
  const Untrusted user = view["user"];
  return Profile{user["profile"]["display_name"].text(user["real_name"].text()), user["locale"].text()};
}

}  // namespace handrail::adapters::slack
