#include "bot/storage/accounts_table.h"

namespace handrail::storage {

void put_account(Session& session, const std::string& id, const std::string& body,
                 std::int64_t now) {
  session.execute(
      "INSERT INTO accounts (id, body, updated_at) VALUES (:id, :body, :now) ON CONFLICT (id) DO "
      "UPDATE SET "
      "body = excluded.body, updated_at = excluded.updated_at",
      id, body, now);
}

std::optional<std::string> get_account(Session& session, const std::string& id) {
  const auto rows = session.select<std::string>("SELECT body FROM accounts WHERE id = :id", id);
  if (rows.empty()) return std::nullopt;
  return std::get<0>(rows.front());
}

bool delete_account(Session& session, const std::string& id) {
  return !session.select<std::string>("DELETE FROM accounts WHERE id = :id RETURNING id", id).empty();
}

std::vector<std::string> list_account_ids(Session& session, const std::string& after_id,
                                          std::int64_t limit) {
  std::vector<std::string> ids;
  for (const auto& [id] : session.select<std::string>(
           "SELECT id FROM accounts WHERE id > :after ORDER BY id LIMIT :limit", after_id, limit)) {
    ids.push_back(id);
  }
  return ids;
}

}  // namespace handrail::storage
