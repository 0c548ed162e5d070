// `handrail slack manifest`: what to paste at api.slack.com/apps, so that nobody has to click scopes and events together.
#include <iostream>

#include "bot/commands/commands.h"
#include "bot/serve/slack_app.h"

namespace handrail::commands {
namespace {

struct ManifestOptions {
  CommonOptions common;
  std::string name = "Handrail";
  std::string public_url;
  bool socket_mode = false;
};

int print_manifest(const ManifestOptions& options) {
  auto configured = configure(options.common);
  if (!configured) return kUsedWrong;
  config::Config& config = configured->config;
  if (!options.public_url.empty()) config.public_url = options.public_url;
  while (!config.public_url.empty() && config.public_url.back() == '/') config.public_url.pop_back();
  serve::SlackManifestOptions wanted;
  wanted.name = options.name;
  wanted.socket_mode = options.socket_mode;
  wanted.public_url = config.public_url;
  // Socket Mode is mostly for servers that nobody can reach; an address for installations is then only what was set for them.
  wanted.redirect_url = options.socket_mode ? config.slack_redirect_url : serve::slack_redirect_url(config);
  const std::string wrong = serve::wrong_in(wanted);
  if (!wrong.empty()) {
    std::cerr << "handrail: " << wrong << "\n";
    return kUsedWrong;
  }
  std::cout << serve::slack_manifest(wanted).dump(2) << "\n";
  return kDone;
}

}  // namespace

void add_slack_command(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<ManifestOptions>();
  CLI::App* slack = app.add_subcommand("slack", "Slack's side of the bot.");
  slack->require_subcommand(1);
  CLI::App* manifest = slack->add_subcommand(
      "manifest", "Print the app manifest: at api.slack.com/apps choose Create New App, From a manifest, and paste it.");
  manifest->add_option("--config", options->common.config_file, "The configuration file (JSON, // comments allowed).");
  manifest->add_option("--name", options->name, "What the app is called in Slack. Default: Handrail.");
  manifest->add_option("--public-url", options->public_url, "The https address of this server. Default: HANDRAIL_PUBLIC_URL.");
  manifest->add_flag("--socket-mode", options->socket_mode,
                     "For a server without a public address: Slack is called, and never calls.");
  manifest->callback([options, &chosen] { chosen = [options] { return print_manifest(*options); }; });
}

}  // namespace handrail::commands
