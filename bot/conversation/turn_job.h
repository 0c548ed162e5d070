// A turn on its way through the engine: what was read for it (Snapshot), what it would do (Plan), and what one transaction
// did (Written). Planning is pure and slow (words, pictures, JSON), so it is done beside the database's one writer; the writer
// only compares the snapshot with what it finds and stores. When an agent or another process came in between, the turn is
// planned again inside the transaction, so that what is written always follows from what is there.
//
// Not for other rooms. Not thread safe: a job belongs to the thread that decides it.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/message.h"
#include "bot/config/config.h"
#include "bot/conversation/content.h"
#include "bot/conversation/turn.h"
#include "bot/delivery/outgoing.h"
#include "bot/storage/conversations.h"
#include "bot/storage/inbox.h"
#include "bot/storage/people.h"
#include "bot/storage/tickets.h"

namespace handrail::conversation {

// What one message was answered, for the HTTP response that waits for it.
struct Decided {
  std::vector<adapters::Reply> replies;  // those for the place where the person wrote
  std::string held_outbox_id;            // the first reply's send, held back while the response goes out
  bool person_only = false;
};

struct TurnJob {
  struct Part {
    storage::InboxRow row;
    adapters::InboundMessage message;
  };
  std::vector<Part> parts;  // one interaction, or all queued texts
  // False: the rows are not in the inbox yet; the transaction that decides accepts them too.
  bool accepted = true;
  std::int64_t now = 0;
  std::shared_ptr<const Loaded> content;
  Said said;
  intents::Understanding understanding;
  std::vector<std::vector<intents::Fact>> facts_of_parts;
  AccountView account;
  std::string link_token;
  bool too_fast = false;

  const adapters::InboundMessage& last() const { return parts.back().message; }
  const std::string& key() const { return parts.front().row.conversation_key; }
};

// What the database says about the person and the place.
struct Snapshot {
  std::optional<storage::Identity> identity;
  std::optional<storage::Conversation> conversation;
  std::vector<storage::Ticket> tickets;  // of this person, newest first
  std::string account_id;                // of a linked identity; empty: none
  std::int64_t next_ticket_number = 1;
};
Snapshot read_snapshot(storage::Session& session, const adapters::InboundMessage& message, const std::string& key);

struct PlannedAnswer {
  bool goes_direct = false;  // by DM, while the person wrote elsewhere
  delivery::Outgoing outgoing;
  delivery::Prepared prepared;
};
struct Plan {
  Snapshot basis;
  bool silent = false;  // an agent owns the conversation
  State state_after;
  std::vector<Effect> effects;
  std::vector<PlannedAnswer> answers;
  std::string trace_id;
  std::string trace;  // JSON
};
Plan make_plan(const TurnJob& job, Snapshot snapshot, const config::Config& config);
// Whether the plan would be the same on `found`.
bool still_holds(const Plan& plan, const Snapshot& found);

nlohmann::json facts_json(const std::vector<intents::Fact>& facts);
std::vector<intents::Fact> facts_from(const std::string& json);

}  // namespace handrail::conversation
