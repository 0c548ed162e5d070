#include "bot/commands/discord_commands.h"

#include <array>
#include <map>
#include <optional>

#include "locales/tag.h"
#include "locales/text.h"

namespace handrail::commands {
namespace {

using nlohmann::json;

// Every language of Discord's. Those that our catalogs lack are left out, and people see the default.
constexpr std::array<const char*, 32> kDiscordLocales{
    "id", "da", "de",    "en-GB", "en-US", "es-ES", "es-419", "fr", "hr", "it", "lt", "hu", "nl",    "no", "pl",    "pt-BR",
    "ro", "fi", "sv-SE", "vi",    "tr",    "cs",    "el",     "bg", "ru", "uk", "hi", "th", "zh-CN", "ja", "zh-TW", "ko"};

// Names that Discord shows instead of ours. They are labels of the platform and no sentences, so they stand here and not in the
// catalogs; a language without any keeps the default names and still gets its descriptions.
struct Names {
  const char* help;     // of the slash command: lower case, no spaces
  const char* topic;    // of its option: the same
  const char* message;  // of the message command
};
const std::map<std::string, Names, std::less<>>& names() {
  static const std::map<std::string, Names, std::less<>> all = {
      {"en", {"help", "topic", "Get help with this"}},
      {"de", {"hilfe", "thema", "Hilfe dazu holen"}},
      {"es", {"ayuda", "tema", "Pedir ayuda con esto"}},
      {"fr", {"aide", "sujet", "Obtenir de l’aide"}},
      {"hi", {"मदद", "विषय", "इसमें मदद लें"}},
      {"ja", {"ヘルプ", "トピック", "これについてヘルプ"}},
      {"pt", {"ajuda", "tema", "Pedir ajuda com isto"}},
      {"ru", {"помощь", "тема", "Получить помощь с этим"}},
      {"tr", {"yardım", "konu", "Bununla ilgili yardım al"}},
      {"zh", {"帮助", "主题", "就此获取帮助"}}};
  return all;
}

// Our language for one of Discord's. Traditional characters are another script than our "zh" is written in.
std::optional<std::string> ours_for(const std::string& discord, const std::vector<std::string>& spoken) {
  if (discord == "zh-TW") {
    for (const std::string& tag : spoken) {
      if (tag == "zh-TW" || tag == "zh-Hant") return tag;
    }
    return std::nullopt;
  }
  if (discord == "no") return locales::negotiate({"nb", "no"}, spoken);
  return locales::negotiate({discord}, spoken);
}

template <typename Text>
json localized(const locales::Catalogs& catalogs, std::size_t limit, Text text_in) {
  json map = json::object();
  const std::vector<std::string> spoken = catalogs.locales();
  for (const char* discord : kDiscordLocales) {
    const auto ours = ours_for(discord, spoken);
    if (!ours) continue;
    const std::string text = text_in(*ours);
    if (!text.empty()) map[discord] = locales::first_code_points(text, limit);
  }
  return map;
}

json localized_names(const locales::Catalogs& catalogs, const char* Names::*which) {
  return localized(catalogs, kDiscordNameCharacters, [&](const std::string& locale) {
    const auto found = names().find(locale.substr(0, locale.find('-')));
    return std::string(found == names().end() ? "" : found->second.*which);
  });
}

void describe(json& object, const locales::Catalogs& catalogs, const char* key, const locales::Arguments& arguments) {
  const auto say = [&](const std::string& locale) { return catalogs.format(locale, key, arguments); };
  object["description"] = locales::first_code_points(say("en"), kDiscordDescriptionCharacters);
  object["description_localizations"] = localized(catalogs, kDiscordDescriptionCharacters, say);
}

}  // namespace

json discord_commands(const locales::Catalogs& catalogs, const std::string& product) {
  json topic = {{"name", "topic"}, {"type", 3}, {"required", false}, {"autocomplete", true}};
  topic["name_localizations"] = localized_names(catalogs, &Names::topic);
  describe(topic, catalogs, "reply.what_topic", {});
  json help = {{"name", kHelpCommand}, {"type", 1}, {"contexts", {0, 1}}, {"integration_types", json::array({0})}};
  help["name_localizations"] = localized_names(catalogs, &Names::help);
  describe(help, catalogs, "page.title", {{"product", product}});
  help["options"] = json::array({topic});
  json message = {{"name", kHelpWithMessage}, {"type", 3}, {"contexts", {0, 1}}, {"integration_types", json::array({0})}};
  message["name_localizations"] = localized_names(catalogs, &Names::message);
  return json::array({help, message});
}

}  // namespace handrail::commands
