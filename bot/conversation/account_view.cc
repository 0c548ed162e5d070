#include "bot/conversation/parts.h"

namespace handrail::conversation {
namespace {

template <typename T>
void put(knowledge::Facts& facts, const char* name, const std::optional<T>& value) {
  if (value) facts[name] = *value;
}

void put_date(knowledge::Facts& facts, const char* name, const std::optional<std::int64_t>& at) {
  if (at) facts[name] = locales::Date{*at};
}

}  // namespace

knowledge::Facts facts_for(const Turn& turn, Reader reader) {
  knowledge::Facts facts;
  const bool may_tell = reader == Reader::person_only;
  facts["private"] = may_tell;
  facts["linked"] = turn.around.linked;
  facts["available"] = turn.account.access != AccountAccess::unavailable;
  if (!may_tell || turn.account.access != AccountAccess::found) return facts;

  const accounts::AccountFacts& account = turn.account.facts;
  put(facts, "plan", account.plan);
  put(facts, "status", account.status);
  put(facts, "auto_renew", account.auto_renew);
  put_date(facts, "next_billing_at", account.next_billing_at);
  put_date(facts, "current_period_end", account.current_period_end);
  put_date(facts, "cancelled_at", account.cancelled_at);
  if (account.last_charge) {
    put_date(facts, "last_charge.at", account.last_charge->at);
    if (account.last_charge->amount_minor && account.last_charge->currency) {
      facts["last_charge.amount"] =
          locales::Money{*account.last_charge->amount_minor, *account.last_charge->currency};
    }
  }
  put(facts, "credits.balance", account.credits_balance);
  put(facts, "credits.used_since_last_charge", account.credits_used_since_last_charge);
  put(facts, "free_credits.eligible", account.free_credits_eligible);
  put_date(facts, "free_credits.last_granted_at", account.free_credits_last_granted_at);
  put_date(facts, "free_credits.next_grant_at", account.free_credits_next_grant_at);
  put(facts, "free_credits.blocked_reason", account.free_credits_blocked_reason);
  put(facts, "region", account.region);
  return facts;
}

}  // namespace handrail::conversation
