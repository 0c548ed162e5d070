#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>

#include "bot/base/id.h"
#include "bot/base/log.h"
#include "bot/commands/commands.h"
#include "bot/commands/running_server.h"
#include "bot/desk/desk_routes.h"
#include "bot/serve/open_sockets.h"
#include "bot/serve/routes.h"

namespace handrail::commands {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kDemoPasswordBytes = 9;

// A demo needs accounts that show every state, and one agent with a password that nobody can guess.
base::Status prepare_demo(serve::App& app, std::string& password) {
  std::ifstream stream(app.data_root() + "/bot/accounts/demo_accounts.json");
  const auto json = nlohmann::json::parse(stream, nullptr, false);
  const std::int64_t now = app.clock().now_ms();
  auto imported =
      accounts::import_accounts(app.store(), accounts::resolve_relative_times(json, now), now);
  if (!imported) return imported.error();
  password = base::random_token(kDemoPasswordBytes);
  const std::string hash = base::hash_password(password);
  return app.store().write([&](storage::Session& session) {
    auto agent = storage::find_agent(session, "sara");
    if (!agent) agent = storage::add_agent(session, "sara", now);
    storage::set_password_hash(session, agent->id, hash);
    return base::done();
  });
}

void announce(const config::Config& config, int port, const std::string& password) {
  const std::string address = "http://" +
                              (config.host == "0.0.0.0" ? std::string("127.0.0.1") : config.host) +
                              ":" + std::to_string(port);
  std::cout << "Handrail is running.\n"
            << "  chat   " << address << "/\n"
            << "  desk   " << address << "/desk\n";
  if (!password.empty()) {
    std::cout << "This is a demo: nothing is configured yet. Sign in at the desk with\n"
              << "  name      sara\n"
              << "  password  " << password << "\n";
  }
  std::cout << "Stop with Ctrl-C." << std::endl;
}

// Waits for signals on a thread of its own: SIGHUP reloads the content, SIGTERM and SIGINT end the
// server.
void handle_signals(const sigset_t& signals, serve::App& app, serve::HttpServer& server) {
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal == SIGHUP) {
      const locales::Problems problems = app.reload();
      for (const auto& problem : problems)
        base::log(base::Level::error, "reload_refused", {{"problem", locales::to_text(problem)}});
      if (problems.empty()) base::log(base::Level::info, "reloaded");
      continue;
    }
    server.stop();
    app.hub().notify_all();
    return;
  }
}

int serve_until_stopped(const config::Config& config) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);

  std::error_code ignored;  // what is wrong with the folder is said by the claim
  // What people wrote is in there: a folder that we make is for nobody else.
  if (fs::create_directories(config.data_dir, ignored)) fs::permissions(config.data_dir, fs::perms::owner_all, ignored);
  const auto claimed = RunningServer::claim(config.data_dir);
  if (!claimed) return complain(claimed.error());
  auto app = serve::App::open(config);
  if (!app) return complain(app.error());
  std::string password;
  if (config.demo) {
    const base::Status prepared = prepare_demo(**app, password);
    if (!prepared) return complain(prepared.error());
  }
  serve::HttpServer server((*app)->config());
  serve::add_channel_routes(server, **app);
  serve::add_chat_routes(server, **app);
  serve::add_api_routes(server, **app);
  serve::add_slack_install_routes(server, **app);
  serve::add_operations_routes(server, **app);
  serve::add_page_routes(server, **app);
  desk::add_desk_routes(server, **app);
  const base::Status bound = server.bind(config.host, config.port);
  if (!bound) return complain(bound.error());
  const base::Status started = (*app)->start();
  if (!started) return complain(started.error());
  serve::OpenSockets sockets(**app);
  sockets.start();
  announce(config, server.port(), password);
  std::thread signal_thread([&] { handle_signals(signals, **app, server); });
  server.run();
  // run() also returns when listening fails later on; the signal thread is then told to end.
  pthread_kill(signal_thread.native_handle(), SIGTERM);
  signal_thread.join();
  sockets.stop();
  (*app)->stop();
  return kDone;
}

struct ServeOptions {
  CommonOptions common;
  std::string host;
  int port = 0;
};

int serve_now(const ServeOptions& options) {
  auto configured = configure(options.common);
  if (!configured) return kUsedWrong;
  config::Config& config = configured->config;
  if (!options.host.empty()) config.host = options.host;
  if (options.port != 0) config.port = options.port;
  // Data of a demo of ours is not "data": a demo can be started again.
  const fs::path mark = fs::path(config.data_dir) / "demo";
  const bool fresh = !fs::exists(fs::path(config.data_dir) / "handrail.db") || fs::exists(mark);
  config.demo = !configured->anything_given && fresh;
  if (config.demo) {
    fs::create_directories(config.data_dir);
    std::ofstream(mark) << "This folder was made by a demo.\n";
    if (config.chat_identity_secret.empty()) config.chat_identity_secret = base::random_token(32);
    config.product_name = "Acme Studio";
  }
  return serve_until_stopped(config);
}

int reload(const CommonOptions& options) {
  const auto configured = configure(options);
  if (!configured) return kUsedWrong;
  locales::Problems problems;
  conversation::load_content(serve::find_data_root(), configured->config.time_zone, configured->config.data_dir, problems);
  for (const auto& problem : problems) std::cerr << locales::to_text(problem) << "\n";
  if (!problems.empty()) {
    std::cerr << "handrail: nothing was reloaded: mend these first.\n";
    return kFoundWrong;
  }
  const auto server = RunningServer::find(configured->config.data_dir);
  if (!server || kill(*server, SIGHUP) != 0) {
    std::cerr << "handrail: no server is running on this data folder.\n";
    return kFoundWrong;
  }
  std::cout << "The server reloads its content.\n";
  return kDone;
}

}  // namespace

void add_serve_command(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* serve = app.add_subcommand(
      "serve", "Run the server. With nothing configured and no data it runs a demo.");
  add_common_options(*serve, options->common);
  serve->add_option("--host", options->host,
                    "The address to listen on. Default: 127.0.0.1. (HANDRAIL_HOST)");
  serve
      ->add_option("--port", options->port, "The port to listen on. Default: 8080. (HANDRAIL_PORT)")
      ->check(CLI::Range(1, 65535));
  serve->callback([options, &chosen] { chosen = [options] { return serve_now(*options); }; });

  auto common = std::make_shared<CommonOptions>();
  CLI::App* again = app.add_subcommand(
      "reload",
      "Check the content (intents, guides, catalogs) and have the running server load it anew.");
  add_common_options(*again, *common);
  again->callback([common, &chosen] { chosen = [common] { return reload(*common); }; });
}

}  // namespace handrail::commands
