#include "tests/tickets/stage.h"

#include "adapters/message.h"
#include "bot/storage/people.h"

namespace handrail::tickets {

using storage::Session;
using storage::Ticket;

Stage::Stage() {
  base::start_crypto();
  vault_ = base::Vault::open(base::Vault::new_key());
  locales::Problems problems;
  catalogs_ = locales::Catalogs::load(HANDRAIL_SOURCE_DIR "/locales", problems);
  conversation_ = store_.write([&](Session& session) {
    storage::Conversation wanted;
    wanted.key = "slack:T1:dm:UANA";
    wanted.person_id = storage::find_or_create_identity(session, {"slack", "T1", "UANA", "", "Ana", "", false}, now_).person_id;
    wanted.channel = "slack";
    wanted.address =
        adapters::to_json(adapters::Address{"slack", "T1", "DANA", "", "UANA", adapters::Place::direct, "", 0}, false).dump();
    return storage::find_or_create_conversation(session, wanted, now_);
  });
}

Ticket Stage::open_ticket(const std::string& kind, const std::string& locale) {
  return store_.write([&](Session& session) {
    Ticket wanted;
    wanted.person_id = conversation_.person_id;
    wanted.kind = kind;
    wanted.queue = "billing";
    wanted.locale = locale;
    wanted.channel = "slack";
    wanted.conversation_id = conversation_.id;
    wanted.triage = R"({"facts":[],"policy":{"verdict":"eligible","rule":"r","missing":[]}})";
    wanted.first_response_due_at = now_ + 240 * kMinuteMs;
    storage::set_owner(session, conversation_.id, "queue");
    return storage::open_or_join(session, wanted, now_).ticket;
  });
}

base::Result<Ticket> Stage::claim(const Ticket& ticket, const Actor& actor) {
  return act([&](Session& session, const Desk& desk) { return tickets::claim(session, desk, ticket.id, actor, now_); });
}
base::Result<Replied> Stage::reply(const Ticket& ticket, const Actor& actor, const std::string& id, const std::string& text) {
  return act([&](Session& session, const Desk& desk) { return tickets::reply(session, desk, ticket.id, actor, {id, text, ""}, now_); });
}
base::Result<Ticket> Stage::resolve(const Ticket& ticket, const Actor& actor, const std::string& outcome) {
  return act([&](Session& session, const Desk& desk) { return tickets::resolve(session, desk, ticket.id, actor, outcome, now_); });
}
base::Result<Ticket> Stage::reopen(const Ticket& ticket, const Actor& actor) {
  return act([&](Session& session, const Desk& desk) { return tickets::reopen(session, desk, ticket.id, actor, now_); });
}
bool Stage::person_wrote() {
  const auto silent = act([&](Session& session, const Desk& desk) {
    return tickets::person_wrote(session, desk, *storage::get_conversation(session, conversation_.id), now_);
  });
  return silent.value();
}

Ticket Stage::stored(const Ticket& ticket) {
  return store_.read([&](Session& session) { return storage::get_ticket(session, ticket.id); }).value();
}
std::string Stage::owner() {
  return store_.read([&](Session& session) { return storage::get_conversation(session, conversation_.id); })->owner;
}
std::vector<std::string> Stage::history(const Ticket& ticket) {
  return store_.read([&](Session& session) {
    std::vector<std::string> list;
    for (const auto& entry : storage::history_of(session, ticket.id)) {
      list.push_back(entry.actor + " " + entry.what + (entry.detail.empty() ? "" : " " + entry.detail));
    }
    return list;
  });
}
std::vector<storage::Message> Stage::said() {
  return store_.read([&](Session& session) { return storage::messages_after(session, conversation_.id, 0, 100); });
}
std::int64_t Stage::unsent() {
  return store_.read([&](Session& session) { return storage::count_unsent(session, conversation_.id); });
}

}  // namespace handrail::tickets
