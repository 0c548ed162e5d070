// Which of the known languages is a short text written in? Character n-grams with naive Bayes,
// learned from the same phrase files as the intents, so that romanised Persian ("fa-Latn") is a
// language like the others.
//
// Immutable after `learn`; safe from any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "intents/archive.h"
#include "intents/key_table.h"
#include "intents/phrase_files.h"
#include "locales/text.h"

namespace handrail::intents {

struct LocaleGuess {
  std::string locale;     // empty when there is nothing to go by
  double confidence = 0;  // of the best against the second
};

struct LocaleShare {
  std::string locale;
  double share = 0;
};

class LocaleGuesser {
 public:
  void learn(const std::vector<Example>& examples);
  LocaleGuess guess(const locales::FoldedText& text) const;
  // How likely each language is, likeliest first; their sum is 1. Empty when there is nothing to go
  // by.
  std::vector<LocaleShare> shares(const locales::FoldedText& text) const;

  void save(ArchiveWriter& archive) const;
  void load(ArchiveReader& archive);

 private:
  struct Evidence {
    std::vector<LocaleShare> shares;
    double known = 0;  // share of the n-grams that some language has
  };
  Evidence weigh(const locales::FoldedText& text) const;

  std::vector<std::string> locales_;
  KeyTable grams_;
  std::vector<float> log_odds_;  // [n-gram][locale]
};

}  // namespace handrail::intents
