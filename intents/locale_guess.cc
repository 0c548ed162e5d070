#include "intents/locale_guess.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace handrail::intents {
namespace {

constexpr std::size_t kShortest = 1, kLongest = 4;
constexpr double kSmoothing = 0.3;
// N-grams of one word overlap, so the evidence is counted at a part of its face value. Chosen on
// the training phrases.
constexpr double kEvidence = 0.25;
constexpr std::uint64_t kFnvOffset = 1469598103934665603ULL, kFnvPrime = 1099511628211ULL;

template <typename Each>
void for_each_gram(const locales::FoldedText& text, Each each) {
  std::u32string padded;
  for (const locales::Word& word : locales::split_words(text)) {
    const char32_t first = text.text[word.begin];
    const bool says_nothing = (first >= U'0' && first <= U'9') ||
                              (first >= locales::kUrlMark && first <= locales::kEmojiMark);
    if (says_nothing) continue;
    padded.clear();
    padded += U' ';
    padded += text.text.substr(word.begin, word.end - word.begin);
    padded += U' ';
    for (std::size_t n = kShortest; n <= kLongest; ++n) {
      for (std::size_t i = 0; i + n <= padded.size(); ++i) {
        std::uint64_t hash = kFnvOffset ^ n;
        for (std::size_t k = i; k < i + n; ++k) hash = (hash ^ padded[k]) * kFnvPrime;
        each(hash);
      }
    }
  }
}

}  // namespace

void LocaleGuesser::learn(const std::vector<Example>& examples) {
  std::map<std::string, std::size_t> index;
  for (const Example& example : examples) index.emplace(example.locale, 0);
  locales_.clear();
  for (auto& [locale, number] : index) {
    number = locales_.size();
    locales_.push_back(locale);
  }
  std::vector<double> totals(locales_.size());
  for (const Example& example : examples) {
    const std::size_t locale = index[example.locale];
    for_each_gram(locales::fold(example.text), [&](std::uint64_t gram) {
      auto& counts = log_odds_[gram];
      if (counts.empty()) counts.resize(locales_.size());
      counts[locale] += 1;
      totals[locale] += 1;
    });
  }
  const double vocabulary = static_cast<double>(log_odds_.size());
  unseen_.clear();
  for (const double total : totals)
    unseen_.push_back(static_cast<float>(std::log(kSmoothing / (total + kSmoothing * vocabulary))));
  for (auto& [gram, values] : log_odds_) {
    for (std::size_t k = 0; k < values.size(); ++k) {
      values[k] = static_cast<float>(
          std::log((values[k] + kSmoothing) / (totals[k] + kSmoothing * vocabulary)));
    }
  }
}

LocaleGuess LocaleGuesser::guess(const locales::FoldedText& text) const {
  std::vector<double> sums(locales_.size());
  double known_grams = 0;
  double all_grams = 0;
  for_each_gram(text, [&](std::uint64_t gram) {
    ++all_grams;
    const auto known = log_odds_.find(gram);
    if (known == log_odds_.end()) return;  // unknown to all: says nothing about which
    ++known_grams;
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += known->second[k];
  });
  if (known_grams == 0) return {};
  const auto best =
      static_cast<std::size_t>(std::max_element(sums.begin(), sums.end()) - sums.begin());
  double rest = 0;
  for (std::size_t k = 0; k < sums.size(); ++k)
    rest += std::exp((sums[k] - sums[best]) * kEvidence);
  // Words of no language we know ("zxcvbnm") resemble one by accident: the less is known, the less
  // is claimed.
  return {locales_[best], known_grams / all_grams / rest};
}

}  // namespace handrail::intents
