// `handrail chat`: the same engine in the terminal.
#include <unistd.h>

#include <iostream>

#include "adapters/json_text.h"
#include "bot/base/id.h"
#include "bot/base/log.h"
#include "bot/commands/commands.h"
#include "bot/serve/app.h"

namespace handrail::commands {
namespace {

struct Options {
  CommonOptions common;
  std::string locale, account, once;
};

class TerminalChat {
 public:
  TerminalChat(serve::App& app, const Options& options) : app_(app), options_(options) {}

  base::Status open() {
    const std::int64_t now = now_ms();
    return app_.store().write([&](storage::Session& session) {
      const std::string user = options_.account.empty() ? "terminal:" + base::new_id(now)
                                                        : "account:" + options_.account;
      storage::Identity identity{"web_chat", "", user, "", "", options_.locale, false};
      if (!options_.account.empty())
        storage::link_identity(session, identity, options_.account, now);
      identity = storage::find_or_create_identity(session, identity, now);
      storage::Conversation conversation;
      conversation.id = base::new_id(now);
      conversation.key = "web_chat:" + conversation.id;
      conversation.person_id = identity.person_id;
      conversation.channel = "web_chat";
      address_.channel = "web_chat";
      address_.place_id = conversation.id;
      address_.user = user;
      conversation.address = adapters::to_json(address_, false).dump();
      storage::find_or_create_conversation(session, conversation, now);
      return base::done();
    });
  }

  // False when something broke.
  bool say(const std::string& text) {
    adapters::InboundMessage message;
    message.event_key = "web_chat:" + address_.place_id + ":" + base::new_id(now_ms());
    message.from = address_;
    message.text = text;
    message.interactive = true;
    message.mentioned = true;
    message.platform_locale = options_.locale;
    auto accepted = app_.engine().accept(message, conversation::Engine::Waits::yes);
    if (!accepted) return complain(accepted.error()) == kDone;
    app_.engine().run_until_idle();
    const auto decided = app_.engine().wait_for(accepted->inbox_id, std::chrono::milliseconds(0));
    if (!decided) return false;
    for (const adapters::Reply& reply : decided->replies) {
      if (options_.common.json) {
        std::cout << adapters::json_text(adapters::to_json(reply)) << "\n";
      } else {
        std::cout << reply.text << "\n\n";
      }
    }
    std::cout << std::flush;
    return true;
  }

 private:
  serve::App& app_;
  const Options& options_;
  adapters::Address address_;
};

int chat(const Options& options) {
  const auto configured = configure(options.common);
  if (!configured) return kUsedWrong;
  base::set_log_level("error");
  auto app = serve::App::open(configured->config);
  if (!app) return complain(app.error());
  TerminalChat terminal(**app, options);
  const base::Status opened = terminal.open();
  if (!opened) return complain(opened.error());
  if (!options.once.empty()) return terminal.say(options.once) ? kDone : kFoundWrong;
  const bool person = isatty(STDIN_FILENO) == 1;
  if (person) std::cout << "Write to the bot; Ctrl-D ends.\n";
  for (std::string line;
       (person ? std::cout << "> " << std::flush : std::cout), std::getline(std::cin, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    if (!terminal.say(line)) return kFoundWrong;
  }
  return kDone;
}

}  // namespace

void add_chat_command(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("chat", "Talk to the bot in the terminal, through the same engine.");
  add_common_options(*command, options->common);
  add_json_option(*command, options->common);
  command->add_option("--locale", options->locale,
                      "The language to assume, e.g. fa. Default: what is written.");
  command->add_option("--account", options->account, "Talk as this account, linked.");
  command->add_option("--once", options->once, "Say this and end.");
  command->callback([options, &chosen] { chosen = [options] { return chat(*options); }; });
}

}  // namespace handrail::commands
