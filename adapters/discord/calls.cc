#include "adapters/discord/calls.h"

#include <charconv>
#include <cmath>

#include "adapters/discord/messages.h"
#include "adapters/json_text.h"
#include "adapters/untrusted_json.h"
#include "locales/text.h"

namespace handrail::adapters::discord {
namespace {

using nlohmann::json;

constexpr double kLongestRetryAfterSeconds = 3600;
constexpr std::size_t kThreadNameCharacters = 100;
constexpr const char* kThreadOpen = "thread_open";  // in Send::progress
constexpr std::int64_t kThreadExists = 160004;
constexpr std::int64_t kUnknownMessage = 10008;

std::vector<Attachment> files_of(const Send& send) {
  std::vector<Attachment> files;
  const auto list = send.body.find("files");
  if (list == send.body.end()) return files;
  for (const json& file : *list) files.push_back({file.value("path", ""), file.value("name", ""), ""});
  return files;
}

Call call(const std::string& method, const std::string& url, const json& body, Auth auth, const std::string& bucket) {
  Call made;
  made.method = method;
  made.url = url;
  made.content_type = "application/json";
  made.body = json_text(body);
  made.auth = auth;
  made.rate_bucket = "discord:" + bucket;
  return made;
}

NextCall message_call(const Send& send, const std::string& place) {
  json body = send.body.value("message", json::object());
  body["nonce"] = send.nonce;
  body["enforce_nonce"] = true;
  NextCall next{call("POST", "/channels/" + place + "/messages", body, Auth::bot_token, "messages:" + place), send.progress};
  next.call.attachments = files_of(send);
  return next;
}

NextCall callback_call(const Send& send) {
  const bool edits = send.kind == "callback";
  json body = send.body.value("message", json::object());
  if (!edits && send.body.value("ephemeral", false)) body["flags"] = 64;
  NextCall next{call(edits ? "PATCH" : "POST", "/webhooks/" + send.to.callback + (edits ? "/messages/@original" : ""), body,
                     Auth::none, "webhook:" + send.to.callback),
                send.progress};
  next.call.attachments = files_of(send);
  return next;
}

// Without a name, or with too long a one, no thread would be opened at all.
std::string thread_name(const Send& send) {
  const std::string name = send.body.value("thread_name", std::string());
  return name.empty() ? "Support" : locales::first_code_points(name, kThreadNameCharacters);
}

NextCall thread_call(const Send& send) {
  const std::string known = send.progress.value("place_id", std::string());
  if (!known.empty()) return message_call(send, known);
  const std::string thread = send.progress.value("thread_id", std::string());
  if (thread.empty()) {
    const json body = {{"name", thread_name(send)},
                       {"type", 12},
                       {"invitable", false},
                       {"auto_archive_duration", 10080}};
    return {call("POST", "/channels/" + send.to.place_id + "/threads", body, Auth::bot_token, "threads:" + send.to.place_id),
            send.progress};
  }
  if (!send.progress.value("member_added", false)) {
    return {call("PUT", "/channels/" + thread + "/thread-members/" + send.to.user, json::object(), Auth::bot_token,
                 "members:" + thread),
            send.progress};
  }
  // Why it is a thread is said once, before the first words in it, where there is room.
  Send first = send;
  json& message = first.body["message"];
  const std::string note = send.body.value("thread_note", std::string());
  const std::string words = message.is_object() ? message.value("content", std::string()) : "";
  const std::string both = note + (note.empty() || words.empty() ? "" : "\n\n") + words;
  if (!note.empty() && locales::count_code_points(both) <= kContentCharacters) message["content"] = both;
  return message_call(first, thread);
}

NextCall change_call(const Send& send) {
  const std::string place = send.progress.value("place_id", send.to.place_id);
  const std::string url = "/channels/" + place + "/messages/" + send.target;
  const json body = send.body.value("message", json::object());
  NextCall next{call("PATCH", url, body, Auth::bot_token, "messages:" + place), send.progress};
  if (send.kind == "remove") {
    next.call.method = "DELETE";
    next.call.body.clear();
  }
  return next;
}

// A thread under a message of ours has that message's id. Whether it was opened before does not matter (160004).
NextCall thread_under_message_call(const Send& send) {
  if (send.progress.value(kThreadOpen, false)) return message_call(send, send.target);
  NextCall next{call("POST", "/channels/" + send.to.place_id + "/messages/" + send.target + "/threads",
                     {{"name", thread_name(send)}, {"auto_archive_duration", 10080}},
                     Auth::bot_token, "threads:" + send.to.place_id),
                send.progress};
  return next;
}

NextCall next_call(const Send& send) {
  if (send.kind == "update" || send.kind == "remove") return change_call(send);
  if (send.kind == "thread_under") return thread_under_message_call(send);
  if (send.kind == "callback" || send.kind == "followup") return callback_call(send);
  if (send.kind == "private_thread") return thread_call(send);
  const std::string place = send.progress.value("place_id", send.to.place_id);
  if (place.empty()) {
    return {call("POST", "/users/@me/channels", {{"recipient_id", send.to.user}}, Auth::bot_token, "dm"), send.progress};
  }
  return message_call(send, place);
}

RetryAfter rate_limited(const HttpResult& result) {
  double seconds = 0;
  JsonError ignored;
  const auto body = parse_json(result.body, &ignored);
  const Untrusted view(body ? &*body : nullptr, "");
  if (view["retry_after"].present() && view["retry_after"].raw()->is_number()) {
    seconds = view["retry_after"].raw()->get<double>();
  } else if (const auto header = result.header("retry-after")) {
    seconds = std::strtod(std::string(*header).c_str(), nullptr);
  }
  // Nothing said, or nothing sensible ("nan"): wait a second.
  if (!(seconds > 0)) seconds = 1;
  seconds = std::min(std::max(seconds, 0.05), kLongestRetryAfterSeconds);
  const auto global = result.header("x-ratelimit-global");
  const auto scope = result.header("x-ratelimit-scope");
  const bool whole = (global && *global == "true") || (scope && *scope == "global") || view["global"].boolean();
  return {static_cast<std::int64_t>(std::ceil(seconds * 1000)), whole, "ratelimited"};
}

// The first field that Discord complains about ("data.embeds.0.title"); its words about it may hold what a person wrote.
std::string path_of_error(Untrusted errors) {
  std::string path;
  for (int depth = 0; depth < kJsonDepth && errors.is_object() && !errors["_errors"].present(); ++depth) {
    const std::string name = errors.raw()->empty() ? "" : errors.raw()->begin().key();
    if (name.empty()) break;
    path += (path.empty() ? "" : ".") + name;
    errors = errors[name];
  }
  constexpr std::size_t kPathCharacters = 80;
  return path.substr(0, kPathCharacters);
}

Step failure(const Send& send, int status, std::int64_t code, const std::string& path = "") {
  GiveUp give_up;
  give_up.because = code != 0 ? std::to_string(code) : "status_" + std::to_string(status);
  if (!path.empty()) give_up.because += " " + path;
  const bool callback = send.kind == "callback" || send.kind == "followup";
  if (code == 130000) return RetryAfter{0, false, give_up.because};
  if (code == 40003) return RetryAfter{60'000, false, give_up.because};
  if (status == 401 && !callback) give_up.disconnected = true;
  if (code == 40001) give_up.disconnected = true;
  // Discord's words for a person who cannot be written to (contract section 3): look at the code, not the status.
  give_up.dm_closed = code == 50007 || code == 50278;
  // A thread cannot be everywhere (not inside a thread or a forum post: 50024), and why does not matter: the next rung can.
  const bool no_thread = send.kind == "private_thread" && !give_up.disconnected;
  give_up.place_closed = code == 50001 || code == 50013 || code == 10003 || code == 10004 || code == 160006 || code == 160005 || no_thread;
  give_up.callback_dead = callback && (code == 10062 || code == 40060 || code == 10015 || code == 10008 || code == 50027 ||
                                       status == 404 || status == 401);
  return give_up;
}

}  // namespace

Step next_step(const Send& send, const std::optional<HttpResult>& last) {
  const bool callback = send.kind == "callback" || send.kind == "followup";
  if (callback && send.to.callback.empty()) {
    GiveUp dead;
    dead.because = "no_callback";
    dead.callback_dead = true;
    return dead;
  }
  if (!last) return next_call(send);
  if (last->status == 0) return RetryAfter{0, false, "no_answer"};
  if (last->status == 429) return rate_limited(*last);
  if (last->status >= 500) return RetryAfter{0, false, "status_" + std::to_string(last->status)};
  JsonError ignored;
  const auto body = parse_json(last->body.empty() ? "{}" : last->body, &ignored);
  const Untrusted answer(body ? &*body : nullptr, "");
  const std::int64_t code = answer["code"].integer().value_or(0);
  const bool opening = send.kind == "thread_under" && !send.progress.value(kThreadOpen, false);
  const bool is_open_already = opening && code == kThreadExists;
  const bool is_gone_already = send.kind == "remove" && code == kUnknownMessage;
  if (last->status >= 400 && !is_open_already && !is_gone_already) {
    return failure(send, last->status, code, path_of_error(answer["errors"]));
  }
  if (send.kind == "update" || send.kind == "remove") return Sent{send.target, send.to.place_id};

  Send again = send;
  if (opening) {
    again.progress[kThreadOpen] = true;
    return next_call(again);
  }
  if (send.kind == "thread_under") return Sent{answer["id"].text(), send.target};
  if (send.kind == "private_thread" && send.progress.value("place_id", std::string()).empty()) {
    const std::string thread = send.progress.value("thread_id", std::string());
    if (thread.empty()) {
      again.progress["thread_id"] = answer["id"].text();
      if (answer["id"].text().empty()) return failure(send, last->status, 0);
      return next_call(again);
    }
    if (!send.progress.value("member_added", false)) {
      again.progress["member_added"] = true;
      return next_call(again);
    }
    return Sent{answer["id"].text(), thread};
  }
  const bool opened_dm = !callback && send.progress.value("place_id", send.to.place_id).empty();
  if (opened_dm) {
    const std::string place = answer["id"].text();
    if (place.empty()) return failure(send, last->status, 0);
    again.progress["place_id"] = place;
    return next_call(again);
  }
  return Sent{answer["id"].text(), send.progress.value("place_id", send.to.place_id)};
}

std::int64_t pause_after(const HttpResult& result) {
  const auto remaining = result.header("x-ratelimit-remaining");
  const auto reset = result.header("x-ratelimit-reset-after");
  if (!remaining || *remaining != "0" || !reset) return 0;
  const double seconds = std::strtod(std::string(*reset).c_str(), nullptr);
  return seconds > 0 ? static_cast<std::int64_t>(std::ceil(std::min(seconds, kLongestRetryAfterSeconds) * 1000)) : 0;
}

std::int64_t time_of_id(std::string_view id) {
  constexpr std::int64_t kDiscordEpochMs = 1'420'070'400'000;
  constexpr unsigned kBitsBelowTime = 22;
  std::uint64_t number = 0;
  const auto read = std::from_chars(id.data(), id.data() + id.size(), number);
  if (id.empty() || read.ec != std::errc() || read.ptr != id.data() + id.size()) return 0;
  return static_cast<std::int64_t>(number >> kBitsBelowTime) + kDiscordEpochMs;
}

}  // namespace handrail::adapters::discord
