// The schema's history: numbered files in migrations/, frozen once released, compiled into the
// program. Each runs once; what is missing runs in one transaction. `.sqlite.sql` /
// `.postgresql.sql` files exist only where the engines must differ.
//
// Frozen: the hash of what ran is kept in the database, and a database whose history differs from
// the program's is refused, since nobody knows its schema any more.
#pragma once

#include <string>
#include <vector>

#include "bot/base/result.h"
#include "bot/storage/session.h"

namespace handrail::storage {

struct Migration {
  int number = 0;
  std::string name;
  std::string engine;  // "sqlite", "postgresql"; empty: both
  std::string sql;
};

// All of them, in order of number.
const std::vector<Migration>& migrations();

// Applies of `known` (in order of number) what is missing, and sets the version reached.
// Code::conflict when a newer program has migrated the database or its history is another one;
// Code::internal when a migration fails (nothing is changed then).
base::Status migrate(Session& session, const std::vector<Migration>& known, int* version);

}  // namespace handrail::storage
