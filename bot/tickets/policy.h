// The operator's refund policy: rules in order, the first whose conditions are all certainly true decides. A condition that
// cannot be answered, because a fact is missing, makes the verdict "needs_review" and names what is missing: the policy
// never decides against a person for what nobody knows.
//
// Conditions of a rule ("when"), all of which must hold:
//   "days_since_charge_at_most": 14      whole days since the last charge
//   "credits_used_at_most": 0            since the last charge
//   "charged_before_cancelling": true    the charge came before the cancellation
//   "cancelled": true                    renewal is off
//   "status": "past_due"                 account status
//   "charged_twice": true                stated by the person
// Pure; thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/accounts/facts.h"
#include "bot/config/config.h"

namespace handrail::tickets {

struct PolicyFacts {
  std::optional<std::int64_t> days_since_charge;
  std::optional<std::int64_t> credits_used;
  std::optional<bool> charged_before_cancelling;
  std::optional<bool> cancelled;
  std::optional<std::string> status;
  std::optional<bool> charged_twice;
};

struct Verdict {
  std::string verdict;  // eligible, needs_review, not_eligible
  std::string rule;
  std::vector<std::string> missing;
};
Verdict apply_policy(const std::vector<config::PolicyRule>& rules, const PolicyFacts& facts);

// Names that a "when" may use; configuration is checked against them.
const std::vector<std::string>& policy_conditions();

}  // namespace handrail::tickets
