// The agents' side of a transcript: what they do with tickets, and looking at the tickets that there are.
#pragma once

#include <string>
#include <vector>

#include "bot/base/result.h"
#include "bot/storage/store.h"
#include "bot/storage/tickets.h"
#include "bot/tickets/service.h"

namespace handrail::conversation::transcripts {

std::vector<storage::Ticket> all_tickets(storage::Store& store);  // newest first

// `texts` as in Move: who, what, and the words or the outcome. Acts on the newest ticket that is not resolved, else the newest.
base::Status let_agent_act(storage::Store& store, const tickets::Desk& desk, const std::vector<std::string>& texts,
                           std::int64_t now);

// What is wrong with "ticket KIND STATE [name=value...]", or "".
std::string check_ticket(const std::vector<std::string>& words, const std::vector<storage::Ticket>& all);

}  // namespace handrail::conversation::transcripts
