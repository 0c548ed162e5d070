#include "bot/tickets/triage.h"

#include <algorithm>
#include <string_view>

#include "bot/tickets/policy.h"

namespace handrail::tickets {
namespace {

using nlohmann::json;

constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;

json from_account(const std::string& field) { return {{"kind", "account"}, {"field", field}}; }

// The card's facts, each name once: what the account says stands first, what the person says beside it under "said_".
class Card {
 public:
  void account(const char* name, const json& value, const std::string& field) {
    if (!value.is_null()) facts_.push_back({{"name", name}, {"value", value}, {"source", from_account(field)}});
  }
  void said(const intents::Fact& fact, const std::string& message_id) {
    json value = fact.value == "true" ? json(true) : json(fact.value);
    if (fact.name == "amount") value = {{"amount_minor", std::stoll(fact.value)}, {"currency", fact.unit}};
    json entry = {{"name", "said_" + fact.name},
                  {"value", value},
                  {"source", {{"kind", "message"}, {"message_id", message_id}, {"begin", fact.begin}, {"end", fact.end}}}};
    for (json& known : facts_) {
      if (known["name"] == entry["name"]) {
        known = entry;  // a later message corrects an earlier one
        return;
      }
    }
    facts_.push_back(std::move(entry));
  }
  void said(const std::vector<SaidFacts>& messages) {
    for (const SaidFacts& message : messages) {
      for (const intents::Fact& fact : message.facts) {
        if (fact.name != "correction") said(fact, message.message_id);
      }
    }
  }
  void keep(const json& fact) { facts_.push_back(fact); }
  json take() { return std::move(facts_); }

 private:
  json facts_ = json::array();
};

template <typename T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json time_or_null(const std::optional<std::int64_t>& at) { return at ? json(accounts::to_rfc3339(*at)) : json(nullptr); }

void add_account(Card& card, const accounts::AccountFacts& account) {
  card.account("account_id", account.id, "id");
  card.account("plan", or_null(account.plan), "plan");
  card.account("status", or_null(account.status), "status");
  card.account("auto_renew", or_null(account.auto_renew), "auto_renew");
  if (account.last_charge) {
    card.account("charge_id", or_null(account.last_charge->id), "last_charge.id");
    card.account("charge_date", time_or_null(account.last_charge->at), "last_charge.at");
    if (account.last_charge->amount_minor && account.last_charge->currency) {
      card.account("amount", {{"amount_minor", *account.last_charge->amount_minor}, {"currency", *account.last_charge->currency}},
                   "last_charge");
    }
  }
  card.account("cancel_date", time_or_null(account.cancelled_at), "cancelled_at");
  card.account("next_billing_at", time_or_null(account.next_billing_at), "next_billing_at");
  card.account("current_period_end", time_or_null(account.current_period_end), "current_period_end");
  card.account("credits_balance", or_null(account.credits_balance), "credits.balance");
  card.account("credits_used_since_last_charge", or_null(account.credits_used_since_last_charge), "credits.used_since_last_charge");
  if (account.credits_used_since_last_charge) {
    card.account("unused_credits", *account.credits_used_since_last_charge == 0, "credits.used_since_last_charge");
  }
  card.account("free_credits_eligible", or_null(account.free_credits_eligible), "free_credits.eligible");
  card.account("free_credits_blocked_reason", or_null(account.free_credits_blocked_reason), "free_credits.blocked_reason");
  card.account("region", or_null(account.region), "region");
}

// The only thing said that a verdict may rest on; the rest comes from the account.
constexpr std::string_view kDecidingWord = "charged_twice";

bool is_said(const SaidFacts& message) {
  return std::any_of(message.facts.begin(), message.facts.end(), [](const intents::Fact& fact) { return fact.name == kDecidingWord; });
}

PolicyFacts policy_facts(const std::optional<accounts::AccountFacts>& account, const std::vector<SaidFacts>& said,
                         std::int64_t now) {
  PolicyFacts facts;
  if (std::any_of(said.begin(), said.end(), is_said)) facts.charged_twice = true;
  if (!account) return facts;
  facts.credits_used = account->credits_used_since_last_charge;
  facts.status = account->status;
  if (account->auto_renew) facts.cancelled = !*account->auto_renew;
  const auto charged_at = account->last_charge ? account->last_charge->at : std::nullopt;
  if (charged_at) facts.days_since_charge = (now - *charged_at) / kDayMs;
  if (charged_at && account->cancelled_at) facts.charged_before_cancelling = *charged_at <= *account->cancelled_at;
  return facts;
}

}  // namespace

json make_triage(const std::string& kind, const std::vector<SaidFacts>& said,
                 const std::optional<accounts::AccountFacts>& account, const std::vector<config::PolicyRule>& policy,
                 std::int64_t now) {
  Card card;
  if (account) add_account(card, *account);
  card.said(said);
  json triage = {{"facts", card.take()}};
  if (kind == "refund") {
    const Verdict verdict = apply_policy(policy.empty() ? default_refund_policy() : policy, policy_facts(account, said, now));
    triage["policy"] = {{"verdict", verdict.verdict}, {"rule", verdict.rule}, {"missing", verdict.missing}};
  } else {
    triage["policy"] = {{"verdict", "needs_review"}, {"rule", "a person decides"}, {"missing", json::array()}};
  }
  return triage;
}

json said_anew(const json& triage, const std::vector<SaidFacts>& said) {
  Card card;
  bool was_said = false;
  if (triage.contains("facts") && triage["facts"].is_array()) {
    for (const json& fact : triage["facts"]) {
      const bool from_account = fact.is_object() && fact.value("source", json::object()).value("kind", "") == "account";
      if (from_account) card.keep(fact);
      was_said = was_said || (fact.is_object() && fact.value("name", "") == "said_" + std::string(kDecidingWord));
    }
  }
  card.said(said);
  json changed = triage.is_object() ? triage : json::object();
  changed["facts"] = card.take();
  if (was_said != std::any_of(said.begin(), said.end(), is_said)) {
    changed["policy"] = {{"verdict", "needs_review"}, {"rule", "the person has changed what they wrote"}, {"missing", json::array()}};
  }
  return changed;
}

}  // namespace handrail::tickets
