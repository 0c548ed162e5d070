// Keeps the agents' channel in step with the tickets: posts a card for each, changes it, opens its thread once somebody has the
// ticket, and copies there what is said to and by the person. Everything leaves by the outbox.
//
// In the caller's transaction. Errors: Status of storage; Code::conflict when another process has mirrored the same meanwhile:
// the caller rolls back, and nothing is posted twice. No state.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/message.h"
#include "bot/base/result.h"
#include "bot/config/config.h"
#include "bot/storage/team.h"

namespace handrail::team {

// The agents' channel on one platform.
struct TeamPlace {
  std::string channel;    // adapter: "slack", "discord"
  std::string workspace;  // Slack team; may be empty with one configured token
  std::string place_id;
};
// Platforms differ in what a thread is: replies to the card in Slack, a place of its own with the card's id in Discord.
bool thread_is_a_place(const TeamPlace& place);
// As configured: none, one or both.
std::vector<TeamPlace> team_places(const config::Config& config);

inline constexpr std::int64_t kCopiedAtOnce = 100;

// True when something was queued.
base::Result<bool> mirror(storage::Session& session, const config::Config& config, const TeamPlace& place,
                          const std::string& ticket_id, std::int64_t now);

// Posts a line into the ticket's thread, opening it where it is not open yet; without a posted card into the channel. The id of
// its outbox row.
std::string post_line(storage::Session& session, const config::Config& config, const TeamPlace& place, const storage::Ticket& ticket,
                      const adapters::Reply& reply, std::int64_t now);

}  // namespace handrail::team
