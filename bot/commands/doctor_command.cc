// `handrail doctor`: what is missing to go live, in words.
#include <iostream>

#include "bot/accounts/facts.h"
#include "bot/commands/commands.h"
#include "bot/conversation/detector_cache.h"
#include "bot/config/load.h"
#include "bot/conversation/content.h"
#include "bot/serve/app.h"
#include "bot/storage/agents.h"
#include "bot/storage/outbox.h"

namespace handrail::commands {
namespace {

enum class Grade { good, missing, wrong };

class Report {
 public:
  void add(Grade grade, const std::string& what) { lines_.emplace_back(grade, what); }

  int print(bool json) const {
    bool wrong = false;
    nlohmann::json list = nlohmann::json::array();
    for (const auto& [grade, what] : lines_) {
      static constexpr const char* kNames[] = {"ok", "missing", "wrong"};
      static constexpr const char* kMarks[] = {"ok       ", "missing  ", "WRONG    "};
      wrong = wrong || grade == Grade::wrong;
      list.push_back({{"state", kNames[static_cast<int>(grade)]}, {"what", what}});
      if (!json) std::cout << kMarks[static_cast<int>(grade)] << what << "\n";
    }
    if (json) std::cout << nlohmann::json{{"checks", list}}.dump() << "\n";
    return wrong ? kFoundWrong : kDone;
  }

 private:
  std::vector<std::pair<Grade, std::string>> lines_;
};

void check_platforms(const config::Config& config, Report& report) {
  const auto has = [&](const std::string& value, const std::string& name, const std::string& how) {
    report.add(value.empty() ? Grade::missing : Grade::good,
               value.empty() ? name + " is not set: " + how : name + " is set.");
  };
  has(config.public_url, "HANDRAIL_PUBLIC_URL",
      "the https address of this server; links and Slack's pictures need it.");
  has(config.api_key, "HANDRAIL_API_KEY",
      "your backend needs it to link accounts and read tickets.");
  has(config.chat_identity_secret, "HANDRAIL_CHAT_IDENTITY_SECRET",
      "without it visitors of the web chat are anonymous.");
  has(config.slack_signing_secret, "HANDRAIL_SLACK_SIGNING_SECRET",
      "Slack, your app, Basic Information, App Credentials.");
  has(config.slack_bot_token, "HANDRAIL_SLACK_BOT_TOKEN",
      "Slack, your app, OAuth & Permissions, Bot User OAuth Token.");
  has(config.discord_public_key, "HANDRAIL_DISCORD_PUBLIC_KEY",
      "Discord, your application, General Information, Public Key.");
  has(config.discord_application_id, "HANDRAIL_DISCORD_APPLICATION_ID",
      "Discord, your application, General Information.");
  has(config.discord_bot_token, "HANDRAIL_DISCORD_BOT_TOKEN",
      "Discord, your application, Bot, Reset Token.");
  has(config.link_url, "HANDRAIL_LINK_URL",
      "your page that confirms a link; without it people cannot link their account themselves.");
}

void check_storage(const config::Config& config, Report& report) {
  auto store = serve::open_store(config);
  if (!store) {
    report.add(Grade::wrong, "The database: " + store.error().message + " " + store.error().detail);
    return;
  }
  report.add(Grade::good,
             "The database answers; schema " + std::to_string((*store)->schema_version()) + ".");
  const auto read = (*store)->read([&](storage::Session& session) {
    const auto agents = storage::list_agents(session);
    report.add(agents.empty() ? Grade::missing : Grade::good,
               agents.empty() ? "No agents: `handrail agents add NAME` makes one."
                              : std::to_string(agents.size()) + " agents.");
    const storage::OutboxCounts counts = storage::count_outbox(session);
    report.add(Grade::good, std::to_string(counts.queued) + " sends wait.");
    for (const auto& row : storage::list_given_up(session, 20)) {
      report.add(Grade::wrong, "Given up: " + row.channel + " send " + row.id + " (" +
                                   row.last_error + "), made " +
                                   accounts::to_rfc3339(row.created_at) + ".");
    }
    return base::done();
  });
  if (!read) report.add(Grade::wrong, "The database: " + read.error().message);
}

int examine(const CommonOptions& options) {
  Report report;
  config::Loaded loaded = config::load(options.config_file, config::process_environment());
  if (!options.data_dir.empty()) loaded.config.data_dir = options.data_dir;
  for (const std::string& error : loaded.errors)
    report.add(Grade::wrong, "Configuration: " + error);
  for (const std::string& warning : loaded.warnings)
    report.add(Grade::missing, "Configuration: " + warning);
  check_platforms(loaded.config, report);
  check_storage(loaded.config, report);
  locales::Problems problems;
  conversation::load_content(serve::find_data_root(), loaded.config.time_zone, conversation::user_cache_folder(), problems);
  report.add(problems.empty() ? Grade::good : Grade::wrong,
             problems.empty() ? "The content is complete."
                              : std::to_string(problems.size()) +
                                    " mistakes in the content: run `handrail check`.");
  return report.print(options.json);
}

}  // namespace

void add_doctor_command(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<CommonOptions>();
  CLI::App* command =
      app.add_subcommand("doctor", "Tell what is missing to go live and what is stuck.");
  add_common_options(*command, *options);
  add_json_option(*command, *options);
  command->callback([options, &chosen] { chosen = [options] { return examine(*options); }; });
}

}  // namespace handrail::commands
