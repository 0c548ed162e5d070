#include "bot/storage/people.h"

#include "bot/base/id.h"

namespace handrail::storage {
namespace {

#define HANDRAIL_IDENTITY_COLUMNS "channel, workspace, platform_user, person_id, name, platform_locale, linked"

using Row = std::tuple<std::string, std::string, std::string, std::string, std::string, std::string, std::int64_t>;

Identity to_identity(const Row& row) {
  Identity identity;
  std::int64_t linked = 0;
  std::tie(identity.channel, identity.workspace, identity.user, identity.person_id, identity.name, identity.platform_locale,
           linked) = row;
  identity.linked = linked != 0;
  return identity;
}

std::string create_person(Session& session, const std::string& account_id, std::int64_t now) {
  const std::string id = base::new_id(now);
  session.execute("INSERT INTO people (id, account_id, created_at) VALUES (:id, :account, :now)", id, account_id, now);
  return id;
}

void move_person(Session& session, const std::string& from, const std::string& to, std::int64_t now) {
  // Two open tickets of one kind cannot stand for one person: the newer one is closed into the older.
  session.execute(
      "UPDATE tickets SET state = 'resolved', outcome = 'merged', resolved_at = :now WHERE person_id = :from AND "
      "state <> 'resolved' AND kind IN (SELECT kind FROM tickets WHERE person_id = :to AND state <> 'resolved')",
      now, from, to);
  session.execute("UPDATE tickets SET person_id = :to WHERE person_id = :from", to, from);
  session.execute("UPDATE conversations SET person_id = :to WHERE person_id = :from", to, from);
  session.execute("UPDATE identities SET person_id = :to WHERE person_id = :from", to, from);
}

}  // namespace

std::optional<Identity> find_identity(Session& session, const std::string& channel, const std::string& workspace,
                                      const std::string& user) {
  const auto rows = session.select<std::string, std::string, std::string, std::string, std::string, std::string, std::int64_t>(
      "SELECT " HANDRAIL_IDENTITY_COLUMNS
      " FROM identities WHERE channel = :channel AND workspace = :workspace AND platform_user = :who",
      channel, workspace, user);
  if (rows.empty()) return std::nullopt;
  return to_identity(rows.front());
}

Identity find_or_create_identity(Session& session, const Identity& wanted, std::int64_t now) {
  if (auto known = find_identity(session, wanted.channel, wanted.workspace, wanted.user)) {
    const bool name_changed = !wanted.name.empty() && wanted.name != known->name;
    const bool locale_changed = !wanted.platform_locale.empty() && wanted.platform_locale != known->platform_locale;
    if (name_changed) known->name = wanted.name;
    if (locale_changed) known->platform_locale = wanted.platform_locale;
    if (name_changed || locale_changed) {
      session.execute(
          "UPDATE identities SET name = :name, platform_locale = :locale WHERE channel = :channel AND "
          "workspace = :workspace AND platform_user = :who",
          known->name, known->platform_locale, known->channel, known->workspace, known->user);
    }
    return *known;
  }
  Identity made = wanted;
  made.linked = false;
  made.person_id = create_person(session, "", now);
  session.execute(
      "INSERT INTO identities (channel, workspace, platform_user, person_id, name, platform_locale, created_at) VALUES "
      "(:channel, :workspace, :who, :person, :name, :locale, :now)",
      made.channel, made.workspace, made.user, made.person_id, made.name, made.platform_locale, now);
  return made;
}

std::optional<Person> get_person(Session& session, const std::string& id) {
  const auto rows = session.select<std::string, std::string>("SELECT id, account_id FROM people WHERE id = :id", id);
  if (rows.empty()) return std::nullopt;
  return Person{std::get<0>(rows.front()), std::get<1>(rows.front())};
}

Person find_or_create_person_of_account(Session& session, const std::string& account_id, std::int64_t now) {
  const auto rows = session.select<std::string>("SELECT id FROM people WHERE account_id = :account", account_id);
  if (!rows.empty()) return {std::get<0>(rows.front()), account_id};
  return {create_person(session, account_id, now), account_id};
}

std::vector<Identity> identities_of(Session& session, const std::string& person_id) {
  std::vector<Identity> list;
  for (const auto& row :
       session.select<std::string, std::string, std::string, std::string, std::string, std::string, std::int64_t>(
           "SELECT " HANDRAIL_IDENTITY_COLUMNS " FROM identities WHERE person_id = :id ORDER BY created_at", person_id)) {
    list.push_back(to_identity(row));
  }
  return list;
}

void link_identity(Session& session, const Identity& wanted, const std::string& account_id, std::int64_t now) {
  const Identity identity = find_or_create_identity(session, wanted, now);
  const Person owner = find_or_create_person_of_account(session, account_id, now);
  if (identity.person_id != owner.id) {
    // A person who already has another account keeps it; only this identity goes over.
    const auto former = get_person(session, identity.person_id);
    if (former && former->account_id.empty()) {
      move_person(session, identity.person_id, owner.id, now);
    } else {
      session.execute(
          "UPDATE identities SET person_id = :person WHERE channel = :channel AND workspace = :workspace AND "
          "platform_user = :who",
          owner.id, identity.channel, identity.workspace, identity.user);
    }
  }
  session.execute(
      "UPDATE identities SET linked = 1 WHERE channel = :channel AND workspace = :workspace AND platform_user = :who",
      identity.channel, identity.workspace, identity.user);
}

void create_link(Session& session, const std::string& token_hash, const Identity& identity, std::int64_t expires_at) {
  session.execute(
      "INSERT INTO links (token_hash, channel, workspace, platform_user, expires_at) VALUES (:hash, :channel, :workspace, "
      ":who, :expires)",
      token_hash, identity.channel, identity.workspace, identity.user, expires_at);
}

std::optional<Identity> use_link(Session& session, const std::string& token_hash, std::int64_t now) {
  const auto rows = session.select<std::string, std::string, std::string>(
      "UPDATE links SET used_at = :now WHERE token_hash = :hash AND used_at = 0 AND expires_at > :expiry "
      "RETURNING channel, workspace, platform_user",
      now, token_hash, now);
  if (rows.empty()) return std::nullopt;
  Identity identity;
  std::tie(identity.channel, identity.workspace, identity.user) = rows.front();
  return identity;
}

nlohmann::json export_person(Session& session, const std::string& person_id) {
  const auto person = get_person(session, person_id);
  if (!person) return nullptr;
  nlohmann::json result = {{"id", person->id}, {"account_id", person->account_id}};
  result["identities"] = nlohmann::json::array();
  for (const Identity& identity : identities_of(session, person_id)) {
    result["identities"].push_back({{"channel", identity.channel},
                                    {"workspace", identity.workspace},
                                    {"user", identity.user},
                                    {"name", identity.name},
                                    {"locale", identity.platform_locale},
                                    {"linked", identity.linked}});
  }
  result["messages"] = nlohmann::json::array();
  for (const auto& [author, text, at] : session.select<std::string, std::string, std::int64_t>(
           "SELECT m.author, m.text, m.created_at FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE "
           "c.person_id = :id ORDER BY m.created_at",
           person_id)) {
    result["messages"].push_back({{"author", author}, {"text", text}, {"created_at_ms", at}});
  }
  result["tickets"] = nlohmann::json::array();
  for (const auto& [number, kind, state, triage] : session.select<std::int64_t, std::string, std::string, std::string>(
           "SELECT number, kind, state, triage FROM tickets WHERE person_id = :id ORDER BY number", person_id)) {
    result["tickets"].push_back({{"number", number},
                                 {"kind", kind},
                                 {"state", state},
                                 {"triage", nlohmann::json::parse(triage, nullptr, false)}});
  }
  return result;
}

bool erase_person(Session& session, const std::string& person_id, std::int64_t now) {
  if (!get_person(session, person_id)) return false;
  const char* kConversations = "(SELECT id FROM conversations WHERE person_id = :id)";
  static const std::string kMessages =
      std::string("UPDATE messages SET text = '', reply = '', author_name = '', facts = '[]', redacted_at = :now WHERE "
                  "conversation_id IN ") + kConversations;
  static const std::string kTraces = std::string("DELETE FROM traces WHERE conversation_id IN ") + kConversations;
  static const std::string kOutbox = std::string("DELETE FROM outbox WHERE order_key IN ") + kConversations;
  static const std::string kInbox =
      "DELETE FROM inbox WHERE conversation_key IN (SELECT conversation_key FROM conversations WHERE person_id = :id)";
  session.execute(kMessages.c_str(), now, person_id);
  session.execute(kTraces.c_str(), person_id);
  session.execute(kOutbox.c_str(), person_id);
  session.execute(kInbox.c_str(), person_id);
  session.execute("UPDATE conversations SET state = '{}', address = '{}', conversation_key = 'erased:' || id WHERE "
                  "person_id = :id",
                  person_id);
  session.execute("UPDATE tickets SET triage = '{}', reason = '' WHERE person_id = :id", person_id);
  session.execute("DELETE FROM identities WHERE person_id = :id", person_id);
  session.execute("UPDATE people SET account_id = '', erased_at = :now WHERE id = :id", now, person_id);
  return true;
}

}  // namespace handrail::storage
