#include "adapters/discord/interactions.h"

#include "adapters/json_text.h"
#include "adapters/untrusted_json.h"
#include "locales/tag.h"
#include "locales/text.h"

namespace handrail::adapters::discord {
namespace {

using nlohmann::json;

constexpr std::size_t kChoiceNameCharacters = 100;

ProtocolAnswer answer(const json& body) {
  return {{200, "application/json", json_text(body)}};
}

ProtocolAnswer polite(const std::string& text) {
  return answer({{"type", 4}, {"data", {{"content", text}, {"flags", kEphemeral}, {"allowed_mentions", {{"parse", json::array()}}}}}});
}

// The person's language as a tag. Discord says "no" where the tag of written Norwegian is "nb" (contract section 2).
std::string locale_of(Untrusted interaction) {
  const std::string locale = interaction["locale"].text();
  return locale == "no" ? "nb" : locale;
}

const std::string& title_in(const OwnIds::Topic& topic, const std::string& locale) {
  std::vector<std::string> have;
  for (const auto& [tag, title] : topic.titles) have.push_back(tag);
  const auto best = locales::negotiate({locale}, have);
  for (const auto& [tag, title] : topic.titles) {
    if (best && tag == *best) return title;
  }
  static const std::string kNone;
  return topic.titles.empty() ? kNone : topic.titles.front().second;
}

// What is being typed, also in a subcommand.
std::string focused_text(Untrusted options) {
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (options[i]["focused"].boolean()) return options[i]["value"].text();
    const std::string nested = focused_text(options[i]["options"]);
    if (!nested.empty()) return nested;
  }
  return "";
}

// Autocomplete is always answered with type 8: an error cannot be shown.
Parsed autocomplete(Untrusted interaction, const OwnIds& own) {
  const std::string locale = locale_of(interaction);
  const std::string typed = locales::fold_to_utf8(focused_text(interaction["data"]["options"]));
  json choices = json::array();
  for (const OwnIds::Topic& topic : own.topics) {
    const std::string title = title_in(topic, locale);
    if (choices.size() == kChoices || title.empty()) continue;
    if (!typed.empty() && locales::fold_to_utf8(title).find(typed) == std::string::npos) continue;
    choices.push_back({{"name", locales::first_code_points(title, kChoiceNameCharacters)}, {"value", topic.id}});
  }
  return answer({{"type", 8}, {"data", {{"choices", choices}}}});
}

std::string option_text(Untrusted options, std::string_view name) {
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (options[i]["name"].text() == name) return options[i]["value"].text();
    const std::string nested = option_text(options[i]["options"], name);
    if (!nested.empty()) return nested;
  }
  return "";
}

// Both forms of a modal's components: Label (18) around an input, or an action row (1) of inputs.
std::string modal_value(Untrusted components, std::string_view custom_id) {
  for (std::size_t i = 0; i < components.size(); ++i) {
    const Untrusted inner = components[i]["component"];
    if (inner["custom_id"].text() == custom_id) return inner["value"].text();
    if (components[i]["custom_id"].text() == custom_id) return components[i]["value"].text();
    const std::string nested = modal_value(components[i]["components"], custom_id);
    if (!nested.empty()) return nested;
  }
  return "";
}

InboundMessage base_message(Untrusted interaction, std::int64_t now, const OwnIds& own) {
  const bool in_server = interaction["guild_id"].present();
  const Untrusted user = in_server && interaction["member"].present() ? interaction["member"]["user"] : interaction["user"];
  InboundMessage message;
  message.event_key = "discord:" + interaction["id"].text();
  message.mentioned = true;
  message.interactive = true;
  const bool between_others = interaction["context"].integer() == 2;
  message.ephemeral = in_server || between_others;
  message.platform_locale = locale_of(interaction);
  message.user_name = user["global_name"].text(user["username"].text());
  message.from.channel = "discord";
  // Identities are Discord users, whichever server they write from.
  message.from.place_id = interaction["channel_id"].text(interaction["channel"]["id"].text());
  message.from.user = user["id"].text();
  message.from.place = in_server ? Place::channel : between_others ? Place::group : Place::direct;
  message.from.callback = interaction["application_id"].text(own.application_id) + "/" + interaction["token"].text();
  message.from.callback_expires_at = now + kCallbackLifeMs;
  return message;
}

Parsed parse_command(Untrusted interaction, InboundMessage message) {
  const Untrusted data = interaction["data"];
  message.kind = InputKind::command;
  if (data["type"].integer() == 3) {
    const std::string target = data["target_id"].text();
    message.text = data["resolved"]["messages"][target]["content"].text();
    return Messages{{message}};
  }
  if (data["name"].text() != "help") return polite("Sorry, I do not know this command. Try /help.");
  message.text = option_text(data["options"], "topic");
  return Messages{{message}};
}

Parsed parse_component(Untrusted interaction, InboundMessage message, const OwnIds& own) {
  const Untrusted data = interaction["data"];
  std::string id = data["custom_id"].text();
  if (data["values"].size() > 0) id = data["values"][std::size_t{0}].text();
  if (id.empty() || locales::count_code_points(id) > kActionIdCharacters) return polite("Sorry, this button is not known any more.");
  if (id == "ticket:new") return answer(contact_modal(own, message.platform_locale));
  message.kind = InputKind::action;
  message.action = id;
  return Messages{{message}};
}

Parsed parse_modal(Untrusted interaction, InboundMessage message) {
  const Untrusted data = interaction["data"];
  if (data["custom_id"].text() != "ticket:new") return polite("Sorry, this form is not known any more.");
  message.kind = InputKind::form;
  message.action = "ticket:new";
  message.fields["subject"] = modal_value(data["components"], "subject");
  message.text = message.fields["subject"].get<std::string>();
  return Messages{{message}};
}

}  // namespace

json contact_modal(const OwnIds& own, const std::string& locale) {
  std::vector<std::string> have;
  for (const auto& [tag, words] : own.modal_words) have.push_back(tag);
  const auto best = locales::negotiate({locale}, have);
  json words = {{"title", "Contact support"}, {"label", "What happened?"}, {"placeholder", ""}};
  for (const auto& [tag, known] : own.modal_words) {
    if ((best && tag == *best) || (!best && tag == "en")) words = known;
  }
  constexpr std::size_t kTitle = 45, kLabel = 45, kPlaceholder = 100, kSubject = 1000;
  const json input = {{"type", 4},
                      {"custom_id", "subject"},
                      {"style", 2},
                      {"placeholder", locales::first_code_points(words.value("placeholder", ""), kPlaceholder)},
                      {"max_length", kSubject},
                      {"required", true}};
  json label = {{"type", 18}, {"label", locales::first_code_points(words.value("label", ""), kLabel)}};
  label["component"] = input;
  json data = {{"custom_id", "ticket:new"}, {"title", locales::first_code_points(words.value("title", ""), kTitle)}};
  data["components"] = json::array({label});
  return {{"type", 9}, {"data", data}};
}

Parsed parse_interaction(const HttpRequest& request, std::int64_t now, const OwnIds& own) {
  JsonError error;
  const auto body = parse_json(request.body, &error);
  if (!body) return Malformed{error.path, error.message};
  const Untrusted interaction(&*body, "");
  const auto type = interaction["type"].integer();
  if (type == 1) return answer({{"type", 1}});
  if (type == 4) return autocomplete(interaction, own);
  if (!type || *type < 1 || *type > 5) return Unknown{"interaction_type"};
  InboundMessage message = base_message(interaction, now, own);
  if (interaction["id"].text().empty() || interaction["token"].text().empty() || message.from.user.empty()) {
    return Ignored{"incomplete_interaction"};
  }
  if (type == 2) return parse_command(interaction, std::move(message));
  if (type == 3) return parse_component(interaction, std::move(message), own);
  return parse_modal(interaction, std::move(message));
}

Parsed parse_webhook_event(const HttpRequest& request) {
  JsonError error;
  const auto body = parse_json(request.body, &error);
  if (!body) return Malformed{error.path, error.message};
  // PING (type 0) and events alike want 204 and nothing in it.
  return ProtocolAnswer{{204, "", ""}};
}

}  // namespace handrail::adapters::discord
