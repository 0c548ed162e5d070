// The triage card of a ticket: what is known about the case, each fact with where it came from, and what the operator's
// policy says. Pure. A verdict is advice to the agent; only a person decides about money.
//
// JSON: {"facts":[{"name","value","source":{"kind":"message","message_id","begin","end"} | {"kind":"account","field"}}],
//        "policy":{"verdict":"eligible|needs_review|not_eligible","rule":"...","missing":["..."]}}
// Spans are [begin, end) in code points of the original message.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bot/accounts/facts.h"
#include "bot/config/config.h"
#include "intents/understanding.h"

namespace handrail::tickets {

struct SaidFacts {
  std::string message_id;
  std::vector<intents::Fact> facts;
};

// `account` empty: not linked, not found or not answering. `said` oldest first; a later message wins.
nlohmann::json make_triage(const std::string& kind, const std::vector<SaidFacts>& said,
                           const std::optional<accounts::AccountFacts>& account,
                           const std::vector<config::PolicyRule>& policy, std::int64_t now);

// The card after the person deleted or edited what they had said: `said` takes the place of all that was said before, the
// account's facts stay. Where a verdict rested on the words that changed, a person decides.
nlohmann::json said_anew(const nlohmann::json& triage, const std::vector<SaidFacts>& said);

// The policy used when the configuration names none.
const std::vector<config::PolicyRule>& default_refund_policy();

}  // namespace handrail::tickets
