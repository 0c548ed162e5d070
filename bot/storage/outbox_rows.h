// Inside the storage room: how an outbox row is read, and the one verb whose SQL differs between
// the engines.
#pragma once

#include <tuple>
#include <vector>

#include "bot/storage/outbox.h"

namespace handrail::storage {

#define HANDRAIL_OUTBOX_COLUMNS                                                             \
  "id, order_key, channel, workspace, send, sealed_callback, callback_expires_at, status, " \
  "attempts, next_attempt_at, "                                                             \
  "expires_at, last_error, message_id, ticket_id, created_at"

template <typename... Values>
std::vector<OutboxRow> rows_of(Session& session, const char* query, const Values&... values) {
  std::vector<OutboxRow> rows;
  for (const auto& row :
       session.select<std::string, std::string, std::string, std::string, std::string, std::string,
                      std::int64_t, std::string, std::int64_t, std::int64_t, std::int64_t,
                      std::string, std::string, std::string, std::int64_t>(query, values...)) {
    OutboxRow result;
    std::tie(result.id, result.order_key, result.channel, result.workspace, result.send,
             result.sealed_callback, result.callback_expires_at, result.status, result.attempts,
             result.next_attempt_at, result.expires_at, result.last_error, result.message_id,
             result.ticket_id, result.created_at) = row;
    rows.push_back(std::move(result));
  }
  return rows;
}

// Takes due rows that are first in their conversation. SQLite has one writer at a time
// (outbox_claim.sqlite.cc); PostgreSQL may have several processes, which pass over rows that
// another is just taking (outbox_claim.postgresql.cc).
std::vector<OutboxRow> claim_due_sqlite(Session& session, std::int64_t now, std::int64_t limit,
                                        std::int64_t lease_until, const std::string& channel);
std::vector<OutboxRow> claim_due_postgresql(Session& session, std::int64_t now, std::int64_t limit,
                                            std::int64_t lease_until, const std::string& channel);

}  // namespace handrail::storage
