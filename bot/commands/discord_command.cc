// `handrail discord register`: the slash command and the message command, with names in every
// language we speak.
#include <iostream>

#include "bot/base/http_client.h"
#include "bot/commands/commands.h"
#include "bot/conversation/content.h"
#include "bot/serve/app.h"

namespace handrail::commands {
namespace {

using nlohmann::json;

// Discord's tags for languages of ours (contract section 2); those it does not know are left out.
const std::map<std::string, std::vector<std::string>>& discord_locales() {
  static const std::map<std::string, std::vector<std::string>> tags = {{"en", {"en-US", "en-GB"}},
                                                                       {"es", {"es-ES", "es-419"}},
                                                                       {"pt", {"pt-BR"}},
                                                                       {"zh", {"zh-CN"}},
                                                                       {"de", {"de"}},
                                                                       {"fr", {"fr"}},
                                                                       {"tr", {"tr"}},
                                                                       {"ru", {"ru"}},
                                                                       {"ja", {"ja"}},
                                                                       {"hi", {"hi"}}};
  return tags;
}

json localized(const locales::Catalogs& catalogs, const char* key) {
  json map = json::object();
  for (const std::string& locale : catalogs.locales()) {
    const auto known = discord_locales().find(locale);
    if (known == discord_locales().end()) continue;
    for (const std::string& tag : known->second) map[tag] = catalogs.format(locale, key, {});
  }
  return map;
}

json command_bodies(const locales::Catalogs& catalogs) {
  const json topic = {{"name", "topic"},
                      {"type", 3},
                      {"description", catalogs.format("en", "reply.what_topic", {})},
                      {"description_localizations", localized(catalogs, "reply.what_topic")},
                      {"required", false},
                      {"autocomplete", true}};
  json help = {{"name", "help"},
               {"type", 1},
               {"description", "Get step-by-step help"},
               {"contexts", {0, 1}},
               {"integration_types", json::array({0})}};
  help["options"] = json::array({topic});
  const json message = {{"name", "Get help with this"},
                        {"type", 3},
                        {"contexts", {0, 1}},
                        {"integration_types", json::array({0})}};
  return json::array({help, message});
}

int register_commands(const CommonOptions& options, bool print_only) {
  const auto configured = configure(options);
  if (!configured) return kUsedWrong;
  const config::Config& config = configured->config;
  locales::Problems problems;
  const auto catalogs = locales::Catalogs::load(serve::find_data_root() + "/locales", problems);
  const json body = command_bodies(*catalogs);
  if (print_only) {
    std::cout << body.dump(2) << "\n";
    return kDone;
  }
  if (config.discord_application_id.empty() || config.discord_bot_token.empty()) {
    std::cerr
        << "handrail: set HANDRAIL_DISCORD_APPLICATION_ID and HANDRAIL_DISCORD_BOT_TOKEN first.\n";
    return kUsedWrong;
  }
  base::HttpCall call;
  call.method = "PUT";
  call.url =
      config.discord_api_url + "/applications/" + config.discord_application_id + "/commands";
  call.headers = {{"Authorization", "Bot " + config.discord_bot_token},
                  {"User-Agent", "DiscordBot (https://handrail.example, 0.1)"}};
  call.content_type = "application/json";
  call.body = body.dump();
  const base::HttpReply reply = base::make_http_client()->send(call);
  if (reply.status != 200) {
    std::cerr << "handrail: Discord refused ("
              << (reply.status == 0 ? reply.error : "status " + std::to_string(reply.status))
              << ").\n";
    return kFoundWrong;
  }
  std::cout << "Registered /help and \"Get help with this\".\n";
  return kDone;
}

}  // namespace

void add_discord_command(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<CommonOptions>();
  auto print_only = std::make_shared<bool>(false);
  CLI::App* discord = app.add_subcommand("discord", "Discord's side of the bot.");
  discord->require_subcommand(1);
  CLI::App* registering =
      discord->add_subcommand("register", "Register the slash command and the message command.");
  add_common_options(*registering, *options);
  registering->add_flag("--print", *print_only, "Only print what would be registered.");
  registering->callback([options, print_only, &chosen] {
    chosen = [options, print_only] { return register_commands(*options, *print_only); };
  });
}

}  // namespace handrail::commands
