// The schema's history: numbered files in migrations/, frozen once released, compiled into the program. Each runs once, in
// a transaction of its own. `.sqlite.sql` / `.postgresql.sql` files exist only where the engines must differ.
#pragma once

#include <string>
#include <vector>

#include "bot/base/result.h"
#include "bot/storage/session.h"

namespace handrail::storage {

struct Migration {
  int number = 0;
  std::string name;
  std::string sql;
};

// In order of number.
const std::vector<Migration>& migrations();

// Applies what is missing. Refuses (Code::conflict) a database that a newer program has migrated.
base::Status migrate(Session& session, int* version);

}  // namespace handrail::storage
