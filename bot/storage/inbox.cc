#include "bot/storage/inbox.h"

#include "bot/base/id.h"

namespace handrail::storage {
namespace {

#define HANDRAIL_INBOX_COLUMNS                                                                    \
  "id, event_key, post_key, conversation_key, mentioned, interactive, payload, sealed_callback, " \
  "callback_expires_at, "                                                                         \
  "status, because, answer, received_at"

using Row = std::tuple<std::string, std::string, std::string, std::string, std::int64_t,
                       std::int64_t, std::string, std::string, std::int64_t, std::string,
                       std::string, std::string, std::int64_t>;

InboxRow to_row(const Row& row) {
  InboxRow result;
  std::int64_t mentioned = 0;
  std::int64_t interactive = 0;
  std::tie(result.id, result.event_key, result.post_key, result.conversation_key, mentioned,
           interactive, result.payload, result.sealed_callback, result.callback_expires_at,
           result.status, result.because, result.answer, result.received_at) = row;
  result.mentioned = mentioned != 0;
  result.interactive = interactive != 0;
  return result;
}

template <typename... Values>
std::vector<InboxRow> rows_of(Session& session, const char* query, const Values&... values) {
  std::vector<InboxRow> rows;
  for (const Row& row :
       session.select<std::string, std::string, std::string, std::string, std::int64_t,
                      std::int64_t, std::string, std::string, std::int64_t, std::string,
                      std::string, std::string, std::int64_t>(query, values...)) {
    rows.push_back(to_row(row));
  }
  return rows;
}

}  // namespace

AcceptResult accept(Session& session, const InboxRow& row, std::int64_t limit) {
  const auto known =
      rows_of(session, "SELECT " HANDRAIL_INBOX_COLUMNS " FROM inbox WHERE event_key = :key",
              row.event_key);
  if (!known.empty()) return {Accepted::duplicate, known.front(), 0};
  if (!row.post_key.empty()) {
    auto post = rows_of(session,
                        "SELECT " HANDRAIL_INBOX_COLUMNS
                        " FROM inbox WHERE post_key = :key AND post_key <> ''",
                        row.post_key);
    if (!post.empty()) {
      InboxRow& stored = post.front();
      if (!row.mentioned || stored.mentioned) return {Accepted::duplicate, stored, 0};
      // The mention copy of a post whose plain copy came first: whichever order, the mention must
      // not get lost.
      const bool decide_again = stored.status == "ignored";
      session.execute(
          "UPDATE inbox SET mentioned = 1, payload = :payload, status = :status WHERE id = :id",
          row.payload, std::string(decide_again ? "pending" : stored.status), stored.id);
      stored.mentioned = true;
      stored.payload = row.payload;
      if (decide_again) stored.status = "pending";
      return {decide_again ? Accepted::upgraded : Accepted::duplicate, stored, 0};
    }
  }
  const auto count = session.select<std::int64_t>(
      "SELECT COUNT(*) FROM inbox WHERE conversation_key = :key AND status = 'pending'",
      row.conversation_key);
  if (std::get<0>(count.front()) >= limit) return {Accepted::full, row, limit};
  session.execute(
      "INSERT INTO inbox (id, event_key, post_key, conversation_key, mentioned, interactive, "
      "payload, sealed_callback, "
      "callback_expires_at, status, received_at, decided_at) VALUES (:id, :event_key, :post_key, "
      ":conversation_key, :mentioned, "
      ":interactive, :payload, :sealed, :expires, :status, :received, :decided)",
      row.id, row.event_key, row.post_key, row.conversation_key, std::int64_t{row.mentioned},
      std::int64_t{row.interactive}, row.payload, row.sealed_callback, row.callback_expires_at,
      row.status, row.received_at, row.status == "pending" ? std::int64_t{0} : row.received_at);
  return {Accepted::fresh, row, std::get<0>(count.front())};
}

std::optional<InboxRow> get_inbox(Session& session, const std::string& id) {
  const auto rows =
      rows_of(session, "SELECT " HANDRAIL_INBOX_COLUMNS " FROM inbox WHERE id = :id", id);
  if (rows.empty()) return std::nullopt;
  return rows.front();
}

std::vector<InboxRow> pending_of(Session& session, const std::string& conversation_key,
                                 std::int64_t limit) {
  return rows_of(
      session,
      "SELECT " HANDRAIL_INBOX_COLUMNS
      " FROM inbox WHERE conversation_key = :key AND status = 'pending' ORDER BY id LIMIT :limit",
      conversation_key, limit);
}

std::vector<std::string> pending_conversations(Session& session, std::int64_t limit) {
  std::vector<std::string> keys;
  for (const auto& [key] : session.select<std::string>(
           "SELECT DISTINCT conversation_key FROM inbox WHERE status = 'pending' LIMIT :limit",
           limit)) {
    keys.push_back(key);
  }
  return keys;
}

std::int64_t count_pending(Session& session) {
  return std::get<0>(
      session.select<std::int64_t>("SELECT COUNT(*) FROM inbox WHERE status = 'pending'").front());
}

bool mark_done(Session& session, const std::string& id, const std::string& answer,
               std::int64_t now) {
  return session.execute(
             "UPDATE inbox SET status = 'done', answer = :answer, decided_at = :now WHERE id = :id "
             "AND status = 'pending'",
             answer, now, id) == 1;
}

void mark_ignored(Session& session, const std::string& id, const std::string& because,
                  std::int64_t now) {
  session.execute(
      "UPDATE inbox SET status = 'ignored', because = :because, payload = '{}', sealed_callback = "
      "'', decided_at = :now "
      "WHERE id = :id AND status = 'pending'",
      because, now, id);
}

std::int64_t prune_inbox(Session& session, std::int64_t before, std::int64_t now) {
  session.execute(
      "UPDATE inbox SET sealed_callback = '' WHERE sealed_callback <> '' AND callback_expires_at "
      "<= :now",
      now);
  return session.execute(
      "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE id < :first AND status <> "
      "'pending' ORDER BY id LIMIT :limit)",
      base::first_id_at(before), kPrunedAtOnce);
}

}  // namespace handrail::storage
