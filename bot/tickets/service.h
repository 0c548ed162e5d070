// What agents and the API do with tickets: claim, reply, resolve, reopen. Each is one transaction on the caller's session:
// the ticket, its history, the owner of the conversation, the message and its sends change together or not at all.
//
// States: open -> claimed -> waiting (the agent wrote last) -> resolved; what the person writes turns waiting into claimed, and
// reopens what was resolved within Config::reopen_within.
// Any agent's message takes ownership of the conversation: then the bot is silent until the ticket is resolved.
// Errors: not_found, conflict (e.g. claimed by someone else), invalid (names the field). Thread safe: no state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bot/base/result.h"
#include "bot/base/secret.h"
#include "bot/config/config.h"
#include "bot/storage/conversations.h"
#include "bot/storage/store.h"
#include "bot/storage/tickets.h"
#include "locales/catalog.h"

namespace handrail::tickets {

// Who acts: an agent of the desk, or the API key ("api").
struct Actor {
  std::string agent_id;  // empty: the API
  std::string name;      // shown to people and in the history
};

struct Desk {
  const config::Config& config;
  const base::Vault& vault;
  const locales::Catalogs& catalogs;
};

inline constexpr std::size_t kAgentReplyCharacters = 4000;

base::Result<storage::Ticket> claim(storage::Session& session, const Desk& desk, const std::string& ticket_id,
                                    const Actor& actor, std::int64_t now);

struct AgentReply {
  std::string client_message_id;  // idempotency key, 1 to 100 characters; the same one again does nothing more
  std::string text;
  // The last message that the agent has seen of the conversation; empty: not said. Where the person or another agent has written
  // since, nothing is sent and it is a conflict of "seen_message_id": nobody answers unaware.
  std::string seen_message_id;
  // Another agent has the ticket and this one knows: it is taken over.
  bool takes_over = false;
};
struct Replied {
  storage::Ticket ticket;
  std::string conversation_id;
  std::string message_id;
  bool repeated = false;
};
base::Result<Replied> reply(storage::Session& session, const Desk& desk, const std::string& ticket_id,
                            const Actor& actor, const AgentReply& reply, std::int64_t now);

// `outcome`: "answered", or for a refund "approved" / "denied": a recorded decision of a person. Tells the person that the
// case is closed and that they can write again; the bot owns the conversation afterwards. The same decision again is no news;
// another one is a conflict, or its agent would believe it to be on record.
base::Result<storage::Ticket> resolve(storage::Session& session, const Desk& desk, const std::string& ticket_id,
                                      const Actor& actor, const std::string& outcome, std::int64_t now);
base::Result<storage::Ticket> reopen(storage::Session& session, const Desk& desk, const std::string& ticket_id,
                                     const Actor& actor, std::int64_t now);

// The ticket rests until a time: later than now, at most kLongestSnooze from it. It wakes when the time comes, when the person
// writes, or when an agent does anything with it.
inline constexpr std::int64_t kLongestSnoozeMs = std::int64_t{90} * 24 * 60 * 60 * 1000;
base::Result<storage::Ticket> snooze(storage::Session& session, const Desk& desk, const std::string& ticket_id,
                                     const Actor& actor, std::int64_t until, std::int64_t now);
// Wakes it because its time has come. Nothing happens to one that does not rest, or rests longer.
base::Result<storage::Ticket> wake(storage::Session& session, const std::string& ticket_id, std::int64_t now);

// Another agent has the ticket from now on: one of the desk who is not disabled, by name.
base::Result<storage::Ticket> transfer(storage::Session& session, const Desk& desk, const std::string& ticket_id,
                                       const Actor& actor, const std::string& agent_name, std::int64_t now);

// "30m", "2h", "3d", "1w" in milliseconds; nothing for anything else, and for nought.
std::optional<std::int64_t> parse_span(std::string_view text);

// An agent corrects or takes back what they wrote; `text` empty: taken back. The person's copy follows where the platform
// lets us (it must still be known, and be one message); otherwise it is a conflict and nothing changes.
base::Status correct_reply(storage::Session& session, const Desk& desk, const storage::Ticket& ticket, const Actor& actor,
                           const std::string& message_id, const std::string& text, std::int64_t now);

// What a message of the person was about, as the agent says: confirms or corrects what the bot understood. Kept for
// `handrail learn`, which teaches nothing without a person. Of an unresolved or resolved ticket.
struct IntentLabel {
  std::string message_id;  // empty: the last message of the person before the ticket opened
  std::string intent;      // one of `known`
};
struct Labelled {
  storage::Ticket ticket;
  std::string message_id;
  std::string understood;  // what the bot took it for; empty: nothing
};
base::Result<Labelled> label_intent(storage::Session& session, const std::string& ticket_id, const Actor& actor,
                                    const IntentLabel& label, const std::vector<std::string>& known, std::int64_t now);

// The same because the person wrote again soon after: the bot tells them in its own answer. Only for an open place: the caller
// knows that the person has no other unresolved ticket of this kind.
base::Result<storage::Ticket> reopen_for_person(storage::Session& session, const std::string& ticket_id, std::int64_t now);

// The person wrote in a conversation that has tickets: waiting becomes claimed. True when the bot must stay silent, because
// an agent owns the conversation.
base::Result<bool> person_wrote(storage::Session& session, const Desk& desk, const storage::Conversation& conversation,
                                std::int64_t now);

// A ticket as JSON in the shape of design section 7.
nlohmann::json to_json(const storage::Ticket& ticket);

}  // namespace handrail::tickets
