// What the product knows about an account (design section 5). Every field may be missing: missing
// means unknown, and unknown is never taken for a value. Money is in minor units with a currency,
// times are UTC milliseconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bot/base/result.h"
#include "bot/base/rfc3339.h"

namespace handrail::accounts {

struct Charge {
  std::optional<std::string> id;
  std::optional<std::int64_t> amount_minor;
  std::optional<std::string> currency;  // ISO 4217
  std::optional<std::int64_t> at;
};

struct AccountIdentity {
  std::string channel;
  std::string workspace;
  std::string user;
};

struct AccountFacts {
  std::string id;
  std::optional<std::string> plan;
  std::optional<std::string> status;  // active, trialing, past_due, canceled, free
  std::optional<bool> auto_renew;
  std::optional<std::int64_t> next_billing_at;
  std::optional<std::int64_t> current_period_end;
  std::optional<std::int64_t> cancelled_at;
  std::optional<Charge> last_charge;
  std::optional<std::int64_t> credits_balance;
  std::optional<std::int64_t> credits_used_since_last_charge;
  std::optional<bool> free_credits_eligible;
  std::optional<std::int64_t> free_credits_last_granted_at;
  std::optional<std::int64_t> free_credits_next_grant_at;
  std::optional<std::string> free_credits_blocked_reason;  // device_limit, region, unverified, none
  std::optional<std::string> region;
  std::optional<std::string> locale;
  std::vector<AccountIdentity> identities;
};

// The JSON of design section 7. Unknown keys are ignored; a wrong type or value is Code::invalid
// with the field's path.
base::Result<AccountFacts> facts_from_json(const nlohmann::json& json);
nlohmann::json to_json(const AccountFacts& facts);

using base::from_rfc3339;
using base::to_rfc3339;

}  // namespace handrail::accounts
