#include "bot/storage/settings.h"

namespace handrail::storage {

std::optional<std::string> get_setting(Session& session, const std::string& name) {
  const auto rows =
      session.select<std::string>("SELECT value FROM settings WHERE name = :name", name);
  if (rows.empty()) return std::nullopt;
  return std::get<0>(rows.front());
}

std::string get_or_set_setting(Session& session, const std::string& name,
                               const std::string& value) {
  session.execute(
      "INSERT INTO settings (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING", name,
      value);
  return get_setting(session, name).value_or(value);
}

void put_setting(Session& session, const std::string& name, const std::string& value) {
  session.execute(
      "INSERT INTO settings (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name,
      value);
}

void remove_setting(Session& session, const std::string& name) {
  session.execute("DELETE FROM settings WHERE name = :name", name);
}

void put_trace(Session& session, const std::string& id, const std::string& conversation_id,
               const std::string& body, std::int64_t now) {
  session.execute(
      "INSERT INTO traces (id, conversation_id, body, created_at) VALUES (:id, :conversation, "
      ":body, :now)",
      id, conversation_id, body, now);
}

std::optional<std::string> find_trace(Session& session, const std::string& id) {
  auto rows = session.select<std::string>("SELECT body FROM traces WHERE id = :id", id);
  if (rows.empty()) {
    rows = session.select<std::string>(
        "SELECT t.body FROM messages m JOIN traces t ON t.id = m.trace_id WHERE m.id = :id", id);
  }
  if (rows.empty()) return std::nullopt;
  return std::get<0>(rows.front());
}

std::vector<DecidedMessage> recent_decisions(Session& session, std::int64_t limit) {
  std::vector<DecidedMessage> list;
  for (const auto& [text, trace] : session.select<std::string, std::string>(
           "SELECT p.text, t.body FROM messages p JOIN messages b ON b.inbox_id = p.inbox_id AND b.inbox_id <> '' "
           "AND b.author = 'bot' JOIN traces t ON t.id = b.trace_id WHERE p.author = 'person' AND p.text <> '' "
           "ORDER BY p.id DESC LIMIT :limit",
           limit)) {
    list.push_back({text, trace});
  }
  return list;
}

}  // namespace handrail::storage
