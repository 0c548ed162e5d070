#include "bot/tickets/policy.h"

#include <algorithm>

#include "bot/tickets/triage.h"

namespace handrail::tickets {
namespace {

enum class Answer { yes, no, unknown };

template <typename T>
Answer answer(const std::optional<T>& fact, bool holds) {
  return !fact ? Answer::unknown : holds ? Answer::yes : Answer::no;
}

Answer check(const std::string& name, const nlohmann::json& value, const PolicyFacts& facts) {
  const auto at_most = [&](const std::optional<std::int64_t>& fact) {
    return answer(fact, fact && value.is_number_integer() && *fact <= value.get<std::int64_t>());
  };
  const auto truth = [&](const std::optional<bool>& fact) {
    return answer(fact, fact && value.is_boolean() && *fact == value.get<bool>());
  };
  if (name == "days_since_charge_at_most") return at_most(facts.days_since_charge);
  if (name == "credits_used_at_most") return at_most(facts.credits_used);
  if (name == "charged_before_cancelling") return truth(facts.charged_before_cancelling);
  if (name == "cancelled") return truth(facts.cancelled);
  if (name == "charged_twice") return truth(facts.charged_twice);
  if (name == "status") return answer(facts.status, facts.status && value.is_string() && *facts.status == value.get<std::string>());
  return Answer::unknown;
}

std::string fact_behind(const std::string& condition) {
  if (condition == "days_since_charge_at_most") return "last_charge.at";
  if (condition == "credits_used_at_most") return "credits.used_since_last_charge";
  if (condition == "charged_before_cancelling") return "cancelled_at";
  if (condition == "cancelled") return "auto_renew";
  return condition;
}

}  // namespace

const std::vector<std::string>& policy_conditions() {
  static const std::vector<std::string> names = {"days_since_charge_at_most", "credits_used_at_most",
                                                 "charged_before_cancelling", "cancelled",
                                                 "status",                    "charged_twice"};
  return names;
}

const std::vector<config::PolicyRule>& default_refund_policy() {
  static const std::vector<config::PolicyRule> rules = {
      {"charged twice", "needs_review", {{"charged_twice", true}}},
      {"recent and unused", "eligible", {{"days_since_charge_at_most", 14}, {"credits_used_at_most", 0}}},
      {"recent but used", "needs_review", {{"days_since_charge_at_most", 14}}},
      {"older than 14 days", "not_eligible", nlohmann::json::object()}};
  return rules;
}

Verdict apply_policy(const std::vector<config::PolicyRule>& rules, const PolicyFacts& facts) {
  for (const config::PolicyRule& rule : rules) {
    bool holds = true;
    std::vector<std::string> missing;
    for (const auto& [name, value] : rule.when.items()) {
      const Answer result = check(name, value, facts);
      holds = holds && result != Answer::no;
      if (result == Answer::unknown) missing.push_back(fact_behind(name));
    }
    if (!holds) continue;
    // What a person has merely not said ("charged twice") does not hold a rule open; an account fact that is missing does.
    const bool only_unsaid = missing.size() == 1 && missing.front() == "charged_twice";
    if (only_unsaid) continue;
    if (!missing.empty()) return {"needs_review", rule.name, missing};
    return {rule.verdict, rule.name, {}};
  }
  return {"needs_review", "no rule applies", {}};
}

}  // namespace handrail::tickets
