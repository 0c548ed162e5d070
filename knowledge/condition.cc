#include "knowledge/condition.h"

#include <algorithm>

namespace handrail::knowledge {
namespace {

bool equals(const FactValue& fact, const nlohmann::json& value) {
  if (const auto* truth = std::get_if<bool>(&fact))
    return value.is_boolean() && value.get<bool>() == *truth;
  if (const auto* number = std::get_if<std::int64_t>(&fact))
    return value.is_number_integer() && value.get<std::int64_t>() == *number;
  if (const auto* text = std::get_if<std::string>(&fact))
    return value.is_string() && value.get<std::string>() == *text;
  return false;
}

}  // namespace

const std::set<std::string>& fact_vocabulary() {
  static const std::set<std::string> names = {"plan",
                                              "status",
                                              "auto_renew",
                                              "next_billing_at",
                                              "current_period_end",
                                              "cancelled_at",
                                              "last_charge.amount",
                                              "last_charge.at",
                                              "credits.balance",
                                              "credits.used_since_last_charge",
                                              "free_credits.eligible",
                                              "free_credits.last_granted_at",
                                              "free_credits.next_grant_at",
                                              "free_credits.blocked_reason",
                                              "region",
                                              "linked",
                                              "private",
                                              "available"};
  return names;
}

Condition Condition::always() { return {}; }

Condition Condition::parse(const nlohmann::json& json, std::vector<std::string>& errors) {
  Condition condition;
  if (json.is_null()) return condition;
  condition.kind_ = Kind::broken;
  if (!json.is_object() || json.empty()) {
    errors.emplace_back("a condition must be an object with fact, known, all, any or not");
    return condition;
  }
  const auto name_fact = [&](const nlohmann::json& name) {
    condition.fact_ = name.is_string() ? name.get<std::string>() : "";
    const bool known = fact_vocabulary().count(condition.fact_) != 0;
    if (!known) errors.push_back("unknown fact in a condition: " + name.dump());
    return known;
  };
  if (json.contains("fact")) {
    const bool known = name_fact(json["fact"]);
    if (json.contains("is")) condition.values_ = {json["is"]};
    if (json.contains("in") && json["in"].is_array())
      condition.values_.assign(json["in"].begin(), json["in"].end());
    if (condition.values_.empty())
      errors.emplace_back("a condition on a fact needs \"is\" or \"in\"");
    if (known && !condition.values_.empty()) condition.kind_ = Kind::equals;
  } else if (json.contains("known")) {
    if (name_fact(json["known"])) condition.kind_ = Kind::known;
  } else if (json.contains("not")) {
    condition.parts_.push_back(parse(json["not"], errors));
    condition.kind_ = Kind::negation;
  } else if (json.contains("all") || json.contains("any")) {
    const bool all = json.contains("all");
    const auto& parts = all ? json["all"] : json["any"];
    if (!parts.is_array() || parts.empty()) {
      errors.emplace_back("\"all\" and \"any\" need a list of conditions");
      return condition;
    }
    for (const auto& part : parts) condition.parts_.push_back(parse(part, errors));
    condition.kind_ = all ? Kind::all : Kind::any;
  } else {
    errors.push_back("unknown condition: " + json.dump());
  }
  return condition;
}

Truth Condition::evaluate(const Facts& facts) const {
  switch (kind_) {
    case Kind::always:
      return Truth::yes;
    case Kind::broken:
      return Truth::unknown;  // "no" would come true under a "not"
    case Kind::known:
      return facts.count(fact_) != 0 ? Truth::yes : Truth::no;
    case Kind::equals: {
      const auto fact = facts.find(fact_);
      if (fact == facts.end()) return Truth::unknown;
      return std::any_of(values_.begin(), values_.end(),
                         [&](const auto& value) { return equals(fact->second, value); })
                 ? Truth::yes
                 : Truth::no;
    }
    case Kind::negation: {
      const Truth inner = parts_.front().evaluate(facts);
      return inner == Truth::unknown ? inner : inner == Truth::yes ? Truth::no : Truth::yes;
    }
    case Kind::all: {
      Truth result = Truth::yes;
      for (const Condition& part : parts_) result = std::min(result, part.evaluate(facts));
      return result;
    }
    case Kind::any: {
      Truth result = Truth::no;
      for (const Condition& part : parts_) result = std::max(result, part.evaluate(facts));
      return result;
    }
  }
  return Truth::no;
}

}  // namespace handrail::knowledge
