#include "adapters/slack/events.h"

#include <algorithm>
#include <array>

#include "adapters/form.h"
#include "adapters/json_text.h"
#include "adapters/slack/mrkdwn.h"
#include "adapters/untrusted_json.h"
#include "locales/text.h"

namespace handrail::adapters::slack {
namespace {

// Subtypes of `message` that are not something a person says to us (contract section 2).
constexpr std::array<std::string_view, 16> kIgnoredSubtypes{
    "bot_message",     "message_replied", "me_message",        "channel_join",  "channel_leave",   "channel_topic",
    "channel_purpose", "channel_name",    "channel_archive",   "channel_unarchive", "ekm_access_denied",
    "channel_posting_permissions", "group_join", "group_leave", "pinned_item", "tombstone"};

constexpr std::size_t kLongestKindForLog = 64;
constexpr std::size_t kFilesRead = 10;  // of one post: what Slack lets people add at once

Malformed malformed(const JsonError& error) { return {error.path, error.message}; }

HttpAnswer ok_text(std::string text) { return {200, "text/plain; charset=utf-8", std::move(text)}; }

// The installation that sees the event: a team's, or that of its organisation, whose events may name no team.
std::string team_of(Untrusted envelope) {
  const Untrusted authorized = envelope["authorizations"][std::size_t{0}];
  const std::string team = authorized["team_id"].text(envelope["team_id"].text());
  return team.empty() ? authorized["enterprise_id"].text(envelope["enterprise_id"].text()) : team;
}

// The same of an interaction: `team` is null where the whole organisation installed the app.
std::string team_of_payload(Untrusted payload) {
  const std::string team = payload["team"]["id"].text(payload["user"]["team_id"].text());
  return team.empty() ? payload["enterprise"]["id"].text() : team;
}

// Without a channel (a global shortcut, a form) there is only the DM.
Place place_of(std::string_view channel_type, std::string_view channel, bool in_thread) {
  if (channel.empty()) return Place::direct;
  if (channel_type == "im" || (channel_type.empty() && channel[0] == 'D')) return Place::direct;
  if (channel_type == "mpim") return Place::group;
  return in_thread ? Place::thread : Place::channel;
}

std::string post_key(const std::string& team, const std::string& channel, const std::string& ts) {
  return "slack:" + team + ":" + channel + ":" + ts;
}

Address address_of(const std::string& team, const std::string& channel, const std::string& user, Place place,
                   const std::string& thread) {
  Address address;
  address.channel = "slack";
  address.workspace = team;
  address.place_id = channel;
  address.user = user;
  address.place = place;
  // In a DM answers stand in the stream; in a channel they gather under the post they answer.
  if (place != Place::direct) address.thread = thread;
  return address;
}

std::int64_t time_of(const std::string& ts) {
  std::int64_t seconds = 0;
  for (const char c : ts) {
    if (c < '0' || c > '9') break;
    if (seconds > 100'000'000'000) return 0;
    seconds = seconds * 10 + (c - '0');
  }
  return seconds * 1000;
}

Parsed parse_edit_or_deletion(Untrusted envelope, Untrusted event, const OwnIds& own) {
  const std::string team = team_of(envelope);
  const std::string channel = event["channel"].text();
  InboundMessage message;
  message.event_key = "slack:" + envelope["event_id"].text();
  if (event["subtype"].text() == "message_deleted") {
    const std::string deleted = event["deleted_ts"].text();
    if (channel.empty() || deleted.empty()) return Ignored{"incomplete_event"};
    message.kind = InputKind::deletion;
    message.edited_key = post_key(team, channel, deleted);
    message.from = address_of(team, channel, event["previous_message"]["user"].text(),
                              place_of(event["channel_type"].text(), channel, false), deleted);
    return Messages{{message}};
  }
  const Untrusted now_said = event["message"];
  // Link previews and our own chat.update arrive as edits too: a person's edit has `edited` and other words.
  if (!now_said["edited"].present() || now_said["text"].text() == event["previous_message"]["text"].text()) {
    return Ignored{"not_a_real_edit"};
  }
  const std::string user = now_said["user"].text();
  if (user.empty() || now_said["bot_id"].present() || user == own.bot_user) return Ignored{"bot_message"};
  const std::string ts = now_said["ts"].text();
  if (channel.empty() || ts.empty()) return Ignored{"incomplete_event"};
  const std::string thread = now_said["thread_ts"].text(ts);
  message.kind = InputKind::edit;
  message.edited_key = post_key(team, channel, ts);
  message.text = decode(now_said["text"].text(), own.bot_user);
  message.from = address_of(team, channel, user,
                            place_of(event["channel_type"].text(), channel, now_said["thread_ts"].present()), thread);
  message.sent_at = time_of(event["event_ts"].text());
  return Messages{{message}};
}

// Mentioned as <@ID> or <@ID|name>; an id that only begins like ours is somebody else's.
bool names_the_bot(const std::string& raw, const std::string& bot_user) {
  if (bot_user.empty()) return false;
  return raw.find("<@" + bot_user + ">") != std::string::npos || raw.find("<@" + bot_user + "|") != std::string::npos;
}

// Where the files can be seen by members of the workspace; a file without an address was deleted or may not be shown.
std::vector<SharedFile> files_of(Untrusted event) {
  std::vector<SharedFile> files;
  for (std::size_t i = 0; i < event["files"].size() && files.size() < kFilesRead; ++i) {
    const Untrusted file = event["files"][i];
    const std::string url = file["permalink"].text(file["url_private"].text());
    if (url.rfind("https://", 0) == 0) files.push_back({file["name"].text("file"), url});
  }
  return files;
}

Parsed parse_message(Untrusted envelope, Untrusted event, const OwnIds& own, bool is_mention) {
  const std::string subtype = event["subtype"].text();
  if (subtype == "message_changed" || subtype == "message_deleted") return parse_edit_or_deletion(envelope, event, own);
  if (std::find(kIgnoredSubtypes.begin(), kIgnoredSubtypes.end(), subtype) != kIgnoredSubtypes.end()) {
    return Ignored{"subtype"};
  }
  if (!subtype.empty() && subtype != "file_share" && subtype != "thread_broadcast") {
    return Unknown{"message." + subtype.substr(0, kLongestKindForLog)};
  }
  const std::string user = event["user"].text();
  if (event["hidden"].boolean()) return Ignored{"hidden"};
  if (!own.bot_user.empty() && user == own.bot_user) return Ignored{"own_message"};
  if (!event["bot_id"].text().empty() || event["bot_profile"].present()) return Ignored{"bot_message"};
  const std::string channel = event["channel"].text();
  const std::string ts = event["ts"].text();
  if (user.empty() || channel.empty() || ts.empty()) return Ignored{"incomplete_event"};

  const std::string team = team_of(envelope);
  const bool in_thread = event["thread_ts"].present();
  const std::string raw = event["text"].text();
  const Place place = place_of(event["channel_type"].text(), channel, in_thread);
  InboundMessage message;
  message.event_key = "slack:" + envelope["event_id"].text();
  message.post_key = post_key(team, channel, ts);
  message.kind = InputKind::text;
  message.text = decode(raw, own.bot_user);
  message.from = address_of(team, channel, user, place, event["thread_ts"].text(ts));
  message.mentioned = is_mention || names_the_bot(raw, own.bot_user);
  message.sent_at = time_of(ts);
  message.files = files_of(event);
  if (message.text.empty() && message.files.empty() && !message.mentioned) return Ignored{"no_text"};
  return Messages{{message}};
}

Parsed parse_lifecycle(Untrusted envelope, const std::string& what) {
  InboundMessage message;
  message.event_key = "slack:" + envelope["event_id"].text();
  message.kind = InputKind::lifecycle;
  message.action = what;
  message.from.channel = "slack";
  message.from.workspace = team_of(envelope);
  return Messages{{message}};
}

std::string first_words(const std::string& text) { return locales::first_code_points(text, kActionIdCharacters); }

Parsed parse_block_actions(Untrusted payload, std::int64_t now) {
  const Untrusted action = payload["actions"][std::size_t{0}];
  const std::string user = payload["user"]["id"].text();
  const std::string team = team_of_payload(payload);
  const std::string channel = payload["channel"]["id"].text(payload["container"]["channel_id"].text());
  // A button's `value` carries our action id, since action_id must be unique within a message.
  const std::string id = action["value"].text(action["action_id"].text());
  if (user.empty() || channel.empty() || id.empty()) return Ignored{"incomplete_interaction"};
  if (!action["url"].text().empty()) return Ignored{"link_button"};
  const std::string message_ts = payload["container"]["message_ts"].text(payload["message"]["ts"].text());
  InboundMessage message;
  message.event_key = "slack:action:" + team + ":" + user + ":" + message_ts + ":" + first_words(id) + ":" +
                      action["action_ts"].text();
  message.kind = InputKind::action;
  message.action = first_words(id);
  message.mentioned = true;
  message.ephemeral = payload["container"]["is_ephemeral"].boolean();
  const std::string thread = payload["container"]["thread_ts"].text(payload["message"]["thread_ts"].text(message_ts));
  message.from = address_of(team, channel, user, place_of("", channel, false), message.ephemeral ? "" : thread);
  if (message.ephemeral) {
    message.from.callback = payload["response_url"].text();
    message.from.callback_expires_at = now + kResponseUrlLifeMs;
  }
  message.user_name = payload["user"]["username"].text(payload["user"]["name"].text());
  return Messages{{message}};
}

// The value of the first input named `wanted`, wherever Slack put it in the view's state.
std::string input_value(Untrusted values, const std::string& wanted) {
  if (!values.is_object()) return "";
  for (const auto& [block_id, inputs] : values.raw()->items()) {
    if (!inputs.is_object()) continue;
    for (const auto& [action_id, input] : inputs.items()) {
      if (action_id == wanted || block_id == wanted) return Untrusted(&input, "")["value"].text();
    }
  }
  return "";
}

Parsed parse_view_submission(Untrusted payload) {
  if (payload["view"]["callback_id"].text() != "ticket_new") return ProtocolAnswer{{200, "", ""}};
  const std::string user = payload["user"]["id"].text();
  const std::string team = team_of_payload(payload);
  if (user.empty()) return Ignored{"incomplete_interaction"};
  InboundMessage message;
  message.event_key = "slack:view:" + team + ":" + user + ":" + payload["view"]["id"].text() + ":" +
                      payload["view"]["hash"].text();
  message.kind = InputKind::form;
  message.action = "ticket:new";
  message.fields["subject"] = input_value(payload["view"]["state"]["values"], "subject");
  message.text = message.fields["subject"].get<std::string>();
  message.mentioned = true;
  message.from = address_of(team, "", user, Place::direct, "");
  message.user_name = payload["user"]["username"].text();
  return Messages{{message}};
}

Parsed parse_message_shortcut(Untrusted payload, const OwnIds& own, std::int64_t now) {
  const std::string user = payload["user"]["id"].text();
  const std::string team = team_of_payload(payload);
  const std::string channel = payload["channel"]["id"].text();
  if (user.empty()) return Ignored{"incomplete_interaction"};
  InboundMessage message;
  message.event_key = "slack:shortcut:" + team + ":" + user + ":" + payload["trigger_id"].text(payload["action_ts"].text());
  message.kind = InputKind::command;
  message.text = decode(payload["message"]["text"].text(), own.bot_user);
  message.mentioned = true;
  message.ephemeral = true;
  message.from = address_of(team, channel, user, place_of("", channel, false), "");
  if (message.from.place == Place::direct) message.from.place_id.clear();
  message.from.callback = payload["response_url"].text();
  message.from.callback_expires_at = now + kResponseUrlLifeMs;
  message.user_name = payload["user"]["username"].text(payload["user"]["name"].text());
  return Messages{{message}};
}

}  // namespace

Parsed parse_event(const HttpRequest& request, const OwnIds& own) {
  JsonError error;
  const auto json = parse_json(request.body, &error);
  if (!json) return malformed(error);
  const Untrusted envelope(&*json, "");
  const std::string type = envelope["type"].text();
  if (type == "url_verification") {
    const nlohmann::json answer = {{"challenge", envelope["challenge"].text()}};
    return ProtocolAnswer{{200, "application/json", json_text(answer)}};
  }
  if (type == "app_rate_limited") return Ignored{"app_rate_limited"};
  if (type != "event_callback") return Unknown{type.substr(0, kLongestKindForLog)};
  const Untrusted event = envelope["event"];
  const std::string what = event["type"].text();
  if (envelope["event_id"].text().empty()) return Ignored{"no_event_id"};
  if (what == "message") return parse_message(envelope, event, own, false);
  if (what == "app_mention") return parse_message(envelope, event, own, true);
  if (what == "app_uninstalled") return parse_lifecycle(envelope, "uninstalled");
  if (what == "tokens_revoked") return parse_lifecycle(envelope, "tokens_revoked");
  if (what == "app_home_opened") return Ignored{"app_home_opened"};
  return Unknown{what.substr(0, kLongestKindForLog)};
}

Parsed parse_command(const HttpRequest& request, const OwnIds& own, std::int64_t now) {
  if (!locales::is_valid_utf8(request.body)) return Malformed{"", "The body is not valid UTF-8."};
  auto fields = parse_form(request.body);
  if (fields["ssl_check"] == "1") return ProtocolAnswer{ok_text("")};
  for (const auto& [name, value] : fields) {
    if (!locales::is_valid_utf8(value)) return Malformed{name, "The field is not valid UTF-8."};
  }
  const std::string command = fields["command"];
  if (command != kCommand && command != kCommandHandrail) {
    const nlohmann::json answer = {{"response_type", "ephemeral"}, {"text", "Sorry, I do not know this command. Try /help."}};
    return ProtocolAnswer{{200, "application/json; charset=utf-8", answer.dump()}};
  }
  if (fields["user_id"].empty()) return Ignored{"incomplete_command"};
  if (fields["team_id"].empty()) fields["team_id"] = fields["enterprise_id"];
  InboundMessage message;
  message.event_key = "slack:command:" + fields["team_id"] + ":" + fields["user_id"] + ":" + fields["trigger_id"];
  message.kind = InputKind::command;
  message.text = decode(fields["text"], own.bot_user);
  message.mentioned = true;
  message.ephemeral = true;
  message.interactive = true;
  message.from = address_of(fields["team_id"], fields["channel_id"], fields["user_id"],
                            place_of("", fields["channel_id"], false), "");
  // It may be a DM between other people: ours with this person is opened when it is needed.
  if (message.from.place == Place::direct) message.from.place_id.clear();
  message.from.callback = fields["response_url"];
  message.from.callback_expires_at = now + kResponseUrlLifeMs;
  message.user_name = fields["user_name"];
  return Messages{{message}};
}

Parsed parse_interaction(const HttpRequest& request, const OwnIds& own, std::int64_t now) {
  auto fields = parse_form(request.body);
  const auto payload_field = fields.find("payload");
  if (payload_field == fields.end()) return Malformed{"payload", "The form field is missing."};
  JsonError error;
  const auto json = parse_json(payload_field->second, &error);
  if (!json) return Malformed{"payload", error.message};
  const Untrusted payload(&*json, "payload");
  const std::string type = payload["type"].text();
  if (type == "block_actions") return parse_block_actions(payload, now);
  if (type == "view_submission") return parse_view_submission(payload);
  if (type == "message_action" || type == "shortcut") return parse_message_shortcut(payload, own, now);
  if (type == "view_closed") return Ignored{"view_closed"};
  if (type == "block_suggestion") return ProtocolAnswer{{200, "application/json", R"({"options":[]})"}};
  return Unknown{type.substr(0, kLongestKindForLog)};
}

}  // namespace handrail::adapters::slack
