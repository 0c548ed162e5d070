// Saying something to a person: appends the message to the conversation and, for channels that are pushed to, renders it
// and queues the sends, all in the caller's transaction. The web chat reads its messages itself; it is only woken.
//
// Errors: Status of storage; Code::limited when kQueuedPerConversation is reached. Thread safe: no state.
#pragma once

#include <cstdint>
#include <string>

#include "adapters/message.h"
#include "bot/base/result.h"
#include "bot/base/secret.h"
#include "bot/config/config.h"
#include "bot/storage/conversations.h"
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

// How long a reply that goes out in an HTTP response waits before it is taken as lost and repaired.
inline constexpr std::int64_t kInlineRepairAfterMs = 5000;

struct Said {
  std::string message_id;
  std::int64_t seq = 0;              // of the message in its conversation
  std::string held_outbox_id;        // set when a send was held back
  adapters::Reply reply;             // with its id
};

// `to` is where the person wrote (with its callback, if any) or the conversation's own address for Audience::direct.
base::Result<Said> say(storage::Session& session, const storage::Conversation& conversation,
                       const adapters::Address& to, const Outgoing& outgoing, const config::Config& config,
                       const base::Vault& vault, std::int64_t now);

// The HTTP response went out: the held send is done. Or it could not: send it now.
base::Status answered_inline(storage::Session& session, const std::string& held_outbox_id, std::int64_t now);
base::Status release_held(storage::Session& session, const std::string& held_outbox_id, std::int64_t now);

// The address of a conversation as stored, for messages that nobody just wrote (an agent's reply).
adapters::Address address_of(const storage::Conversation& conversation);

}  // namespace handrail::delivery
