// Accounts of the `embedded` provider: JSON bodies by id.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bot/storage/session.h"

namespace handrail::storage {

void put_account(Session& session, const std::string& id, const std::string& body, std::int64_t now);
std::optional<std::string> get_account(Session& session, const std::string& id);

}  // namespace handrail::storage
