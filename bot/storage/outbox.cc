#include "bot/storage/outbox.h"

namespace handrail::storage {
namespace {

#define HANDRAIL_OUTBOX_COLUMNS                                                                                    \
  "id, order_key, channel, workspace, send, sealed_callback, callback_expires_at, status, attempts, next_attempt_at, " \
  "expires_at, last_error, message_id, ticket_id, created_at"

template <typename... Values>
std::vector<OutboxRow> rows_of(Session& session, const char* query, const Values&... values) {
  std::vector<OutboxRow> rows;
  for (const auto& row :
       session.select<std::string, std::string, std::string, std::string, std::string, std::string, std::int64_t, std::string,
                      std::int64_t, std::int64_t, std::int64_t, std::string, std::string, std::string, std::int64_t>(query,
                                                                                                              values...)) {
    OutboxRow result;
    std::tie(result.id, result.order_key, result.channel, result.workspace, result.send, result.sealed_callback,
             result.callback_expires_at, result.status, result.attempts, result.next_attempt_at, result.expires_at,
             result.last_error, result.message_id, result.ticket_id, result.created_at) = row;
    rows.push_back(std::move(result));
  }
  return rows;
}

}  // namespace

bool enqueue(Session& session, const OutboxRow& row, std::int64_t limit) {
  const auto count = session.select<std::int64_t>(
      "SELECT COUNT(*) FROM outbox WHERE order_key = :key AND status IN ('queued', 'sending')", row.order_key);
  if (std::get<0>(count.front()) >= limit) return false;
  session.execute(
      "INSERT INTO outbox (id, order_key, channel, workspace, send, sealed_callback, callback_expires_at, status, "
      "next_attempt_at, expires_at, message_id, ticket_id, created_at) VALUES (:id, :order_key, :channel, :workspace, :send, "
      ":sealed, :sealed_until, 'queued', :next, :expires, :message, :ticket, :created)",
      row.id, row.order_key, row.channel, row.workspace, row.send, row.sealed_callback, row.callback_expires_at,
      row.next_attempt_at, row.expires_at, row.message_id, row.ticket_id, row.created_at);
  return true;
}

std::vector<OutboxRow> claim_due(Session& session, std::int64_t now, std::int64_t limit, std::int64_t lease_ms) {
  auto rows = rows_of(session,
                      "SELECT " HANDRAIL_OUTBOX_COLUMNS
                      " FROM outbox o WHERE o.status IN ('queued', 'sending') AND o.next_attempt_at <= :now "
                      "AND o.lease_until <= :lease_now AND NOT EXISTS (SELECT 1 FROM outbox e WHERE e.order_key = o.order_key "
                      "AND e.status IN ('queued', 'sending') AND e.id < o.id) ORDER BY o.next_attempt_at LIMIT :limit",
                      now, now, limit);
  for (const OutboxRow& row : rows) {
    session.execute("UPDATE outbox SET status = 'sending', lease_until = :lease, attempts = attempts + 1 WHERE id = :id",
                    now + lease_ms, row.id);
  }
  return rows;
}

void mark_sent(Session& session, const std::string& id, const std::string& remote_id, std::int64_t now) {
  session.execute(
      "UPDATE outbox SET status = 'sent', remote_id = :remote, sealed_callback = '', finished_at = :now WHERE id = :id",
      remote_id, now, id);
}

void retry_at(Session& session, const std::string& id, std::int64_t next_attempt_at, const std::string& error) {
  session.execute(
      "UPDATE outbox SET status = 'queued', lease_until = 0, next_attempt_at = :next, last_error = :error WHERE id = :id",
      next_attempt_at, error, id);
}

void mark_given_up(Session& session, const std::string& id, const std::string& because, std::int64_t now) {
  session.execute("UPDATE outbox SET status = 'given_up', last_error = :because, finished_at = :now WHERE id = :id", because,
                  now, id);
}

void save_send(Session& session, const std::string& id, const std::string& send) {
  session.execute("UPDATE outbox SET send = :send WHERE id = :id", send, id);
}

void replace_send(Session& session, const std::string& id, const std::string& send, const std::string& channel,
                  const std::string& why, std::int64_t now) {
  session.execute(
      "UPDATE outbox SET send = :send, channel = :channel, last_error = :why, status = 'queued', lease_until = 0, "
      "next_attempt_at = :now WHERE id = :id",
      send, channel, why, now, id);
}

void release(Session& session, const std::string& id, std::int64_t now) {
  session.execute("UPDATE outbox SET next_attempt_at = :now WHERE id = :id AND status = 'queued'", now, id);
}

void mark_sent_inline(Session& session, const std::string& id, std::int64_t now) {
  session.execute(
      "UPDATE outbox SET status = 'sent', sealed_callback = '', finished_at = :now WHERE id = :id AND status = 'queued'", now,
      id);
}

bool requeue(Session& session, const std::string& id, std::int64_t now, std::int64_t expires_at) {
  return session.execute(
             "UPDATE outbox SET status = 'queued', lease_until = 0, next_attempt_at = :now, expires_at = :expires, "
             "attempts = 0, finished_at = 0 WHERE id = :id AND status = 'given_up'",
             now, expires_at, id) == 1;
}

std::vector<OutboxRow> list_given_up(Session& session, std::int64_t limit) {
  return rows_of(session,
                 "SELECT " HANDRAIL_OUTBOX_COLUMNS
                 " FROM outbox WHERE status = 'given_up' ORDER BY finished_at DESC LIMIT :limit",
                 limit);
}

OutboxCounts count_outbox(Session& session) {
  const auto queued =
      session.select<std::int64_t>("SELECT COUNT(*) FROM outbox WHERE status IN ('queued', 'sending')");
  const auto given_up = session.select<std::int64_t>("SELECT COUNT(*) FROM outbox WHERE status = 'given_up'");
  return {std::get<0>(queued.front()), std::get<0>(given_up.front())};
}

std::int64_t next_due_at(Session& session) {
  const auto rows = session.select<std::int64_t>(
      "SELECT COALESCE(MIN(next_attempt_at), 0) FROM outbox WHERE status IN ('queued', 'sending')");
  return std::get<0>(rows.front());
}

void prune_outbox(Session& session, std::int64_t before) {
  session.execute("DELETE FROM outbox WHERE status = 'sent' AND finished_at < :before", before);
}

}  // namespace handrail::storage
