// What the shipped detector makes of all expectations, beyond right and wrong: how honest its confidence is, and whether the facts
// that it takes are stated there.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include "intents/detector.h"

namespace handrail::intents {
namespace {

constexpr double kCalibrationError = 0.05;
constexpr double kFactPrecision = 0.98;
constexpr std::size_t kBins = 10;
constexpr std::int64_t kNow = 1'795'430'000'000;  // Monday, 2026-11-23
const std::string kReviewed = std::string(HANDRAIL_SOURCE_DIR) + "/tests/intents/reviewed_facts.tsv";

const Dataset& data() {
  static const Dataset loaded = [] {
    locales::Problems problems;
    return load_dataset(std::string(HANDRAIL_SOURCE_DIR) + "/intents", problems);
  }();
  return loaded;
}

Understanding understand(const std::string& text) {
  static const std::unique_ptr<Detector> trained = Detector::train(data());
  Context context;
  context.now = kNow;
  return trained->understand(text, context);
}

// The best intent's confidence against how often it is right, in ten bins of equal width (expected calibration error).
TEST(Expectations, ConfidenceIsHonestInEveryLanguage) {
  struct Bin {
    double right = 0, sum = 0;
  };
  std::map<std::string, std::array<Bin, kBins>> bins;
  std::map<std::string, double> counts;
  for (const Example& example : data().expectations) {
    if (data().scopes.at(example.intent) == "guide") continue;
    const Understanding u = understand(example.text);
    const auto best = std::max_element(u.intents.begin(), u.intents.end(),
                                       [](const auto& a, const auto& b) { return a.confidence < b.confidence; });
    if (best == u.intents.end()) continue;
    const auto place = std::min(kBins - 1, static_cast<std::size_t>(best->confidence * kBins));
    Bin& bin = bins[example.locale][place];
    bin.right += best->name == example.intent ? 1 : 0;
    bin.sum += best->confidence;
    counts[example.locale] += 1;
  }
  for (const auto& [locale, row] : bins) {
    double error = 0;
    for (const Bin& bin : row) error += std::abs(bin.right - bin.sum);
    error /= counts[locale];
    std::cout << locale << "  calibration error " << error << "\n";
    EXPECT_LT(error, kCalibrationError) << locale;
  }
}

// Every fact found in an expectation has been read by a person, who marked the wrong ones: "locale<TAB>mark<TAB>fact<TAB>text".
// HANDRAIL_UPDATE_FACTS=1 writes the file anew, with "?" where nobody has read yet; such a line counts as wrong until somebody has.
TEST(Expectations, FactsAreStatedThere) {
  std::map<std::string, std::string> marks;
  std::ifstream stream(kReviewed);
  for (std::string line; std::getline(stream, line);) {
    const std::size_t tab = line.find('\t');
    const std::size_t second = line.find('\t', tab + 1);
    if (second == std::string::npos) continue;
    marks[line.substr(0, tab) + line.substr(second)] = line.substr(tab + 1, second - tab - 1);
  }
  std::set<std::string> lines;
  std::map<std::string, std::pair<int, int>> counts;  // language -> found, wrong
  for (const Example& example : data().expectations) {
    for (const Fact& fact : understand(example.text).facts) {
      const std::string what =
          "\t" + fact.name + "=" + fact.value + (fact.unit.empty() ? "" : " " + fact.unit) + "\t" + example.text;
      const auto mark = marks.find(example.locale + what);
      const std::string shown = mark == marks.end() ? "?" : mark->second;
      lines.insert(example.locale + "\t" + shown + what);
      ++counts[example.locale].first;
      if (shown != "ok") ++counts[example.locale].second;
    }
  }
  if (std::getenv("HANDRAIL_UPDATE_FACTS") != nullptr) {
    std::ofstream file(kReviewed);
    for (const std::string& line : lines) file << line << "\n";
  }
  int found = 0;
  int wrong = 0;
  for (const auto& [locale, count] : counts) {
    std::cout << locale << "  facts " << count.first << ", wrong or unread " << count.second << "\n";
    found += count.first;
    wrong += count.second;
  }
  std::cout << "precision " << 1 - double(wrong) / found << " of " << found << "\n";
  EXPECT_GE(1 - double(wrong) / found, kFactPrecision);
}

}  // namespace
}  // namespace handrail::intents
