// `handrail evaluate`: trains a fresh model on any labelled set and measures it as the literature
// does (design section 8). In-scope accuracy counts rejected rows as wrong; MCC is HINT3's summary
// over all rows. Pure but for reading the clock of the caller (seconds per step come from
// std::chrono::steady_clock).
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "intents/evaluation_report.h"
#include "intents/phrase_files.h"

namespace handrail::intents {

struct EvaluationSets {
  std::vector<Example> train, test, oos_train, oos_test, validation, oos_validation;
};

// `judged`, when given, receives every test row with what became of it.
nlohmann::json evaluate(const EvaluationSets& sets, std::vector<Judged>* judged = nullptr);

}  // namespace handrail::intents
