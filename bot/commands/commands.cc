#include "bot/commands/commands.h"

#include <iostream>

#include "bot/base/clock.h"
#include "bot/base/log.h"
#include "bot/base/secret.h"
#include "bot/config/load.h"
#include "bot/serve/app.h"

namespace handrail::commands {
namespace {

std::string footer() {
  std::string text =
      "Configuration, as a key of the JSON file or as a variable (the variable wins):\n";
  for (const config::Option& option : config::options()) {
    text += "  " + option.environment + "\n      " + option.description +
            " Default: " + option.standard + ".";
    if (option.secret)
      text +=
          " A secret: only as a variable, or in a file named by " + option.environment + "_FILE.";
    text += "\n";
  }
  return text;
}

}  // namespace

std::int64_t now_ms() { return base::SystemClock().now_ms(); }

int complain(const base::Error& error) {
  std::cerr << "handrail: " << error.message;
  if (!error.detail.empty()) std::cerr << " (" << error.detail << ")";
  std::cerr << "\n";
  return error.code == base::Code::invalid ? kUsedWrong : kFoundWrong;
}

void add_json_option(CLI::App& command, CommonOptions& options) {
  command.add_flag("--json", options.json, "Print JSON.");
}

void add_common_options(CLI::App& command, CommonOptions& options) {
  command.add_option("--config", options.config_file,
                     "The configuration file (JSON, // comments allowed).");
  command.add_option("--data", options.data_dir,
                     "The folder for the database and keys. Default: ./handrail-data.");
}

std::optional<Configured> configure(const CommonOptions& options) {
  config::Loaded loaded = config::load(options.config_file, config::process_environment());
  for (const std::string& warning : loaded.warnings)
    base::log(base::Level::warning, "configuration", {{"warning", warning}});
  if (!loaded.errors.empty()) {
    std::cerr << "handrail: the configuration has " << loaded.errors.size()
              << (loaded.errors.size() == 1 ? " mistake:\n" : " mistakes:\n");
    for (const std::string& error : loaded.errors) std::cerr << "  " << error << "\n";
    return std::nullopt;
  }
  if (!options.data_dir.empty()) loaded.config.data_dir = options.data_dir;
  base::set_log_level(loaded.config.log_level);
  return Configured{loaded.config, loaded.anything_given};
}

int with_store(const CommonOptions& options,
               const std::function<int(storage::Store&, const config::Config&)>& action) {
  const auto configured = configure(options);
  if (!configured) return kUsedWrong;
  base::start_crypto();
  auto store = serve::open_store(configured->config);
  if (!store) return complain(store.error());
  return action(**store, configured->config);
}

int run(int argc, char** argv) {
  CLI::App app(
      "Handrail: a customer-support bot and agents' desk in one program.\n"
      "Start with `handrail serve`: with nothing configured it runs a demo on "
      "http://127.0.0.1:8080.");
  app.name("handrail");
  app.require_subcommand(1);
  app.footer(footer());
  app.set_version_flag("--version", "handrail 0.1.0");
  Result chosen;
  add_serve_command(app, chosen);
  add_chat_command(app, chosen);
  add_understand_commands(app, chosen);
  add_learn_command(app, chosen);
  add_check_command(app, chosen);
  add_doctor_command(app, chosen);
  add_storage_commands(app, chosen);
  add_accounts_commands(app, chosen);
  add_agents_commands(app, chosen);
  add_tickets_commands(app, chosen);
  add_discord_command(app, chosen);
  add_slack_command(app, chosen);
  add_new_command(app, chosen);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    if (code == 0) return kDone;
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](CLI::App*) { return true; }))
      names.push_back(command->get_name());
    const std::string near = argc > 1 ? config::did_you_mean(argv[1], names) : "";
    if (!near.empty() && near != argv[1]) std::cerr << "Did you mean `handrail " << near << "`?\n";
    return kUsedWrong;
  }
  return chosen ? chosen() : kUsedWrong;
}

}  // namespace handrail::commands
