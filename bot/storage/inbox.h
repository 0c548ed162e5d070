// The inbox: every message a platform delivered, accepted once. Only after `accept` is durable may
// the platform be told 2xx.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/storage/session.h"

namespace handrail::storage {

struct InboxRow {
  std::string id;  // base::new_id(received_at)
  std::string event_key;
  std::string post_key;  // '' or a key that several deliveries of one post share
  std::string conversation_key;
  bool mentioned = false;
  bool interactive = false;
  std::string payload;  // JSON
  std::string sealed_callback;
  std::int64_t callback_expires_at = 0;
  std::string status = "pending";
  std::string because;
  std::string answer;
  std::int64_t received_at = 0;
};

enum class Accepted {
  fresh,      // stored: decide it
  duplicate,  // known: do nothing more, `row` tells what was answered
  upgraded,   // the mention of a post whose plain copy we had ignored: decide it now
  full        // the conversation has too many undecided messages
};
struct AcceptResult {
  Accepted outcome = Accepted::fresh;
  InboxRow row;  // as stored
  std::int64_t waiting = 0;  // undecided messages of the conversation before this one
};

// `limit`: undecided messages a conversation may have. A row may come as 'done' when it is decided in the same transaction;
// then it must not overtake others: `waiting` of the result says how many of its conversation are undecided.
AcceptResult accept(Session& session, const InboxRow& row, std::int64_t limit);

std::optional<InboxRow> get_inbox(Session& session, const std::string& id);
// Undecided messages of one conversation, in order.
std::vector<InboxRow> pending_of(Session& session, const std::string& conversation_key,
                                 std::int64_t limit);
// Keys of conversations with undecided messages: what a restart has to take up.
std::vector<std::string> pending_conversations(Session& session, std::int64_t limit);
std::int64_t count_pending(Session& session);
// True when it was still undecided: the decision is made exactly once.
bool mark_done(Session& session, const std::string& id, const std::string& answer,
               std::int64_t now);
// Also forgets what it said: those who did not speak to us are not recorded.
void mark_ignored(Session& session, const std::string& id, const std::string& because,
                  std::int64_t now);
// Forgets decided messages received before `before` (how many: at most kPrunedAtOnce), and
// callbacks that have expired.
std::int64_t prune_inbox(Session& session, std::int64_t before, std::int64_t now);

}  // namespace handrail::storage
