// Saying something to a person: appends the message to the conversation and, for channels that are pushed to, renders it
// and queues the sends, all in the caller's transaction. The web chat reads its messages itself; it is only woken.
//
// Errors: Status of storage; Code::limited when kQueuedPerConversation is reached. Thread safe: no state.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/message.h"
#include "bot/base/result.h"
#include "bot/base/secret.h"
#include "bot/config/config.h"
#include "bot/storage/conversations.h"
#include "bot/storage/outbox.h"
#include "bot/storage/store.h"

namespace handrail::delivery {

struct Outgoing {
  adapters::Reply reply;  // `id` is filled in when empty
  std::string author = "bot";  // "bot" or "agent"
  std::string author_name;
  adapters::Audience audience = adapters::Audience::here;
  std::string inbox_id;   // what it answers; may be empty
  std::string ticket_id;  // may be empty
  std::string client_key;  // idempotency key of an agent's reply; may be empty
  // Answered in the HTTP response of an interaction if all goes well: the first send of this reply is held back for
  // kInlineRepairAfter and then sent by itself, unless `answered_inline` says that the response went out.
  enum class Inline { no, held } inline_answer = Inline::no;
};

// What edits or follows a response waits so long once it is released: the response itself is only being written.
inline constexpr std::int64_t kHeadStartMs = 50;

// How long a reply that goes out in an HTTP response waits before it is taken as lost and repaired.
inline constexpr std::int64_t kInlineRepairAfterMs = 5000;

struct Said {
  std::string message_id;
  std::int64_t seq = 0;              // of the message in its conversation
  std::string held_outbox_id;        // set when a send was held back
  adapters::Reply reply;             // with its id
  bool queued = false;               // rows wait for a worker that claims them
};

// What a reply becomes before anything is written: pure, so that it is made outside of the database's one writer.
struct Prepared {
  adapters::Reply reply;  // with its id
  std::string reply_json;  // without the text, which the message has in a column of its own
  std::vector<std::shared_ptr<const adapters::Send>> sends;  // shared with the worker that sends them
};
Prepared prepare(const Outgoing& outgoing, const std::string& channel, const adapters::Address& to,
                 const config::Config& config, std::int64_t now);

// Sends of one conversation, in order, whose rows are stored as leased by this process: a worker sends them without reading
// them again. What happens to a process that dies with it in hand: the leases end.
struct Parcel {
  std::vector<storage::OutboxRow> rows;
  std::vector<std::shared_ptr<const adapters::Send>> sends;
};
// Who takes parcels. Thread safe.
struct Courier {
  virtual ~Courier() = default;
  virtual bool has_room() const = 0;
  virtual void take(Parcel parcel) = 0;
};
inline constexpr std::int64_t kLeaseMs = 60'000;

// Stores the message and its sends. With a `parcel`, rows that nothing unsent precedes are put into it; the caller hands it
// to the courier once the transaction is durable.
base::Result<Said> put(storage::Session& session, const storage::Conversation& conversation, const Outgoing& outgoing,
                       const Prepared& prepared, const base::Vault& vault, std::int64_t now, Parcel* parcel);

// Prepares and puts. `to` is where the person wrote (with its callback, if any) or the conversation's own address for
// Audience::direct.
base::Result<Said> say(storage::Session& session, const storage::Conversation& conversation,
                       const adapters::Address& to, const Outgoing& outgoing, const config::Config& config,
                       const base::Vault& vault, std::int64_t now);

// Changes a message that was said, or takes it back (`reply.text` empty): ours, and the person's copy. Code::conflict when their
// copy cannot be changed (several messages, no longer known, or not sent yet); then nothing has changed.
base::Status correct(storage::Session& session, const storage::Message& message, const std::string& ticket_id,
                     const adapters::Reply& reply, const config::Config& config, std::int64_t now);

// A row's send as it was rendered. Rows without a callback hold no content: it is rendered again from the message.
adapters::Send restore(const storage::OutboxRow& row, const std::optional<storage::Message>& message,
                       const config::Config& config);
// Whether `restore` needs the row's message.
bool needs_message(const storage::OutboxRow& row);

// The HTTP response went out: the held send is done. Or it could not: send it now.
base::Status answered_inline(storage::Session& session, const std::string& held_outbox_id, std::int64_t now);
base::Status release_held(storage::Session& session, const std::string& held_outbox_id, std::int64_t now);

// What a message of ours said, as it was said.
adapters::Reply reply_of(const storage::Message& message);

// The address of a conversation as stored, for messages that nobody just wrote (an agent's reply).
adapters::Address address_of(const storage::Conversation& conversation);

}  // namespace handrail::delivery
