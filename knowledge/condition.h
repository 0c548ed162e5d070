// The small condition language of guide.json, over account facts:
//   {"fact": "auto_renew", "is": false}        equal to a text, number or truth value
//   {"fact": "status", "in": ["active", "trialing"]}
//   {"known": "next_billing_at"}               the fact is there
//   {"all": [...]}  {"any": [...]}  {"not": ...}
// Three-valued (Kleene): a condition over an unknown fact is unknown, and only what is certainly
// true shows a text or ticks a step. An absent condition is true. Pure and thread safe.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "knowledge/facts.h"

namespace handrail::knowledge {

enum class Truth { no, unknown, yes };

class Condition {
 public:
  // What is wrong is added to `errors` ("unknown fact: plann"); the condition is then unknown,
  // which never shows or ticks anything, not even under a "not".
  static Condition parse(const nlohmann::json& json, std::vector<std::string>& errors);
  static Condition always();

  Truth evaluate(const Facts& facts) const;
  bool holds(const Facts& facts) const { return evaluate(facts) == Truth::yes; }

 private:
  enum class Kind { always, broken, known, equals, all, any, negation };
  Kind kind_ = Kind::always;
  std::string fact_;
  std::vector<nlohmann::json> values_;
  std::vector<Condition> parts_;
};

}  // namespace handrail::knowledge
