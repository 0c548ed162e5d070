#include <iostream>

#include "bot/base/id.h"
#include "bot/commands/commands.h"
#include "bot/serve/app.h"
#include "bot/storage/tickets.h"

namespace handrail::commands {
namespace {

struct Options {
  CommonOptions common;
  std::string id, agent = "cli", text, outcome, state = "unresolved", intent, message;
  std::vector<std::string> known;  // intents
};

void print(const storage::Ticket& ticket, bool json) {
  if (json) {
    std::cout << tickets::to_json(ticket).dump() << "\n";
  } else {
    std::cout << "#" << ticket.number << "  " << ticket.state << "  " << ticket.kind << "  "
              << ticket.priority << "  " << ticket.channel << "  " << ticket.locale
              << (ticket.assignee_name.empty() ? "" : "  " + ticket.assignee_name) << "\n";
  }
}

int list(const Options& options) {
  return with_store(options.common, [&](storage::Store& store, const config::Config&) {
    std::vector<storage::Ticket> found;
    const auto read = store.read([&](storage::Session& session) {
      found = storage::list_tickets(session, options.state, 500);
      return base::done();
    });
    if (!read) return complain(read.error());
    for (const auto& ticket : found) print(ticket, options.common.json);
    return kDone;
  });
}

using Verb = std::function<base::Result<storage::Ticket>(storage::Session&, const tickets::Desk&,
                                                         const Options&)>;

// Works beside a running server: the same database, and the server's workers see the queued sends
// by themselves.
int act(const Options& given, const Verb& verb) {
  Options options = given;
  const auto configured = configure(options.common);
  if (!configured) return kUsedWrong;
  auto app = serve::App::open(configured->config);
  if (!app) return complain(app.error());
  options.known = (*app)->intent_names();
  auto ticket = (*app)->ticket_action([&](storage::Session& session, const tickets::Desk& desk) {
    return verb(session, desk, options);
  });
  if (!ticket) return complain(ticket.error());
  print(*ticket, options.common.json);
  return kDone;
}

}  // namespace

void add_tickets_commands(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<Options>();
  CLI::App* group = app.add_subcommand("tickets", "The queue of cases that people handle.");
  group->require_subcommand(1);
  CLI::App* listing = group->add_subcommand("list", "List tickets.");
  add_common_options(*listing, options->common);
  add_json_option(*listing, options->common);
  listing
      ->add_option("--state", options->state,
                   "open, claimed, waiting, resolved, unresolved or all.")
      ->check(CLI::IsMember({"open", "claimed", "waiting", "resolved", "unresolved", "all"}));
  listing->callback([&chosen, options] { chosen = [options] { return list(*options); }; });

  const auto on = [&](const char* name, const char* description, const Verb& verb) {
    CLI::App* command = group->add_subcommand(name, description);
    add_common_options(*command, options->common);
    add_json_option(*command, options->common);
    command->add_option("ticket", options->id, "The ticket's number or id.")->required();
    command->add_option("--agent", options->agent,
                        "Who acts, as the person sees it. Default: cli.");
    command->callback(
        [&chosen, options, verb] { chosen = [options, verb] { return act(*options, verb); }; });
    return command;
  };
  on("claim", "Take a ticket.",
     [](storage::Session& session, const tickets::Desk& desk, const Options& o) {
       return tickets::claim(session, desk, o.id, {"", o.agent}, now_ms());
     });
  on("reply", "Write to the person, in their channel.",
     [](storage::Session& session, const tickets::Desk& desk,
        const Options& o) -> base::Result<storage::Ticket> {
       static const std::string message_id = "cli-" + base::new_id(now_ms());
       auto replied =
           tickets::reply(session, desk, o.id, {"", o.agent}, {message_id, o.text, ""}, now_ms());
       if (!replied) return replied.error();
       return replied->ticket;
     })
      ->add_option("text", options->text, "The words.")
      ->required();
  on("resolve", "Close a ticket; the bot answers again.",
     [](storage::Session& session, const tickets::Desk& desk, const Options& o) {
       return tickets::resolve(session, desk, o.id, {"", o.agent}, o.outcome, now_ms());
     })
      ->add_option("--outcome", options->outcome,
                   "answered, approved or denied. Default: answered.");
  CLI::App* about =
      on("intent", "Say what a message of the person was about, for `handrail learn`.",
         [](storage::Session& session, const tickets::Desk&, const Options& o) -> base::Result<storage::Ticket> {
           auto labelled = tickets::label_intent(session, o.id, {"", o.agent}, {o.message, o.intent}, o.known, now_ms());
           if (!labelled) return labelled.error();
           return labelled->ticket;
         });
  about->add_option("intent", options->intent, "An intent's name, or out_of_scope.")->required();
  about->add_option("--message", options->message,
                    "The message's id. Default: the person's last one before the ticket opened.");
  on("snooze", "Let a ticket rest for a while.",
     [](storage::Session& session, const tickets::Desk& desk, const Options& o) {
       const auto length = tickets::parse_span(o.text);
       return tickets::snooze(session, desk, o.id, {"", o.agent}, length ? now_ms() + *length : 0, now_ms());
     })
      ->add_option("for", options->text, "How long: 30m, 2h, 3d or 1w.")
      ->required();
  on("transfer", "Give a ticket to another agent.",
     [](storage::Session& session, const tickets::Desk& desk, const Options& o) {
       return tickets::transfer(session, desk, o.id, {"", o.agent}, o.text, now_ms());
     })
      ->add_option("to", options->text, "The agent's name.")
      ->required();
  on("reopen", "Open a resolved ticket again.",
     [](storage::Session& session, const tickets::Desk& desk, const Options& o) {
       return tickets::reopen(session, desk, o.id, {"", o.agent}, now_ms());
     });
}

}  // namespace handrail::commands
