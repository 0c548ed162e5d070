#include <iostream>

#include "bot/commands/commands.h"
#include "bot/desk/desk_routes.h"
#include "bot/storage/team.h"

namespace handrail::commands {
namespace {

struct Options {
  CommonOptions common;
  std::string name, channel, user;
};

void print_link(const config::Config& config, const std::string& token) {
  std::cout << "Sign in once, within 15 minutes, at\n  " << desk::sign_in_url(config, token) << "\n";
}

int add(const Options& options) {
  return with_store(options.common, [&](storage::Store& store, const config::Config& config) {
    std::optional<storage::Agent> agent;
    const auto written = store.write([&](storage::Session& session) {
      agent = storage::add_agent(session, options.name, now_ms());
      return base::done();
    });
    if (!written) return complain(written.error());
    if (!agent) {
      std::cerr << "handrail: there is an agent of that name; `handrail agents link "
                << options.name << "` makes a new sign-in link.\n";
      return kFoundWrong;
    }
    auto token = desk::make_sign_in_token(store, agent->id, now_ms());
    if (!token) return complain(token.error());
    print_link(config, *token);
    return kDone;
  });
}

int with_agent(const Options& options,
               const std::function<int(storage::Store&, const config::Config&,
                                       const storage::Agent&)>& action) {
  return with_store(options.common, [&](storage::Store& store, const config::Config& config) {
    std::optional<storage::Agent> agent;
    const auto read = store.read([&](storage::Session& session) {
      agent = storage::find_agent(session, options.name);
      return base::done();
    });
    if (!read) return complain(read.error());
    if (!agent) {
      std::cerr << "handrail: there is no agent " << options.name << ".\n";
      return kFoundWrong;
    }
    return action(store, config, *agent);
  });
}

int list(const Options& options) {
  return with_store(options.common, [&](storage::Store& store, const config::Config&) {
    std::vector<storage::Agent> agents;
    const auto read = store.read([&](storage::Session& session) {
      agents = storage::list_agents(session);
      return base::done();
    });
    if (!read) return complain(read.error());
    nlohmann::json json = nlohmann::json::array();
    for (const auto& agent : agents) {
      json.push_back(
          {{"id", agent.id}, {"name", agent.name}, {"disabled", agent.disabled_at != 0}});
      if (!options.common.json)
        std::cout << agent.name << (agent.disabled_at != 0 ? "  (disabled)" : "") << "\n";
    }
    if (options.common.json) std::cout << json.dump() << "\n";
    return kDone;
  });
}

}  // namespace

void add_agents_commands(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* agents =
      app.add_subcommand("agents", "Desk accounts of the people who answer tickets.");
  agents->require_subcommand(1);
  const auto on = [&chosen, options](CLI::App* command, bool named, auto action) {
    add_common_options(*command, options->common);
    if (named)
      command->add_option("name", options->name, "The agent's name, as people see it.")->required();
    command->callback(
        [&chosen, options, action] { chosen = [options, action] { return action(*options); }; });
  };
  on(agents->add_subcommand("add", "Make a desk account and print a one-time sign-in link."), true,
     add);
  on(agents->add_subcommand("link", "Print a new one-time sign-in link."), true,
     [](const Options& o) {
       return with_agent(
           o, [](storage::Store& store, const config::Config& config, const storage::Agent& agent) {
             auto token = desk::make_sign_in_token(store, agent.id, now_ms());
             if (!token) return complain(token.error());
             print_link(config, *token);
             return kDone;
           });
     });
  on(agents->add_subcommand("disable", "End an agent's access at once."), true,
     [](const Options& o) {
       return with_agent(
           o, [](storage::Store& store, const config::Config&, const storage::Agent& agent) {
             const auto written = store.write([&](storage::Session& session) {
               storage::disable_agent(session, agent.id, now_ms());
               return base::done();
             });
             return written ? kDone : complain(written.error());
           });
     });
  CLI::App* identify = agents->add_subcommand("identify", "Say who an agent is in the team's channel on Slack or Discord.");
  on(identify, true, [](const Options& o) {
    return with_agent(o, [&o](storage::Store& store, const config::Config&, const storage::Agent& agent) {
      const auto written = store.write([&](storage::Session& session) {
        storage::set_agent_identity(session, o.channel, o.user, agent.id);
        return base::done();
      });
      return written ? kDone : complain(written.error());
    });
  });
  identify->add_option("channel", options->channel, "slack or discord.")->required()->check(CLI::IsMember({"slack", "discord"}));
  identify->add_option("user", options->user, "Their user id there, such as U012AB3CD.")->required();
  CLI::App* listing = agents->add_subcommand("list", "List the desk accounts.");
  add_json_option(*listing, options->common);
  on(listing, false, list);
}

}  // namespace handrail::commands
