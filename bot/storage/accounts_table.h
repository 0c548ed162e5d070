// Accounts of the `embedded` provider: JSON bodies by id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/storage/session.h"

namespace handrail::storage {

void put_account(Session& session, const std::string& id, const std::string& body,
                 std::int64_t now);
std::optional<std::string> get_account(Session& session, const std::string& id);
// Ids in order, from after `after_id` ('' from the first).
// False: there was none. Who is linked to the account stays linked: it may come back.
bool delete_account(Session& session, const std::string& id);
std::vector<std::string> list_account_ids(Session& session, const std::string& after_id,
                                          std::int64_t limit);

}  // namespace handrail::storage
