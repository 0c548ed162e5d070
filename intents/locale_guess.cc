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
// Words that several languages share ("hi", "ok", "cancel") are English first. A log-odds.
constexpr const char* kCommonLocale = "en";
constexpr double kCommonPrior = 0.5;
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
  const std::size_t width = locales_.size();
  std::vector<double> totals(width);
  grams_ = KeyTable();
  log_odds_.clear();
  for (const Example& example : examples) {
    const std::size_t locale = index[example.locale];
    for_each_gram(locales::fold(example.text), [&](std::uint64_t gram) {
      const std::size_t row = grams_.insert(gram) * width;
      if (row == log_odds_.size()) log_odds_.resize(row + width);
      log_odds_[row + locale] += 1;
      totals[locale] += 1;
    });
  }
  const auto vocabulary = static_cast<double>(grams_.size());
  for (std::size_t i = 0; i < log_odds_.size(); ++i) {
    log_odds_[i] = static_cast<float>(
        std::log((log_odds_[i] + kSmoothing) / (totals[i % width] + kSmoothing * vocabulary)));
  }
}

void LocaleGuesser::save(ArchiveWriter& archive) const {
  archive.value(static_cast<std::uint64_t>(locales_.size()));
  for (const std::string& locale : locales_) archive.text(locale);
  grams_.save(archive);
  archive.list(log_odds_);
}

void LocaleGuesser::load(ArchiveReader& archive) {
  locales_.clear();
  const auto count = archive.value<std::uint64_t>();
  for (std::uint64_t k = 0; k < count && archive.ok(); ++k) locales_.push_back(archive.text());
  grams_.load(archive);
  log_odds_ = archive.list<float>();
  if (log_odds_.size() != grams_.size() * locales_.size()) archive.fail();
}

LocaleGuesser::Evidence LocaleGuesser::weigh(const locales::FoldedText& text) const {
  std::vector<double> sums(locales_.size());
  double known_grams = 0;
  double all_grams = 0;
  for_each_gram(text, [&](std::uint64_t gram) {
    ++all_grams;
    const std::uint32_t number = grams_.find(gram);
    if (number == KeyTable::kAbsent) return;  // unknown to all: says nothing about which
    ++known_grams;
    const float* row = log_odds_.data() + number * sums.size();
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += row[k];
  });
  if (known_grams == 0) return {};
  for (std::size_t k = 0; k < sums.size(); ++k) {
    if (locales_[k] == kCommonLocale) sums[k] += kCommonPrior / kEvidence;
  }
  const double best = *std::max_element(sums.begin(), sums.end());
  double rest = 0;
  for (const double sum : sums) rest += std::exp((sum - best) * kEvidence);
  Evidence evidence;
  evidence.known = known_grams / all_grams;
  for (std::size_t k = 0; k < sums.size(); ++k) {
    evidence.shares.push_back({locales_[k], std::exp((sums[k] - best) * kEvidence) / rest});
  }
  std::stable_sort(evidence.shares.begin(), evidence.shares.end(),
                   [](const LocaleShare& a, const LocaleShare& b) { return a.share > b.share; });
  return evidence;
}

LocaleGuess LocaleGuesser::guess(const locales::FoldedText& text) const {
  const Evidence evidence = weigh(text);
  if (evidence.shares.empty()) return {};
  // Words of no language we know ("zxcvbnm") resemble one by accident: the less is known, the less
  // is claimed.
  return {evidence.shares.front().locale, evidence.known * evidence.shares.front().share};
}

std::vector<LocaleShare> LocaleGuesser::shares(const locales::FoldedText& text) const {
  return weigh(text).shares;
}

}  // namespace handrail::intents
