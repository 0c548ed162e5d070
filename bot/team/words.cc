#include "bot/team/words.h"

#include <algorithm>
#include <map>

#include "bot/base/rfc3339.h"
#include "bot/base/secret.h"
#include "bot/team/commands.h"
#include "locales/format.h"
#include "locales/text.h"

namespace handrail::team {
namespace {

using adapters::Action;
using adapters::ActionStyle;
using adapters::Block;
using adapters::BlockType;
using adapters::Reply;

constexpr const char* kLocale = "en";
constexpr const char* kShortSnooze = "2h";

std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::string cut(const std::string& text, std::size_t characters) {
  if (locales::count_code_points(text) <= characters) return text;
  return locales::first_code_points(text, characters - 1) + "…";
}

// "2026-11-25 14:00 UTC", for people.
std::string minute(std::int64_t at) {
  std::string text = base::to_rfc3339(at);
  constexpr std::size_t kDate = 10;
  constexpr std::size_t kToMinutes = 16;
  if (text.size() < kToMinutes) return text;
  text[kDate] = ' ';
  return text.substr(0, kToMinutes) + " UTC";
}

std::string value_of(const nlohmann::json& value) {
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_object() && value.contains("amount_minor")) {
    return locales::format_money(value.value("amount_minor", std::int64_t{0}), value.value("currency", ""), kLocale);
  }
  if (!value.is_string()) return value.dump();
  const auto text = value.get<std::string>();
  const auto at = base::from_rfc3339(text);
  return at ? minute(*at) : text;
}

// What tells the desk which row it is, and an agent nothing.
bool is_for_machines(const std::string& name) { return name == "account_id" || name == "charge_id"; }

void add(Reply& reply, BlockType type, std::string text, adapters::Tone tone = adapters::Tone::info) {
  reply.text += (reply.text.empty() ? "" : "\n") + text;
  Block block;
  block.type = type;
  block.text = std::move(text);
  block.tone = tone;
  reply.blocks.push_back(std::move(block));
}

Reply empty_reply() {
  Reply reply;
  reply.locale = kLocale;
  reply.direction = "ltr";
  return reply;
}

std::string facts_of(const nlohmann::json& triage) {
  std::string lines;
  std::size_t count = 0;
  for (const auto& fact : triage.value("facts", nlohmann::json::array())) {
    if (!fact.is_object() || is_for_machines(fact.value("name", ""))) continue;
    if (fact.value("value", nlohmann::json()).is_null()) continue;
    if (++count > kFactsOnCard) break;
    const bool from_account = fact.value("/source/kind"_json_pointer, std::string()) == "account";
    lines += (lines.empty() ? "" : "\n") + spaced(fact.value("name", "")) + ": " +
             cut(value_of(fact.value("value", nlohmann::json())), kFactCharacters) + (from_account ? " (account)" : " (said)");
  }
  return lines;
}

Action button(const std::string& verb, const std::string& subject, const std::string& label, ActionStyle style) {
  Action action;
  action.id = kActionPrefix + verb + ":" + subject;
  action.label = label;
  action.style = style;
  return action;
}

void add_actions(Reply& reply, const storage::Ticket& ticket, const config::Config& config) {
  if (ticket.state == "resolved") {
    if (ticket.outcome != "erased") reply.actions.push_back(button("reopen", ticket.id, "Reopen", ActionStyle::normal));
  } else {
    if (ticket.state == "open") reply.actions.push_back(button("claim", ticket.id, "Claim", ActionStyle::primary));
    if (ticket.kind == "refund") {
      reply.actions.push_back(button("resolve", ticket.id + ":approved", "Resolve: approved", ActionStyle::normal));
      reply.actions.push_back(button("resolve", ticket.id + ":denied", "Resolve: denied", ActionStyle::normal));
    } else {
      reply.actions.push_back(button("resolve", ticket.id + ":answered", "Resolve", ActionStyle::normal));
    }
    reply.actions.push_back(button("snooze", ticket.id + ":" + kShortSnooze, "Snooze 2 h", ActionStyle::normal));
  }
  if (config.public_url.empty()) return;
  Action open;
  open.id = std::string(kActionPrefix) + "desk";
  open.label = "Open desk";
  open.style = ActionStyle::link;
  open.url = config.public_url + "/desk#ticket=" + ticket.id;
  reply.actions.push_back(std::move(open));
}

std::string author_of(const storage::Message& message, const std::string& person) {
  if (message.author == "person") return message.author_name.empty() ? person : message.author_name;
  return message.author == "agent" ? message.author_name + " (agent)" : "Bot";
}

}  // namespace

std::string title_of(const storage::Ticket& ticket) { return "#" + std::to_string(ticket.number) + " " + spaced(ticket.kind); }

Reply card(const storage::Ticket& ticket, const std::string& person, const config::Config& config) {
  Reply reply = empty_reply();
  add(reply, BlockType::heading, title_of(ticket));
  std::string state = ticket.state == "resolved" ? "resolved: " + ticket.outcome : ticket.state;
  if (ticket.snoozed_until != 0) state += ", snoozed until " + minute(ticket.snoozed_until);
  add(reply, BlockType::paragraph,
      "**" + state + "** · " + (ticket.assignee_name.empty() ? "nobody yet" : ticket.assignee_name) + " · " + ticket.priority +
          " priority");
  add(reply, BlockType::paragraph, cut(person, kFactCharacters) + " · " + spaced(ticket.channel) + " · writes in " + ticket.locale);
  if (ticket.state == "open") add(reply, BlockType::paragraph, "First answer due " + minute(ticket.first_response_due_at));
  const auto triage = nlohmann::json::parse(ticket.triage, nullptr, false);
  if (triage.is_object()) {
    if (const std::string facts = facts_of(triage); !facts.empty()) add(reply, BlockType::paragraph, facts);
    const std::string verdict = triage.value("/policy/verdict"_json_pointer, std::string());
    if (!verdict.empty()) {
      const std::string rule = triage.value("/policy/rule"_json_pointer, std::string());
      add(reply, BlockType::callout, "Policy: " + spaced(verdict) + (rule.empty() ? "" : " (" + spaced(rule) + ")"));
    }
  }
  add_actions(reply, ticket, config);
  return reply;
}

Reply transcript(const std::vector<storage::Message>& messages, const std::string& person) {
  Reply reply = empty_reply();
  add(reply, BlockType::paragraph, messages.empty() ? "Nothing was said here yet." : "**What was said so far**");
  for (const storage::Message& message : messages) {
    // What the person said matters; of the bot's own answers it is enough to know which they were.
    const std::string said = message.author == "bot" ? message.text.substr(0, message.text.find('\n')) : message.text;
    const std::string words = message.redacted_at != 0 ? "(deleted)" : cut(said, kTranscriptCharacters);
    add(reply, BlockType::paragraph, author_of(message, person) + ": " + words);
  }
  add(reply, BlockType::paragraph, std::string(kCommandHelp));
  return reply;
}

Reply copy_of(const storage::Message& message, const std::string& person) {
  const std::string words = message.redacted_at != 0 ? "(deleted)" : message.text;
  Reply reply = empty_reply();
  add(reply, BlockType::paragraph, "**" + author_of(message, person) + "**\n" + words);
  return reply;
}

std::optional<Reply> news(const storage::HistoryEntry& entry) {
  static const std::map<std::string, std::string> kSentences = {
      {"claimed", " has this now."},
      {"reopened", " reopened this."},
      {"delivery_failed", "Not delivered to the person: "},
      {"reached_by_private_thread", "Their direct messages are closed: it went to a private thread."},
      {"reached_by_web_link", "Their direct messages are closed: they got a link to the web chat."}};
  if (entry.what == "resolved") return notice(entry.actor + " resolved this: " + entry.detail + ".");
  if (entry.what == "transferred") return notice(entry.actor + " gave this to " + entry.detail + ".");
  if (entry.what == "snoozed") return notice(entry.actor + " snoozed this until " + entry.detail + ".");
  if (entry.what == "woken") return notice("The time has come: this is snoozed no longer.");
  const auto sentence = kSentences.find(entry.what);
  if (sentence == kSentences.end()) return std::nullopt;
  if (entry.what == "delivery_failed") return notice(sentence->second + entry.detail + ".");
  return notice(sentence->second[0] == ' ' ? entry.actor + sentence->second : sentence->second);
}

Reply notice(const std::string& text) {
  Reply reply = empty_reply();
  add(reply, BlockType::paragraph, text);
  return reply;
}

Reply held_notice(const storage::HeldReply& held, const std::string& because) {
  Reply reply = empty_reply();
  add(reply, BlockType::callout, "Not sent yet: " + because, adapters::Tone::warning);
  add(reply, BlockType::paragraph, cut(held.text, kTranscriptCharacters));
  reply.actions.push_back(button("send", held.id, "Send anyway", ActionStyle::primary));
  reply.actions.push_back(button("drop", held.id, "Discard", ActionStyle::normal));
  return reply;
}

std::string digest(const Reply& reply) {
  std::string all = reply.text;
  for (const Action& action : reply.actions) all += "\n" + action.id + "\n" + action.label;
  return base::hash_token(all);
}

}  // namespace handrail::team
