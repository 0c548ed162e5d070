// What agents do in their channel: press the buttons of a card, and write, correct and take back in its thread. Each is one
// transaction with the ticket it changes; what is wrong is said in the thread, so nothing is lost silently.
//
// In the caller's transaction, which may run twice: results are returned, nothing is kept. Errors: Status of storage.
#pragma once

#include <cstdint>
#include <string>

#include "adapters/message.h"
#include "bot/base/result.h"
#include "bot/storage/team.h"
#include "bot/team/mirror.h"
#include "bot/tickets/service.h"

namespace handrail::team {

// Nobody reads and answers within this time: what stood in the thread for less when an agent wrote is taken as unseen.
inline constexpr std::int64_t kGlanceMs = 2'000;
// How far back the thread is looked through for what an agent may not have seen.
inline constexpr std::int64_t kUnseenSearched = 20;

// What was touched, for whoever has to be woken.
struct Touched {
  std::string ticket_id;
  std::string conversation_id;
};

// True when the message is for this room: a button of a card, or something in the thread of one.
bool is_for_team(storage::Session& session, const TeamPlace& place, const adapters::InboundMessage& message);

base::Result<Touched> take(storage::Session& session, const tickets::Desk& desk, const TeamPlace& place,
                           const adapters::InboundMessage& message, std::int64_t now);

}  // namespace handrail::team
