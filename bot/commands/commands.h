// The program: `handrail COMMAND ...`. Each file here adds its sub-commands to the parser and runs
// them. Exit codes: 0 done, 1 found something wrong, 2 used wrong.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "bot/base/result.h"
#include "bot/config/config.h"
#include "bot/storage/store.h"

namespace handrail::commands {

inline constexpr int kDone = 0;
inline constexpr int kFoundWrong = 1;
inline constexpr int kUsedWrong = 2;

int run(int argc, char** argv);

// What every command that touches data takes.
struct CommonOptions {
  std::string config_file;
  std::string data_dir;
  bool json = false;
};
void add_common_options(CLI::App& command, CommonOptions& options);
void add_json_option(CLI::App& command, CommonOptions& options);

// The configuration of file and environment; errors have been printed when nothing is returned.
struct Configured {
  config::Config config;
  bool anything_given = false;
};
std::optional<Configured> configure(const CommonOptions& options);
// With an open, migrated database: runs `action` and returns its exit code.
int with_store(const CommonOptions& options,
               const std::function<int(storage::Store&, const config::Config&)>& action);

int complain(const base::Error& error);
std::int64_t now_ms();

using Result = std::function<int()>;
// Each returns the sub-command's action through `chosen` when it was given.
void add_accounts_commands(CLI::App& app, Result& chosen);  // accounts, links, contacts
void add_agents_commands(CLI::App& app, Result& chosen);
void add_chat_command(CLI::App& app, Result& chosen);
void add_check_command(CLI::App& app, Result& chosen);
void add_discord_command(CLI::App& app, Result& chosen);
void add_doctor_command(CLI::App& app, Result& chosen);
void add_learn_command(CLI::App& app, Result& chosen);
void add_new_command(CLI::App& app, Result& chosen);
void add_serve_command(CLI::App& app, Result& chosen);     // serve, reload
void add_slack_command(CLI::App& app, Result& chosen);
void add_storage_commands(CLI::App& app, Result& chosen);  // migrate
void add_tickets_commands(CLI::App& app, Result& chosen);
void add_understand_commands(CLI::App& app, Result& chosen);  // detect, explain, evaluate

}  // namespace handrail::commands
