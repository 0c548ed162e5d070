#include "bot/storage/labels.h"

namespace handrail::storage {
namespace {

using Row = std::tuple<std::string, std::string, std::string, std::string>;

Label label_of(const Row& row) {
  return {std::get<0>(row), std::get<1>(row), std::get<2>(row), std::get<3>(row)};
}

}  // namespace

void put_label(Session& session, const std::string& message_id, const std::string& intent, const std::string& agent,
               std::int64_t now) {
  session.execute(
      "INSERT INTO intent_labels (message_id, intent, agent, created_at) VALUES (:message, :intent, :agent, :now) "
      "ON CONFLICT (message_id) DO UPDATE SET intent = excluded.intent, agent = excluded.agent, created_at = "
      "excluded.created_at",
      message_id, intent, agent, now);
}

std::vector<Label> newest_labels(Session& session, std::int64_t limit) {
  std::vector<Label> labels;
  for (const Row& row : session.select<std::string, std::string, std::string, std::string>(
           "SELECT l.message_id, m.text, l.intent, l.agent FROM intent_labels l JOIN messages m ON m.id = l.message_id "
           "WHERE m.redacted_at = 0 ORDER BY l.created_at DESC LIMIT :limit",
           limit)) {
    labels.push_back(label_of(row));
  }
  return labels;
}

std::optional<Label> find_label(Session& session, const std::string& message_id) {
  const auto rows = session.select<std::string, std::string, std::string, std::string>(
      "SELECT l.message_id, m.text, l.intent, l.agent FROM intent_labels l JOIN messages m ON m.id = l.message_id "
      "WHERE l.message_id = :message",
      message_id);
  if (rows.empty()) return std::nullopt;
  return label_of(rows.front());
}

std::optional<std::string> trace_of_answer(Session& session, const std::string& message_id) {
  const auto rows = session.select<std::string>(
      "SELECT t.body FROM messages p JOIN messages b ON b.inbox_id = p.inbox_id AND b.inbox_id <> '' AND b.author = 'bot' "
      "JOIN traces t ON t.id = b.trace_id WHERE p.id = :message LIMIT 1",
      message_id);
  if (rows.empty()) return std::nullopt;
  return std::get<0>(rows.front());
}

}  // namespace handrail::storage
