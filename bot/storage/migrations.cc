#include "bot/storage/migrations.h"

#include "bot/base/secret.h"

namespace handrail::storage {
namespace {

constexpr std::int64_t kMigrationLock =
    7'236'514;  // any number that nobody else in the database locks

// SOCI runs one statement at a time. Our migrations have no semicolons inside texts.
std::vector<std::string> split_statements(const std::string& sql) {
  std::vector<std::string> statements;
  std::string current;
  std::size_t at = 0;
  while (at < sql.size()) {
    const std::size_t end = std::min(sql.find('\n', at), sql.size());
    std::string line = sql.substr(at, end - at);
    at = end + 1;
    const std::size_t comment = line.find("--");
    if (comment != std::string::npos) line.resize(comment);
    current += line + "\n";
    if (line.find(';') == std::string::npos) continue;
    current.resize(current.rfind(';'));
    statements.push_back(std::move(current));
    current.clear();
  }
  return statements;
}

base::Error refused(const std::string& message) {
  return {base::Code::conflict, message, "database_url", ""};
}

// The transaction of migrate(): what it returns decides between commit and rollback.
base::Status bring_up(Session& session, const std::vector<Migration>& known, int* version) {
  session.script(
      "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT PRIMARY KEY, name TEXT NOT "
      "NULL, hash TEXT NOT NULL)");
  std::map<std::int64_t, std::string> applied;
  for (const auto& [number, hash] :
       session.select<std::int64_t, std::string>("SELECT number, hash FROM schema_migrations")) {
    applied[number] = hash;
  }
  const int newest = known.empty() ? 0 : known.back().number;
  if (!applied.empty() && applied.rbegin()->first > newest) {
    return refused("The database has schema " + std::to_string(applied.rbegin()->first) +
                   ", this program knows " + std::to_string(newest) +
                   ": start the newer program, or restore a backup.");
  }
  const std::string engine = session.engine() == Engine::sqlite ? "sqlite" : "postgresql";
  for (const Migration& migration : known) {
    if (!migration.engine.empty() && migration.engine != engine) continue;
    const std::string hash = base::hash_token(migration.sql);
    const auto before = applied.find(migration.number);
    if (before != applied.end()) {
      if (before->second == hash) continue;
      return refused("The database was made with another migration " +
                     std::to_string(migration.number) + " (" + migration.name +
                     ") than this program has: start the program that made it.");
    }
    for (const std::string& statement : split_statements(migration.sql)) session.script(statement);
    session.execute(
        "INSERT INTO schema_migrations (number, name, hash) VALUES (:number, :name, :hash)",
        migration.number, migration.name, hash);
  }
  *version = newest;
  return base::done();
}

}  // namespace

base::Status migrate(Session& session, const std::vector<Migration>& known, int* version) {
  // Two programs may start at once: the second waits here and then finds everything done.
  const bool sqlite = session.engine() == Engine::sqlite;
  session.script(sqlite ? "BEGIN IMMEDIATE" : "BEGIN");
  base::Status status = base::done();
  try {
    if (!sqlite)
      session.script("SELECT pg_advisory_xact_lock(" + std::to_string(kMigrationLock) + ")");
    status = bring_up(session, known, version);
  } catch (const std::exception& error) {
    status =
        base::Error{base::Code::internal, "A migration of the database failed.", "", error.what()};
  }
  session.script(status.ok() ? "COMMIT" : "ROLLBACK");
  return status;
}

}  // namespace handrail::storage
