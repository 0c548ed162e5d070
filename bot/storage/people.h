// People, the identities they have on channels, and the one-time links that tie an identity to an
// account.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/storage/contacts.h"
#include "bot/storage/session.h"

namespace handrail::storage {

struct Identity {
  std::string channel;
  std::string workspace;
  std::string user;
  std::string person_id;
  std::string name;
  std::string platform_locale;
  bool linked = false;
};
struct Person {
  std::string id;
  std::string account_id;  // '' when no identity is linked
};

// The identity as stored, made with a new person when unknown. Name and locale are refreshed when
// given.
Identity find_or_create_identity(Session& session, const Identity& wanted, std::int64_t now);
std::optional<Identity> find_identity(Session& session, const std::string& channel,
                                      const std::string& workspace, const std::string& user);
std::optional<Person> get_person(Session& session, const std::string& id);
// The person of that account, made when there is none.
Person find_or_create_person_of_account(Session& session, const std::string& account_id,
                                        std::int64_t now);
std::vector<Identity> identities_of(Session& session, const std::string& person_id);

// Ties the identity to the account. The same account on several channels is one person: what the
// identity's former person had (conversations, tickets) moves over and that person is gone; where
// both have an open ticket of one kind, the older one is kept open. Linked to another account
// before, only this identity and its conversations leave; the tickets stay.
void link_identity(Session& session, const Identity& identity, const std::string& account_id,
                   std::int64_t now);

// The identity is a stranger again, with the conversations that only it can have had; tickets stay with the account. False:
// it was not linked.
bool unlink_identity(Session& session, const Identity& identity, std::int64_t now);
// Those that may see the account's facts.
std::vector<Identity> linked_identities(Session& session, const std::string& account_id);

void create_link(Session& session, const std::string& token_hash, const Identity& identity,
                 std::int64_t expires_at);
// The identity that a valid, unused token stands for; the token is then used.
std::optional<Identity> use_link(Session& session, const std::string& token_hash, std::int64_t now);
// Forgets links that expired before `now`.
void prune_links(Session& session, std::int64_t now);

}  // namespace handrail::storage
