// What one message means: the decision, the scores behind it, and the facts it states. Plain
// values.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace handrail::intents {

inline constexpr const char* kOutOfScope = "out_of_scope";

enum class Decision { answer, did_you_mean, out_of_scope };

struct ScoredIntent {
  std::string name;
  double confidence = 0;  // calibrated probability, 0 to 1
};

// Something stated in the text. Names: amount (value: minor units in decimal, unit: ISO 4217), date
// (value: YYYY-MM-DD), order_id, ticket_number, email, last4, unused_credits,
// charged_before_cancelling, charged_after_cancelling, charged_twice, by_mistake (value: "true"),
// correction (value: what was meant instead).
struct Fact {
  std::string name;
  std::string value;
  std::string unit;
  std::size_t begin = 0;  // [begin, end) in code points of the original text
  std::size_t end = 0;
};

struct Understanding {
  std::string locale;  // "fa-Latn" for romanised Persian; empty: no idea
  double locale_confidence = 0;
  std::string intent;  // the decision: an intent's name or "out_of_scope"
  double confidence = 0;
  Decision decision = Decision::out_of_scope;
  std::vector<ScoredIntent> intents;  // those to be answered first, then the rest, best first
  std::size_t answer_count = 0;       // how many at the front are to be answered: 0, 1 or 2
  std::vector<Fact> facts;
};

}  // namespace handrail::intents
