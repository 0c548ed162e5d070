#include "bot/storage/contacts.h"

#include "bot/base/rfc3339.h"
#include "bot/storage/accounts_table.h"
#include "bot/storage/people.h"

namespace handrail::storage {
namespace {

using nlohmann::json;

#define HANDRAIL_THEIR_CONVERSATIONS "(SELECT id FROM conversations WHERE person_id = :id)"

json parsed(const std::string& text) {
  json value = json::parse(text, nullptr, false);
  return value.is_discarded() ? json(nullptr) : value;
}

json their_identities(Session& session, const std::string& person_id) {
  json list = json::array();
  for (const Identity& identity : identities_of(session, person_id)) {
    list.push_back({{"channel", identity.channel},
                    {"workspace", identity.workspace},
                    {"user", identity.user},
                    {"name", identity.name},
                    {"locale", identity.platform_locale},
                    {"linked", identity.linked}});
  }
  return list;
}

json their_messages(Session& session, const std::string& person_id) {
  json list = json::array();
  for (const auto& [conversation, author, name, text, at] :
       session.select<std::string, std::string, std::string, std::string, std::int64_t>(
           "SELECT m.conversation_id, m.author, m.author_name, m.text, m.created_at FROM "
           "conversations c JOIN messages m ON "
           "m.conversation_id = c.id WHERE c.person_id = :id ORDER BY m.conversation_id, m.seq",
           person_id)) {
    list.push_back({{"conversation_id", conversation},
                    {"author", author},
                    {"author_name", name},
                    {"text", text},
                    {"created_at", base::to_rfc3339(at)}});
  }
  return list;
}

json their_tickets(Session& session, const std::string& person_id) {
  json list = json::array();
  for (const auto& [number, kind, state, reason, outcome, triage, created, resolved] :
       session.select<std::int64_t, std::string, std::string, std::string, std::string, std::string,
                      std::int64_t, std::int64_t>(
           "SELECT number, kind, state, reason, outcome, triage, created_at, resolved_at FROM "
           "tickets WHERE person_id = :id "
           "ORDER BY number",
           person_id)) {
    list.push_back({{"number", number},
                    {"kind", kind},
                    {"state", state},
                    {"reason", reason},
                    {"outcome", outcome},
                    {"triage", parsed(triage)},
                    {"created_at", base::to_rfc3339(created)},
                    {"resolved_at", resolved == 0 ? json(nullptr) : json(base::to_rfc3339(resolved))}});
  }
  return list;
}

}  // namespace

std::optional<std::string> find_contact(Session& session, const std::string& id) {
  auto rows =
      session.select<std::string>("SELECT id FROM people WHERE id = :id AND erased_at = 0", id);
  if (rows.empty()) {
    rows = session.select<std::string>(
        "SELECT id FROM people WHERE account_id = :account AND account_id <> ''", id);
  }
  if (rows.empty()) return std::nullopt;
  return std::get<0>(rows.front());
}

json export_person(Session& session, const std::string& person_id) {
  const auto person = get_person(session, person_id);
  if (!person) return nullptr;
  const auto account = get_account(session, person->account_id);
  return {{"id", person->id},
          {"account_id", person->account_id},
          {"account", account ? parsed(*account) : json(nullptr)},
          {"identities", their_identities(session, person_id)},
          {"messages", their_messages(session, person_id)},
          {"tickets", their_tickets(session, person_id)}};
}

bool erase_person(Session& session, const std::string& person_id, std::int64_t now) {
  const auto person = get_person(session, person_id);
  if (!person) return false;
  // Sends that are still waiting go; sent ones hold no words any more.
  session.execute("DELETE FROM outbox WHERE order_key IN " HANDRAIL_THEIR_CONVERSATIONS
                  " AND status IN ('queued', 'sending')",
                  person_id);
  session.execute(
      "DELETE FROM outbox WHERE status = 'given_up' AND order_key IN " HANDRAIL_THEIR_CONVERSATIONS,
      person_id);
  // Decided inbox rows are found by their messages; undecided ones by the conversation; ignored
  // ones hold no words.
  session.execute(
      "UPDATE inbox SET payload = '{}', answer = '', sealed_callback = '' WHERE id IN (SELECT "
      "inbox_id FROM messages WHERE "
      "conversation_id IN " HANDRAIL_THEIR_CONVERSATIONS ")",
      person_id);
  session.execute(
      "DELETE FROM inbox WHERE status = 'pending' AND conversation_key IN (SELECT conversation_key "
      "FROM conversations WHERE "
      "person_id = :id)",
      person_id);
  session.execute(
      "DELETE FROM traces WHERE id IN (SELECT trace_id FROM messages WHERE conversation_id "
      "IN " HANDRAIL_THEIR_CONVERSATIONS ")",
      person_id);
  session.execute(
      "DELETE FROM intent_labels WHERE message_id IN (SELECT id FROM messages WHERE conversation_id "
      "IN " HANDRAIL_THEIR_CONVERSATIONS ")",
      person_id);
  session.execute(
      "UPDATE messages SET text = '', reply = '', author_name = '', facts = '[]', redacted_at = "
      ":now WHERE conversation_id "
      "IN " HANDRAIL_THEIR_CONVERSATIONS,
      now, person_id);
  session.execute(
      "UPDATE conversations SET state = '{}', address = '{}', owner = 'bot', conversation_key = "
      "'erased:' || id WHERE "
      "person_id = :id",
      person_id);
  session.execute(
      "UPDATE ticket_history SET detail = '' WHERE ticket_id IN (SELECT id FROM tickets WHERE "
      "person_id = :id)",
      person_id);
  session.execute(
      "UPDATE tickets SET state = 'resolved', outcome = 'erased', resolved_at = :now, updated_at = "
      ":updated WHERE "
      "person_id = :id AND state <> 'resolved'",
      now, now, person_id);
  session.execute("UPDATE tickets SET triage = '{}', reason = '' WHERE person_id = :id", person_id);
  session.execute("DELETE FROM team_held WHERE ticket_id IN (SELECT id FROM tickets WHERE person_id = :id)", person_id);
  for (const Identity& identity : identities_of(session, person_id)) {
    session.execute(
        "DELETE FROM links WHERE channel = :channel AND workspace = :workspace AND platform_user = "
        ":who",
        identity.channel, identity.workspace, identity.user);
  }
  session.execute("DELETE FROM identities WHERE person_id = :id", person_id);
  session.execute("DELETE FROM accounts WHERE id = :id", person->account_id);
  session.execute("UPDATE people SET account_id = '', erased_at = :now WHERE id = :id", now,
                  person_id);
  return true;
}

}  // namespace handrail::storage
