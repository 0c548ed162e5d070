#include "bot/storage/outbox.h"

#include <algorithm>

#include "bot/base/id.h"
#include "bot/storage/outbox_rows.h"

namespace handrail::storage {

std::int64_t count_unsent(Session& session, const std::string& order_key) {
  const auto count = session.select<std::int64_t>(
      "SELECT COUNT(*) FROM outbox WHERE order_key = :key AND status IN ('queued', 'sending')",
      order_key);
  return std::get<0>(count.front());
}

void insert_row(Session& session, const OutboxRow& row) {
  session.execute(
      "INSERT INTO outbox (id, order_key, channel, workspace, send, sealed_callback, "
      "callback_expires_at, status, attempts, "
      "next_attempt_at, expires_at, message_id, ticket_id, created_at) VALUES (:id, :order_key, "
      ":channel, :workspace, :send, "
      ":sealed, :sealed_until, :status, :attempts, :next, :expires, :message, :ticket, :created)",
      row.id, row.order_key, row.channel, row.workspace, row.send, row.sealed_callback,
      row.callback_expires_at, row.status, row.attempts, row.next_attempt_at, row.expires_at,
      row.message_id, row.ticket_id, row.created_at);
}

bool has_queued(Session& session, const std::string& order_key) {
  return !session
              .select<std::int64_t>(
                  "SELECT 1 FROM outbox WHERE order_key = :key AND status IN ('queued', 'sending') "
                  "AND status = 'queued' LIMIT 1",
                  order_key)
              .empty();
}

bool enqueue(Session& session, const OutboxRow& row, std::int64_t limit) {
  if (count_unsent(session, row.order_key) >= limit) return false;
  insert_row(session, row);
  return true;
}

std::vector<OutboxRow> claim_due(Session& session, std::int64_t now, std::int64_t limit,
                                 std::int64_t lease_ms, const std::string& channel) {
  auto rows = session.engine() == Engine::sqlite
                  ? claim_due_sqlite(session, now, limit, now + lease_ms, channel)
                  : claim_due_postgresql(session, now, limit, now + lease_ms, channel);
  for (OutboxRow& row : rows) --row.attempts;  // the statement has counted this one already
  std::sort(rows.begin(), rows.end(),
            [](const OutboxRow& a, const OutboxRow& b) { return a.id < b.id; });
  return rows;
}

// Each change asks for an unsent row: a worker that was too slow for its lease must not bring back
// what another has sent.
#define HANDRAIL_UNSENT " AND status IN ('queued', 'sending')"

void mark_sent(Session& session, const std::string& id, const std::string& remote_id,
               std::int64_t now) {
  session.execute(
      "UPDATE outbox SET status = 'sent', send = '', remote_id = :remote, sealed_callback = '', "
      "finished_at = :now "
      "WHERE id = :id" HANDRAIL_UNSENT,
      remote_id, now, id);
}

void retry_at(Session& session, const std::string& id, std::int64_t next_attempt_at,
              const std::string& error) {
  session.execute(
      "UPDATE outbox SET status = 'queued', next_attempt_at = :next, last_error = :error WHERE id "
      "= :id" HANDRAIL_UNSENT,
      next_attempt_at, error, id);
}

void mark_given_up(Session& session, const std::string& id, const std::string& because,
                   std::int64_t now) {
  session.execute(
      "UPDATE outbox SET status = 'given_up', last_error = :because, finished_at = :now WHERE id = "
      ":id" HANDRAIL_UNSENT,
      because, now, id);
}

void save_send(Session& session, const std::string& id, const std::string& send) {
  session.execute("UPDATE outbox SET send = :send WHERE id = :id" HANDRAIL_UNSENT, send, id);
}

void replace_send(Session& session, const std::string& id, const std::string& send,
                  const std::string& channel, const std::string& why, std::int64_t now) {
  session.execute(
      "UPDATE outbox SET send = :send, channel = :channel, last_error = :why, status = 'queued', "
      "next_attempt_at = :now "
      "WHERE id = :id" HANDRAIL_UNSENT,
      send, channel, why, now, id);
}

void forget_callback(Session& session, const OutboxRow& row) {
  session.execute("UPDATE outbox SET sealed_callback = '' WHERE id = :id" HANDRAIL_UNSENT, row.id);
  // One interaction may be answered in two conversations: where it was asked, and by direct message.
  session.execute(
      "UPDATE outbox SET sealed_callback = '' WHERE order_key IN (SELECT a.conversation_id FROM "
      "messages a JOIN messages b ON a.inbox_id = b.inbox_id WHERE b.id = :message AND a.inbox_id <> "
      "'' AND b.inbox_id <> '') AND callback_expires_at = :until" HANDRAIL_UNSENT,
      row.message_id, row.callback_expires_at);
}

void drop_unsent_behind(Session& session, const std::string& order_key, const std::string& id,
                        std::int64_t now) {
  session.execute(
      "UPDATE outbox SET status = 'sent', send = '', sealed_callback = '', last_error = "
      "'read_in_web_chat', finished_at = :now WHERE order_key = :key AND id > :id" HANDRAIL_UNSENT,
      now, order_key, id);
}

void release_leases(Session& session, std::int64_t now) {
  session.execute(
      "UPDATE outbox SET status = 'queued', next_attempt_at = :now, last_error = :why WHERE status = "
      "'sending'",
      now, kLeaseEnded);
}

void release(Session& session, const std::string& id, std::int64_t now) {
  session.execute("UPDATE outbox SET next_attempt_at = :now WHERE id = :id AND status = 'queued'",
                  now, id);
}

void mark_sent_inline(Session& session, const std::string& id, std::int64_t now) {
  session.execute(
      "UPDATE outbox SET status = 'sent', send = '', sealed_callback = '', finished_at = :now "
      "WHERE id = :id AND "
      "status = 'queued'",
      now, id);
}

bool requeue(Session& session, const std::string& id, std::int64_t now, std::int64_t expires_at) {
  return session.execute(
             "UPDATE outbox SET status = 'queued', next_attempt_at = :now, expires_at = :expires, "
             "attempts = 0, "
             "finished_at = 0 WHERE id = :id AND status = 'given_up'",
             now, expires_at, id) == 1;
}

std::vector<OutboxRow> list_given_up(Session& session, std::int64_t limit) {
  return rows_of(session,
                 "SELECT " HANDRAIL_OUTBOX_COLUMNS
                 " FROM outbox WHERE status = 'given_up' ORDER BY finished_at DESC LIMIT :limit",
                 limit);
}

OutboxCounts count_outbox(Session& session) {
  const auto queued = session.select<std::int64_t>(
      "SELECT COUNT(*) FROM outbox WHERE status IN ('queued', 'sending')");
  const auto given_up =
      session.select<std::int64_t>("SELECT COUNT(*) FROM outbox WHERE status = 'given_up'");
  return {std::get<0>(queued.front()), std::get<0>(given_up.front())};
}

std::int64_t next_due_at(Session& session, const std::string& channel) {
  const auto rows = session.select<std::int64_t>(
      "SELECT o.next_attempt_at FROM outbox o WHERE o.status IN ('queued', 'sending') AND (:any = '' "
      "OR o.channel = :channel) AND NOT EXISTS (SELECT 1 FROM outbox e "
      "WHERE e.order_key = o.order_key AND e.status IN ('queued', 'sending') AND e.id < o.id) "
      "ORDER BY o.next_attempt_at LIMIT 1",
      channel, channel);
  return rows.empty() ? 0 : std::get<0>(rows.front());
}

std::int64_t prune_outbox(Session& session, std::int64_t before, std::int64_t now) {
  session.execute(
      "UPDATE outbox SET sealed_callback = '' WHERE sealed_callback <> '' AND callback_expires_at "
      "<= :now",
      now);
  return session.execute(
      "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE id < :first AND status = 'sent' "
      "ORDER BY id LIMIT :limit)",
      base::first_id_at(before), kPrunedAtOnce);
}

}  // namespace handrail::storage
