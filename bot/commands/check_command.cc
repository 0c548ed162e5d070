#include <iostream>

#include "bot/commands/commands.h"
#include "bot/conversation/content.h"
#include "bot/conversation/detector_cache.h"
#include "bot/serve/app.h"

namespace handrail::commands {
namespace {

int check(const std::string& folder, bool as_json) {
  const std::string root = folder.empty() ? serve::find_data_root() : folder;
  locales::Problems problems;
  const auto loaded = conversation::load_content(root, "UTC", conversation::user_cache_folder(), problems);
  if (as_json) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& problem : problems)
      list.push_back({{"file", problem.file}, {"line", problem.line}, {"what", problem.what}});
    std::cout << nlohmann::json{{"problems", list}}.dump() << "\n";
  } else {
    for (const auto& problem : problems) std::cout << locales::to_text(problem) << "\n";
    if (problems.empty()) {
      std::cout << "All is well: " << loaded->catalogs->locales().size() << " languages, "
                << loaded->shelf->topics().size() << " guides, "
                << loaded->detector->intents().size() << " intents.\n";
    }
  }
  return problems.empty() ? kDone : kFoundWrong;
}

}  // namespace

void add_check_command(CLI::App& app, Result& chosen) {
  auto folder = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "check",
      "Read all content (catalogs, intents, guides) and report every mistake as file:line: what.");
  command->add_option("folder", *folder,
                      "The folder with locales, intents and knowledge. Default: the shipped one.");
  command->add_flag("--json", *as_json, "Print JSON.");
  command->callback([folder, as_json, &chosen] {
    chosen = [folder, as_json] { return check(*folder, *as_json); };
  });
}

}  // namespace handrail::commands
