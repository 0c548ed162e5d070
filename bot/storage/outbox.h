// The outbox: what is still to be sent, in order within a conversation. A row leaves it sent or
// given up, never silently. Order is the order of ids: give each row a base::new_id() made in the
// transaction that enqueues it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/storage/session.h"

namespace handrail::storage {

struct OutboxRow {
  std::string id;
  std::string order_key;
  std::string channel;
  std::string workspace;
  std::string send;  // JSON of adapters::Send; '' once sent: what was said is in the messages
  std::string sealed_callback;
  std::int64_t callback_expires_at = 0;
  std::string status = "queued";
  std::int64_t attempts = 0;         // made before the one that was just claimed
  std::int64_t next_attempt_at = 0;  // or, while a worker has it, when its lease ends
  std::int64_t expires_at = 0;
  std::string last_error;
  std::string message_id;
  std::string ticket_id;
  std::int64_t created_at = 0;
};

// `last_error` of a row that a worker had in hand when it died: nobody knows whether it was sent.
inline constexpr const char* kLeaseEnded = "lease_ended";

// How many rows of the conversation are not sent yet.
std::int64_t count_unsent(Session& session, const std::string& order_key);
// Stores the row as it is: 'queued', or 'sending' when the caller has it in hand and leased until next_attempt_at.
void insert_row(Session& session, const OutboxRow& row);
// True when a row of the conversation waits for one before it.
bool has_queued(Session& session, const std::string& order_key);
// False when the conversation has `limit` unsent rows already.
bool enqueue(Session& session, const OutboxRow& row, std::int64_t limit);
// Takes rows that are due and first in their conversation, and leases them: a worker that dies
// gives them back by time.
// `channel` empty: of every channel.
std::vector<OutboxRow> claim_due(Session& session, std::int64_t now, std::int64_t limit,
                                 std::int64_t lease_ms, const std::string& channel = "");
void mark_sent(Session& session, const std::string& id, const std::string& remote_id,
               std::int64_t now);
void retry_at(Session& session, const std::string& id, std::int64_t next_attempt_at,
              const std::string& error);
void mark_given_up(Session& session, const std::string& id, const std::string& because,
                   std::int64_t now);
// Stores what earlier calls of the send taught, or replaces it by its next rung, still leased.
void save_send(Session& session, const std::string& id, const std::string& send);
void replace_send(Session& session, const std::string& id, const std::string& send,
                  const std::string& channel, const std::string& why, std::int64_t now);
// The right to answer an interaction is gone before its time: nothing is tried with it again, by no
// row that answers the same message.
void forget_callback(Session& session, const OutboxRow& row);
// Unsent rows after `id` in the same conversation are done, those in a parcel too: the person reads
// them in the web chat instead.
void drop_unsent_behind(Session& session, const std::string& order_key, const std::string& id,
                        std::int64_t now);
// Gives back every lease: for the start of the only server of a database (SQLite), whose predecessor died while sending.
void release_leases(Session& session, std::int64_t now);
// A held row becomes due at once (release) when nobody else has taken it.
void release(Session& session, const std::string& id, std::int64_t now);
// A held row whose content went out in an HTTP response.
void mark_sent_inline(Session& session, const std::string& id, std::int64_t now);
// A person sends a given-up row again. False when there is no such row.
bool requeue(Session& session, const std::string& id, std::int64_t now, std::int64_t expires_at);
std::vector<OutboxRow> list_given_up(Session& session, std::int64_t limit);
struct OutboxCounts {
  std::int64_t queued = 0;
  std::int64_t given_up = 0;
};
OutboxCounts count_outbox(Session& session);
// When claim_due may next find something (a retry, a lease that ends); 0: nothing is waiting.
std::int64_t next_due_at(Session& session, const std::string& channel = "");
// Forgets rows made before `before` and sent (how many: at most kPrunedAtOnce), and callbacks that
// have expired.
std::int64_t prune_outbox(Session& session, std::int64_t before, std::int64_t now);

}  // namespace handrail::storage
