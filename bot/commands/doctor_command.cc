// `handrail doctor`: what is missing to go live, in words.
#include <future>
#include <iostream>

#include "adapters/json_text.h"
#include "bot/accounts/facts.h"
#include "bot/commands/commands.h"
#include "bot/commands/platform_checks.h"
#include "bot/commands/running_server.h"
#include "bot/config/load.h"
#include "bot/conversation/content.h"
#include "bot/conversation/detector_cache.h"
#include "bot/serve/app.h"
#include "bot/storage/agents.h"
#include "bot/storage/outbox.h"

namespace handrail::commands {
namespace {

class Report {
 public:
  void add(Grade grade, const std::string& what, const std::string& todo = "") { findings_.push_back({grade, what, todo}); }
  void add(const Findings& findings) { findings_.insert(findings_.end(), findings.begin(), findings.end()); }

  int print(bool json) const {
    bool wrong = false;
    nlohmann::json list = nlohmann::json::array();
    for (const auto& [grade, what, todo] : findings_) {
      static constexpr const char* kNames[] = {"ok", "missing", "wrong"};
      static constexpr const char* kMarks[] = {"ok       ", "missing  ", "WRONG    "};
      wrong = wrong || grade == Grade::wrong;
      nlohmann::json one = {{"state", kNames[static_cast<int>(grade)]}, {"what", what}};
      if (!todo.empty()) one["todo"] = todo;
      list.push_back(std::move(one));
      if (json) continue;
      std::cout << kMarks[static_cast<int>(grade)] << what << "\n";
      if (!todo.empty()) std::cout << "         -> " << todo << "\n";
    }
    if (json) std::cout << adapters::json_text({{"checks", list}}) << "\n";
    return wrong ? kFoundWrong : kDone;
  }

 private:
  Findings findings_;
};

constexpr std::int64_t kInstallationsShown = 100;

struct Stored {
  Findings findings;
  std::vector<storage::SlackInstallation> installations;
};

Stored check_storage(const config::Config& config) {
  Stored stored;
  const auto add = [&](Grade grade, const std::string& what, const std::string& todo = "") {
    stored.findings.push_back({grade, what, todo});
  };
  auto store = serve::open_store(config);
  if (!store) {
    add(Grade::wrong, "The database: " + store.error().message + " " + store.error().detail);
    return stored;
  }
  add(Grade::good, "The database answers; schema " + std::to_string((*store)->schema_version()) + ".");
  const auto read = (*store)->read([&](storage::Session& session) {
    const auto agents = storage::list_agents(session);
    add(agents.empty() ? Grade::missing : Grade::good,
        agents.empty() ? "No agents: `handrail agents add NAME` makes one." : std::to_string(agents.size()) + " agents.");
    const storage::OutboxCounts counts = storage::count_outbox(session);
    add(Grade::good, std::to_string(counts.queued) + " sends wait.");
    for (const auto& row : storage::list_given_up(session, 20)) {
      add(Grade::wrong, "Given up: " + row.channel + " send " + row.id + " (" + row.last_error + "), made " +
                            accounts::to_rfc3339(row.created_at) + ".");
    }
    stored.installations = storage::list_installations(session, kInstallationsShown);
    return base::done();
  });
  if (!read) add(Grade::wrong, "The database: " + read.error().message);
  return stored;
}

// What the running server says of itself, if there is one on this machine.
Findings check_running_server(const config::Config& config, base::HttpClient& http) {
  if (!RunningServer::find(config.data_dir))
    return {{Grade::missing, "No server is running on this data folder.", "Run `handrail serve`."}};
  base::HttpCall call;
  const bool everywhere = config.host == "0.0.0.0" || config.host == "::";
  call.url = "http://" + (everywhere ? std::string("127.0.0.1") : config.host) + ":" + std::to_string(config.port) + "/ready";
  call.deadline = kCheckDeadline;
  const base::HttpReply reply = http.send(call);
  const auto json = nlohmann::json::parse(reply.body, nullptr, false);
  // It may have been started with another --port than is configured.
  if (reply.status == 0 || !json.is_object() || !json.contains("reasons"))
    return {{Grade::good, "A server is running on this data folder.", ""}};
  Findings findings;
  for (const auto& reason : json["reasons"]) {
    if (reason.is_string())
      findings.push_back({Grade::wrong, "The running server is not ready: " + reason.get<std::string>() + ".", ""});
  }
  if (findings.empty()) findings.push_back({Grade::good, "The server is running and ready.", ""});
  return findings;
}

int examine(const CommonOptions& options) {
  Report report;
  config::Loaded loaded = config::load(options.config_file, config::process_environment());
  if (!options.data_dir.empty()) loaded.config.data_dir = options.data_dir;
  for (const std::string& error : loaded.errors) report.add(Grade::wrong, "Configuration: " + error);
  for (const std::string& warning : loaded.warnings) report.add(Grade::missing, "Configuration: " + warning);
  const config::Config& config = loaded.config;
  const Stored stored = check_storage(config);
  report.add(check_configuration(config, !stored.installations.empty()));
  // Side by side: one that does not answer keeps nobody waiting for longer than its own deadline.
  const auto http = base::make_http_client();
  auto slack = std::async(std::launch::async, [&] { return check_slack(config, *http); });
  auto discord = std::async(std::launch::async, [&] { return check_discord(config, *http, config.discord_gateway); });
  auto server = std::async(std::launch::async, [&] { return check_running_server(config, *http); });
  report.add(check_public_url(config, *http));
  report.add(server.get());
  report.add(slack.get());
  report.add(check_installations(stored.installations, !config.slack_client_id.empty()));
  report.add(discord.get());
  report.add(stored.findings);
  locales::Problems problems;
  conversation::load_content(serve::find_data_root(), config.time_zone, conversation::user_cache_folder(), problems);
  report.add(problems.empty() ? Grade::good : Grade::wrong,
             problems.empty() ? "The content is complete."
                              : std::to_string(problems.size()) + " mistakes in the content: run `handrail check`.");
  return report.print(options.json);
}

}  // namespace

void add_doctor_command(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<CommonOptions>();
  CLI::App* command = app.add_subcommand("doctor", "Tell what is missing to go live and what is stuck.");
  add_common_options(*command, *options);
  add_json_option(*command, *options);
  command->callback([options, &chosen] { chosen = [options] { return examine(*options); }; });
}

}  // namespace handrail::commands
