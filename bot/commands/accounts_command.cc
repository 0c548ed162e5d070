// accounts, links, contacts: what the product's backend does by API, from the command line.
#include <fstream>
#include <iostream>

#include "bot/accounts/provider.h"
#include "bot/commands/commands.h"
#include "bot/storage/accounts_table.h"
#include "bot/storage/people.h"

namespace handrail::commands {
namespace {

struct Options {
  CommonOptions common;
  std::string file, account, channel, workspace, user, person;
};

int import(const Options& options) {
  std::ifstream stream(options.file);
  if (!stream) {
    std::cerr << "handrail: " << options.file << " cannot be read.\n";
    return kUsedWrong;
  }
  const auto list = nlohmann::json::parse(stream, nullptr, false);
  return with_store(options.common, [&](storage::Store& store, const config::Config&) {
    auto imported = accounts::import_accounts(
        store, accounts::resolve_relative_times(list, now_ms()), now_ms());
    if (!imported) return complain(imported.error());
    std::cout << "Imported " << *imported << (*imported == 1 ? " account.\n" : " accounts.\n");
    return kDone;
  });
}

int show_account(const Options& options) {
  return with_store(options.common, [&](storage::Store& store, const config::Config&) {
    const accounts::Lookup lookup = accounts::make_embedded_provider(store)->look_up(
        options.account, accounts::Freshness::fresh);
    if (lookup.outcome != accounts::Outcome::found) {
      std::cerr << "handrail: there is no account " << options.account << ".\n";
      return kFoundWrong;
    }
    std::cout << accounts::to_json(lookup.facts).dump(options.common.json ? -1 : 2) << "\n";
    return kDone;
  });
}

int link(const Options& options) {
  return with_store(options.common, [&](storage::Store& store, const config::Config&) {
    const auto written = store.write([&](storage::Session& session) {
      storage::link_identity(session,
                             {options.channel, options.workspace, options.user, "", "", "", false},
                             options.account, now_ms());
      return base::done();
    });
    if (!written) return complain(written.error());
    std::cout << "Linked " << options.channel << " user " << options.user << " to account "
              << options.account << ".\n";
    return kDone;
  });
}

int list_accounts(const Options& options) {
  constexpr std::int64_t kAtOnce = 1000;
  return with_store(options.common, [&](storage::Store& store, const config::Config&) {
    nlohmann::json ids = nlohmann::json::array();
    const auto read = store.read([&](storage::Session& session) {
      for (std::string after;;) {
        const auto some = storage::list_account_ids(session, after, kAtOnce);
        for (const std::string& id : some) ids.push_back(id);
        if (static_cast<std::int64_t>(some.size()) < kAtOnce) return base::done();
        after = some.back();
      }
    });
    if (!read) return complain(read.error());
    if (options.common.json) {
      std::cout << ids.dump() << "\n";
    } else {
      for (const auto& id : ids) std::cout << id.get<std::string>() << "\n";
    }
    return kDone;
  });
}

// Runs `change`, which says whether there was something to change.
int change(const Options& options, const std::string& done, const std::string& nothing,
           const std::function<bool(storage::Session&)>& change) {
  return with_store(options.common, [&](storage::Store& store, const config::Config&) {
    bool found = false;
    const auto written = store.write([&](storage::Session& session) {
      found = change(session);
      return base::done();
    });
    if (!written) return complain(written.error());
    (found ? std::cout : std::cerr) << (found ? done : "handrail: " + nothing) << "\n";
    return found ? kDone : kFoundWrong;
  });
}

int remove_account(const Options& options) {
  return change(options, "Removed account " + options.account + ".", "there is no account " + options.account + ".",
                [&](storage::Session& session) { return storage::delete_account(session, options.account); });
}

int unlink(const Options& options) {
  return change(options, "Unlinked " + options.channel + " user " + options.user + ".", "this identity is not linked.",
                [&](storage::Session& session) {
                  return storage::unlink_identity(
                      session, {options.channel, options.workspace, options.user, "", "", "", false}, now_ms());
                });
}

int list_links(const Options& options) {
  return with_store(options.common, [&](storage::Store& store, const config::Config&) {
    nlohmann::json list = nlohmann::json::array();
    const auto read = store.read([&](storage::Session& session) {
      for (const auto& one : storage::linked_identities(session, options.account)) {
        list.push_back({{"channel", one.channel}, {"workspace", one.workspace}, {"user", one.user}});
        if (!options.common.json)
          std::cout << one.channel << "  " << (one.workspace.empty() ? "-" : one.workspace) << "  " << one.user << "\n";
      }
      return base::done();
    });
    if (!read) return complain(read.error());
    if (options.common.json) std::cout << list.dump() << "\n";
    return kDone;
  });
}

int export_contact(const Options& options) {
  return with_store(options.common, [&](storage::Store& store, const config::Config&) {
    nlohmann::json exported;
    const auto read = store.read([&](storage::Session& session) {
      exported = storage::export_person(session, options.person);
      return base::done();
    });
    if (!read) return complain(read.error());
    if (exported.is_null()) {
      std::cerr << "handrail: there is no such contact.\n";
      return kFoundWrong;
    }
    std::cout << exported.dump(2) << "\n";
    return kDone;
  });
}

int erase_contact(const Options& options) {
  return change(options, "Erased.", "there is no such contact.",
                [&](storage::Session& session) { return storage::erase_person(session, options.person, now_ms()); });
}

}  // namespace

void add_accounts_commands(CLI::App& app, Result& chosen) {
  auto options = std::make_shared<Options>();
  const auto on = [&chosen, options](CLI::App* command, auto action) {
    add_common_options(*command, options->common);
    command->callback(
        [&chosen, options, action] { chosen = [options, action] { return action(*options); }; });
  };
  CLI::App* accounts =
      app.add_subcommand("accounts", "The product's accounts in this server's own table.");
  accounts->require_subcommand(1);
  CLI::App* importing =
      accounts->add_subcommand("import", "Read a JSON list of accounts, all or nothing.");
  importing->add_option("file", options->file, "The file.")->required();
  on(importing, import);
  CLI::App* showing = accounts->add_subcommand("show", "Print one account.");
  showing->add_option("id", options->account, "The account's id.")->required();
  add_json_option(*showing, options->common);
  on(showing, show_account);
  CLI::App* listing = accounts->add_subcommand("list", "Print the ids of all accounts.");
  add_json_option(*listing, options->common);
  on(listing, list_accounts);
  CLI::App* removing = accounts->add_subcommand("remove", "Forget an account's facts; who is linked to it stays linked.");
  removing->add_option("id", options->account, "The account's id.")->required();
  on(removing, remove_account);

  CLI::App* links = app.add_subcommand("links", "Who is who: identities on channels and accounts.");
  links->require_subcommand(1);
  const auto identify = [options](CLI::App* command) {
    command->add_option("--channel", options->channel, "slack, discord or web_chat.")->required();
    command->add_option("--workspace", options->workspace, "The Slack team.");
    command->add_option("--user", options->user, "The user's id on the platform.")->required();
  };
  CLI::App* adding = links->add_subcommand("add", "Link an identity to an account.");
  adding->add_option("account", options->account, "The account's id.")->required();
  identify(adding);
  on(adding, link);
  CLI::App* unlinking = links->add_subcommand("remove", "Make an identity a stranger again.");
  identify(unlinking);
  on(unlinking, unlink);
  CLI::App* linked = links->add_subcommand("list", "Print the identities that are linked to an account.");
  linked->add_option("account", options->account, "The account's id.")->required();
  add_json_option(*linked, options->common);
  on(linked, list_links);

  CLI::App* contacts =
      app.add_subcommand("contacts", "What is kept about a person: export or erase it.");
  contacts->require_subcommand(1);
  CLI::App* exporting =
      contacts->add_subcommand("export", "Print everything that is kept about a person.");
  exporting->add_option("id", options->person, "The person's id.")->required();
  on(exporting, export_contact);
  CLI::App* erasing =
      contacts->add_subcommand("erase", "Forget a person: texts, names, identities and traces.");
  erasing->add_option("id", options->person, "The person's id.")->required();
  on(erasing, erase_contact);
}

}  // namespace handrail::commands
