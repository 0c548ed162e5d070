#include "bot/storage/migrations.h"

namespace handrail::storage {
namespace {

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

}  // namespace

base::Status migrate(Session& session, int* version) {
  const bool sqlite = session.engine() == Engine::sqlite;
  session.script("CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL)");
  // Two programs may start at once: the second waits here and then finds everything done.
  session.script(sqlite ? "BEGIN IMMEDIATE" : "BEGIN");
  if (!sqlite) session.script("LOCK TABLE schema_migrations IN EXCLUSIVE MODE");
  try {
    const auto rows = session.select<std::int64_t>("SELECT COALESCE(MAX(number), 0) FROM schema_migrations");
    const int have = static_cast<int>(std::get<0>(rows.front()));
    const int newest = migrations().back().number;
    if (have > newest) {
      session.script("ROLLBACK");
      return base::Error{base::Code::conflict,
                         "The database has schema " + std::to_string(have) + ", this program knows " +
                             std::to_string(newest) + ": start the newer program, or restore a backup.",
                         "database_url", ""};
    }
    for (const Migration& migration : migrations()) {
      if (migration.number <= have) continue;
      for (const std::string& statement : split_statements(migration.sql)) session.script(statement);
      session.execute("INSERT INTO schema_migrations (number, name) VALUES (:number, :name)", migration.number,
                      migration.name);
    }
    session.script("COMMIT");
    *version = newest;
  } catch (const std::exception& error) {
    session.script("ROLLBACK");
    return base::Error{base::Code::internal, "A migration of the database failed.", "", error.what()};
  }
  return base::done();
}

}  // namespace handrail::storage
