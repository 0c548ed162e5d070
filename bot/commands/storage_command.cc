#include <iostream>

#include "bot/commands/commands.h"

namespace handrail::commands {

void add_storage_commands(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<CommonOptions>();
  CLI::App* command =
      app.add_subcommand("migrate", "Create the database or bring it to this program's schema.");
  add_common_options(*command, *options);
  command->callback([options, &chosen] {
    chosen = [options] {
      return with_store(*options, [](storage::Store& store, const config::Config&) {
        std::cout << "The database has schema " << store.schema_version() << ".\n";
        return kDone;
      });
    };
  });
}

}  // namespace handrail::commands
