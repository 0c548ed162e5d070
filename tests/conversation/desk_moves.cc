#include "tests/conversation/desk_moves.h"

#include <algorithm>
#include <map>

#include "bot/base/id.h"

namespace handrail::conversation::transcripts {
namespace {

constexpr std::int64_t kMany = 1000;
constexpr std::size_t kFirstDetail = 3;  // after "ticket", the kind and the state

// What can be asked about a ticket by name: its own fields, and the facts of its triage card.
std::map<std::string, std::string> details_of(const storage::Ticket& ticket) {
  const nlohmann::json json = tickets::to_json(ticket);
  std::map<std::string, std::string> details = {{"number", std::to_string(ticket.number)},
                                                {"assignee", ticket.assignee_name},
                                                {"outcome", ticket.outcome},
                                                {"priority", ticket.priority},
                                                {"locale", ticket.locale},
                                                {"channel", ticket.channel},
                                                {"policy", json["triage"]["policy"].value("verdict", "")}};
  for (const nlohmann::json& fact : json["triage"]["facts"]) {
    const nlohmann::json& value = fact["value"];
    details[fact["name"]] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return details;
}

}  // namespace

std::vector<storage::Ticket> all_tickets(storage::Store& store) {
  std::vector<storage::Ticket> all;
  const base::Status read = store.read([&](storage::Session& session) {
    all = storage::list_tickets(session, "all", kMany);
    return base::done();
  });
  return read ? all : std::vector<storage::Ticket>{};
}

base::Status let_agent_act(storage::Store& store, const tickets::Desk& desk, const std::vector<std::string>& texts,
                           std::int64_t now) {
  const std::vector<storage::Ticket> all = all_tickets(store);
  if (all.empty()) return base::Error{base::Code::not_found, "there is no ticket that an agent could act on", "", ""};
  const auto open = std::find_if(all.begin(), all.end(), [](const storage::Ticket& t) { return t.state != "resolved"; });
  const std::string id = open == all.end() ? all.front().id : open->id;
  const tickets::Actor actor{"", texts[0]};
  const std::string client_message_id = base::new_id(now);
  return store.write([&](storage::Session& session) {
    if (texts[1] == "reply") {
      const auto replied = tickets::reply(session, desk, id, actor, {client_message_id, texts[2], ""}, now);
      return replied ? base::done() : base::Status(replied.error());
    }
    const auto changed = texts[1] == "claims"     ? tickets::claim(session, desk, id, actor, now)
                         : texts[1] == "resolves" ? tickets::resolve(session, desk, id, actor, texts[2], now)
                                                  : tickets::reopen(session, desk, id, actor, now);
    return changed ? base::done() : base::Status(changed.error());
  });
}

std::string check_ticket(const std::vector<std::string>& words, const std::vector<storage::Ticket>& all) {
  std::string known;
  for (const storage::Ticket& ticket : all) {
    known += " " + ticket.kind + " " + ticket.state;
    if (ticket.kind != words[1] || ticket.state != words[2]) continue;
    auto details = details_of(ticket);
    for (std::size_t i = kFirstDetail; i < words.size(); ++i) {
      const std::string name = words[i].substr(0, words[i].find('='));
      const std::string wanted = words[i].substr(std::min(words[i].size(), name.size() + 1));
      if (details[name] != wanted) return "the ticket has " + name + "=" + details[name];
    }
    return "";
  }
  return "no such ticket; there are:" + (known.empty() ? " none" : known);
}

}  // namespace handrail::conversation::transcripts
