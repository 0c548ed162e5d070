// What we hold about one person, as a whole: to hand it out, and to forget it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "bot/storage/session.h"

namespace handrail::storage {

// The person with that id, or of that account id. Not those already erased.
std::optional<std::string> find_contact(Session& session, const std::string& id);

// {id, account_id, account, identities, messages, tickets}; times are milliseconds (`*_at_ms`).
// Null when there is no such person.
nlohmann::json export_person(Session& session, const std::string& person_id);

// Forgets the words, names, identities, account and states of a person, and what was still to be
// sent; open tickets are resolved ("erased"), tickets keep their numbers and decisions without the
// words. False when there is no such person.
bool erase_person(Session& session, const std::string& person_id, std::int64_t now);

}  // namespace handrail::storage
