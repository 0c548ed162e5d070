#include "bot/storage/people.h"

#include "bot/base/id.h"
#include "bot/storage/tickets.h"

namespace handrail::storage {
namespace {

#define HANDRAIL_UNRESOLVED "('open', 'claimed', 'waiting')"
#define HANDRAIL_IDENTITY_COLUMNS \
  "channel, workspace, platform_user, person_id, name, platform_locale, linked"

using Row = std::tuple<std::string, std::string, std::string, std::string, std::string, std::string,
                       std::int64_t>;

Identity to_identity(const Row& row) {
  Identity identity;
  std::int64_t linked = 0;
  std::tie(identity.channel, identity.workspace, identity.user, identity.person_id, identity.name,
           identity.platform_locale, linked) = row;
  identity.linked = linked != 0;
  return identity;
}

std::string create_person(Session& session, const std::string& account_id, std::int64_t now) {
  const std::string id = base::new_id(now);
  session.execute("INSERT INTO people (id, account_id, created_at) VALUES (:id, :account, :now)",
                  id, account_id, now);
  return id;
}

// Two open tickets of one kind cannot stand for one person: the newer one is closed into the older.
// The conversation of the closed one goes back to the bot, which knows the other ticket, unless
// something else is still open there.
void merge_tickets(Session& session, const std::string& from, const std::string& to,
                   std::int64_t now) {
  const auto pairs =
      session
          .select<std::string, std::int64_t, std::int64_t, std::string, std::int64_t, std::int64_t>(
              "SELECT a.id, a.number, a.created_at, b.id, b.number, b.created_at FROM tickets a "
              "JOIN tickets b ON b.kind = a.kind "
              "WHERE a.person_id = :from AND a.state IN " HANDRAIL_UNRESOLVED
              " AND b.person_id = :to AND b.state IN " HANDRAIL_UNRESOLVED,
              from, to);
  for (const auto& [id_a, number_a, at_a, id_b, number_b, at_b] : pairs) {
    const bool a_is_older = at_a < at_b || (at_a == at_b && number_a < number_b);
    const std::string& closed = a_is_older ? id_b : id_a;
    const std::string& kept = a_is_older ? id_a : id_b;
    session.execute(
        "UPDATE tickets SET state = 'resolved', outcome = 'merged', resolved_at = :now, updated_at "
        "= :updated WHERE id = :id",
        now, now, closed);
    session.execute(
        "UPDATE conversations SET owner = 'bot' WHERE id = (SELECT conversation_id FROM tickets "
        "WHERE id = :closed) AND "
        "NOT EXISTS (SELECT 1 FROM tickets o WHERE o.conversation_id = conversations.id AND "
        "o.state IN " HANDRAIL_UNRESOLVED ")",
        closed);
    add_history(
        session, closed,
        {now, "handrail", "merged", "#" + std::to_string(a_is_older ? number_a : number_b)});
    add_history(
        session, kept,
        {now, "handrail", "merged_in", "#" + std::to_string(a_is_older ? number_b : number_a)});
  }
}

void move_person(Session& session, const std::string& from, const std::string& to,
                 std::int64_t now) {
  merge_tickets(session, from, to, now);
  session.execute("UPDATE tickets SET person_id = :to WHERE person_id = :from", to, from);
  session.execute("UPDATE conversations SET person_id = :to WHERE person_id = :from", to, from);
  session.execute("UPDATE identities SET person_id = :to WHERE person_id = :from", to, from);
  session.execute("DELETE FROM people WHERE id = :id", from);
}

// The identity leaves a person who keeps another account. Its conversations come along when no
// other identity of that person could have had them; tickets stay with the account they are about.
void move_identity(Session& session, const Identity& identity, const std::string& to) {
  const auto same_channel = session.select<std::int64_t>(
      "SELECT COUNT(*) FROM identities WHERE person_id = :person AND channel = :channel",
      identity.person_id, identity.channel);
  if (std::get<0>(same_channel.front()) == 1) {
    session.execute(
        "UPDATE conversations SET person_id = :to WHERE person_id = :from AND channel = :channel",
        to, identity.person_id, identity.channel);
  }
  session.execute(
      "UPDATE identities SET person_id = :person WHERE channel = :channel AND workspace = "
      ":workspace AND "
      "platform_user = :who",
      to, identity.channel, identity.workspace, identity.user);
}

}  // namespace

std::optional<Identity> find_identity(Session& session, const std::string& channel,
                                      const std::string& workspace, const std::string& user) {
  const auto rows =
      session.select<std::string, std::string, std::string, std::string, std::string, std::string,
                     std::int64_t>("SELECT " HANDRAIL_IDENTITY_COLUMNS
                                   " FROM identities WHERE channel = :channel AND workspace = "
                                   ":workspace AND platform_user = :who",
                                   channel, workspace, user);
  if (rows.empty()) return std::nullopt;
  return to_identity(rows.front());
}

Identity find_or_create_identity(Session& session, const Identity& wanted, std::int64_t now) {
  if (auto known = find_identity(session, wanted.channel, wanted.workspace, wanted.user)) {
    const bool name_changed = !wanted.name.empty() && wanted.name != known->name;
    const bool locale_changed =
        !wanted.platform_locale.empty() && wanted.platform_locale != known->platform_locale;
    if (name_changed) known->name = wanted.name;
    if (locale_changed) known->platform_locale = wanted.platform_locale;
    if (name_changed || locale_changed) {
      session.execute(
          "UPDATE identities SET name = :name, platform_locale = :locale WHERE channel = :channel "
          "AND "
          "workspace = :workspace AND platform_user = :who",
          known->name, known->platform_locale, known->channel, known->workspace, known->user);
    }
    return *known;
  }
  Identity made = wanted;
  made.linked = false;
  made.person_id = create_person(session, "", now);
  session.execute(
      "INSERT INTO identities (channel, workspace, platform_user, person_id, name, "
      "platform_locale, created_at) VALUES "
      "(:channel, :workspace, :who, :person, :name, :locale, :now)",
      made.channel, made.workspace, made.user, made.person_id, made.name, made.platform_locale,
      now);
  return made;
}

std::optional<Person> get_person(Session& session, const std::string& id) {
  const auto rows = session.select<std::string, std::string>(
      "SELECT id, account_id FROM people WHERE id = :id", id);
  if (rows.empty()) return std::nullopt;
  return Person{std::get<0>(rows.front()), std::get<1>(rows.front())};
}

Person find_or_create_person_of_account(Session& session, const std::string& account_id,
                                        std::int64_t now) {
  const auto rows = session.select<std::string>(
      "SELECT id FROM people WHERE account_id = :account AND account_id <> ''", account_id);
  if (!rows.empty()) return {std::get<0>(rows.front()), account_id};
  return {create_person(session, account_id, now), account_id};
}

std::vector<Identity> identities_of(Session& session, const std::string& person_id) {
  std::vector<Identity> list;
  for (const auto& row :
       session.select<std::string, std::string, std::string, std::string, std::string, std::string,
                      std::int64_t>("SELECT " HANDRAIL_IDENTITY_COLUMNS
                                    " FROM identities WHERE person_id = :id ORDER BY created_at",
                                    person_id)) {
    list.push_back(to_identity(row));
  }
  return list;
}

void link_identity(Session& session, const Identity& wanted, const std::string& account_id,
                   std::int64_t now) {
  const Identity identity = find_or_create_identity(session, wanted, now);
  const Person owner = find_or_create_person_of_account(session, account_id, now);
  if (identity.person_id != owner.id) {
    // A person who has another account keeps it; only this identity goes over.
    const auto former = get_person(session, identity.person_id);
    if (former && former->account_id.empty()) {
      move_person(session, identity.person_id, owner.id, now);
    } else {
      move_identity(session, identity, owner.id);
    }
  }
  session.execute(
      "UPDATE identities SET linked = 1 WHERE channel = :channel AND workspace = :workspace AND "
      "platform_user = :who",
      identity.channel, identity.workspace, identity.user);
}

bool unlink_identity(Session& session, const Identity& wanted, std::int64_t now) {
  const auto known = find_identity(session, wanted.channel, wanted.workspace, wanted.user);
  if (!known || !known->linked) return false;
  move_identity(session, *known, create_person(session, "", now));
  session.execute(
      "UPDATE identities SET linked = 0 WHERE channel = :channel AND workspace = :workspace AND platform_user = :who",
      known->channel, known->workspace, known->user);
  return true;
}

std::vector<Identity> linked_identities(Session& session, const std::string& account_id) {
  std::vector<Identity> linked;
  for (const auto& [person] :
       session.select<std::string>("SELECT id FROM people WHERE account_id = :account AND account_id <> ''", account_id)) {
    for (Identity& identity : identities_of(session, person)) {
      if (identity.linked) linked.push_back(std::move(identity));
    }
  }
  return linked;
}

void create_link(Session& session, const std::string& token_hash, const Identity& identity,
                 std::int64_t expires_at) {
  session.execute(
      "INSERT INTO links (token_hash, channel, workspace, platform_user, expires_at) VALUES "
      "(:hash, :channel, :workspace, "
      ":who, :expires)",
      token_hash, identity.channel, identity.workspace, identity.user, expires_at);
}

std::optional<Identity> use_link(Session& session, const std::string& token_hash,
                                 std::int64_t now) {
  const auto rows = session.select<std::string, std::string, std::string>(
      "UPDATE links SET used_at = :now WHERE token_hash = :hash AND used_at = 0 AND expires_at > "
      ":expiry "
      "RETURNING channel, workspace, platform_user",
      now, token_hash, now);
  if (rows.empty()) return std::nullopt;
  Identity identity;
  std::tie(identity.channel, identity.workspace, identity.user) = rows.front();
  return identity;
}

void prune_links(Session& session, std::int64_t now) {
  session.execute("DELETE FROM links WHERE expires_at <= :now", now);
}

}  // namespace handrail::storage
