// ARRAY(...) runs the locking SELECT exactly once; as IN (...) the planner may run it again and
// take more than the limit.
#include "bot/storage/outbox_rows.h"

namespace handrail::storage {

std::vector<OutboxRow> claim_due_postgresql(Session& session, std::int64_t now, std::int64_t limit,
                                            std::int64_t lease_until, const std::string& channel) {
  return rows_of(session,
                 "UPDATE outbox SET last_error = CASE status WHEN 'sending' THEN 'lease_ended' "
                 "ELSE last_error END, status = 'sending', attempts = attempts + 1, next_attempt_at = "
                 ":lease WHERE id = ANY (ARRAY("
                 "SELECT o.id FROM outbox o WHERE o.status IN ('queued', 'sending') AND "
                 "o.next_attempt_at <= :now AND (:any = '' OR o.channel = :channel) AND NOT EXISTS "
                 "(SELECT 1 FROM outbox e WHERE e.order_key = o.order_key AND e.status IN "
                 "('queued', 'sending') AND e.id < o.id) "
                 "ORDER BY o.next_attempt_at, o.id LIMIT :limit FOR UPDATE SKIP LOCKED)) "
                 "RETURNING " HANDRAIL_OUTBOX_COLUMNS,
                 lease_until, now, channel, channel, limit);
}

}  // namespace handrail::storage
