// Which of the known languages is a short text written in? Character n-grams with naive Bayes,
// learned from the same phrase files as the intents, so that romanised Persian ("fa-Latn") is a
// language like the others.
//
// Immutable after `learn`; safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "intents/phrase_files.h"
#include "locales/text.h"

namespace handrail::intents {

struct LocaleGuess {
  std::string locale;     // empty when there is nothing to go by
  double confidence = 0;  // of the best against the second
};

class LocaleGuesser {
 public:
  void learn(const std::vector<Example>& examples);
  LocaleGuess guess(const locales::FoldedText& text) const;

 private:
  std::vector<std::string> locales_;
  std::unordered_map<std::uint64_t, std::vector<float>>
      log_odds_;  // n-gram -> one value per locale
  std::vector<float> unseen_;
};

}  // namespace handrail::intents
