// `handrail discord register`: the slash command and the message command, with names in every
// language we speak.
#include <algorithm>
#include <iostream>

#include "bot/base/http_client.h"
#include "bot/commands/commands.h"
#include "bot/commands/discord_commands.h"
#include "bot/serve/app.h"

namespace handrail::commands {
namespace {

using nlohmann::json;

struct RegisterOptions {
  CommonOptions common;
  std::string guild;
  bool print_only = false;
};

bool is_snowflake(const std::string& id) {
  return !id.empty() && id.size() <= 20 && std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string why_refused(const base::HttpReply& reply, bool in_guild) {
  if (reply.status == 0) return "no answer: " + reply.error;
  const json body = json::parse(reply.body, nullptr, false);
  const std::int64_t code =
      body.is_object() && body.contains("code") && body["code"].is_number_integer() ? body["code"].get<std::int64_t>() : 0;
  const std::string status = "status " + std::to_string(reply.status) + (code == 0 ? "" : ", code " + std::to_string(code));
  if (reply.status == 401) return status + ": the bot token is not right; at Discord, your application, Bot, Reset Token";
  if (reply.status == 403 && in_guild)
    return status + ": the bot is not in that server; invite it with the scopes bot and applications.commands";
  if (reply.status == 403 || reply.status == 404)
    return status + ": the application id and the bot token are not of one application";
  if (reply.status == 429) return status + ": too many registrations today; try again later";
  return status;
}

int register_commands(const RegisterOptions& options) {
  if (!options.guild.empty() && !is_snowflake(options.guild)) {
    std::cerr << "handrail: --guild takes the number of a server (in Discord: Developer Mode on, right-click the server, Copy "
                 "Server ID).\n";
    return kUsedWrong;
  }
  const auto configured = configure(options.common);
  if (!configured) return kUsedWrong;
  const config::Config& config = configured->config;
  locales::Problems problems;
  const auto catalogs = locales::Catalogs::load(serve::find_data_root() + "/locales", problems);
  const json body = discord_commands(*catalogs, config.product_name);
  if (options.print_only) {
    std::cout << body.dump(2) << "\n";
    return kDone;
  }
  if (config.discord_application_id.empty() || config.discord_bot_token.empty()) {
    std::cerr << "handrail: set HANDRAIL_DISCORD_APPLICATION_ID and HANDRAIL_DISCORD_BOT_TOKEN first.\n";
    return kUsedWrong;
  }
  if (!is_snowflake(config.discord_application_id)) {
    std::cerr << "handrail: HANDRAIL_DISCORD_APPLICATION_ID is a number (Discord, your application, General Information).\n";
    return kUsedWrong;
  }
  base::HttpCall call;
  call.method = "PUT";
  call.url = config.discord_api_url + "/applications/" + config.discord_application_id +
             (options.guild.empty() ? "" : "/guilds/" + options.guild) + "/commands";
  call.headers = {{"Authorization", "Bot " + config.discord_bot_token},
                  {"User-Agent", "DiscordBot (https://handrail.example, 0.1)"}};
  call.content_type = "application/json";
  call.body = body.dump();
  const base::HttpReply reply = base::make_http_client()->send(call);
  if (reply.status != 200) {
    std::cerr << "handrail: Discord refused (" << why_refused(reply, !options.guild.empty()) << ").\n";
    return kFoundWrong;
  }
  std::cout << "Registered /help and \"Get help with this\"" << (options.guild.empty() ? "" : " in that server") << ".\n";
  return kDone;
}

}  // namespace

void add_discord_command(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<RegisterOptions>();
  CLI::App* discord = app.add_subcommand("discord", "Discord's side of the bot.");
  discord->require_subcommand(1);
  CLI::App* registering = discord->add_subcommand("register", "Register the slash command and the message command.");
  add_common_options(*registering, options->common);
  registering->add_option("--guild", options->guild, "Only in the server with this id, where it shows at once.");
  registering->add_flag("--dry-run,--print", options->print_only, "Only print what would be registered.");
  registering->callback([options, &chosen] { chosen = [options] { return register_commands(*options); }; });
}

}  // namespace handrail::commands
