// Which language is a short message in? Handrail's guesser beside CLD2 on the shipped expectations: locale_cld2 INTENTS
//
// fa-Latn is left out of the questions, as CLD2 does not know it, but Handrail may still answer it, wrongly. CLD2 knows the
// other languages in their own script only: Hindi, Arabic or Russian in Latin letters is counted apart. Handrail chooses among
// the languages it has learnt, from phrases of the same kind; CLD2 learnt many more from web pages. So it is asked for its best
// effort, which is meant for short text, and the first of its three answers that Handrail knows counts.
#include <cld2/public/compact_lang_det.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "intents/locale_guess.h"
#include "intents/phrase_files.h"

namespace {

using namespace handrail;
using Clock = std::chrono::steady_clock;
constexpr const char* kUnknownToCld2 = "fa-Latn";
constexpr char32_t kLastLatin = 0x24F;
const std::set<std::string> kNotLatin = {"ar", "fa", "hi", "ja", "ru", "zh"};

// A language of another script, written in Latin letters throughout.
bool is_romanised(const std::string& locale, const locales::FoldedText& text) {
  if (kNotLatin.count(locale) == 0) return false;
  bool latin = false;
  for (const locales::Word& word : locales::split_words(text)) {
    const char32_t first = text.text[word.begin];
    if (first >= locales::kUrlMark && first <= locales::kEmojiMark) continue;
    if (first > kLastLatin) return false;
    if (first > U'9') latin = true;
  }
  return latin;
}

std::string ask_cld2(const std::string& text, const std::set<std::string>& known) {
  CLD2::Language languages[3];
  int percents[3];
  double scores[3];
  int text_bytes = 0;
  bool reliable = false;
  CLD2::ExtDetectLanguageSummary(text.data(), static_cast<int>(text.size()), true, nullptr, CLD2::kCLDFlagBestEffort,
                                 languages, percents, scores, nullptr, &text_bytes, &reliable);
  for (const CLD2::Language language : languages) {
    const std::string code = CLD2::LanguageCode(language);
    const std::string locale = code == "zh-Hant" ? "zh" : code;
    if (known.count(locale) != 0) return locale;
  }
  return "";
}

struct Count {
  int handrail = 0, cld2 = 0, all = 0;
};

void print(const std::string& name, const Count& count) {
  std::printf("  %-11s %8.1f %% %8.1f %%   of %d\n", name.c_str(), 100.0 * count.handrail / count.all,
              100.0 * count.cld2 / count.all, count.all);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: locale_cld2 INTENTS\n";
    return 2;
  }
  locales::Problems problems;
  const intents::Dataset data = intents::load_dataset(argv[1], problems);
  for (const auto& problem : problems) std::cerr << locales::to_text(problem) << "\n";
  if (data.examples.empty()) return 1;
  intents::LocaleGuesser guesser;
  guesser.learn(data.examples);

  std::set<std::string> known;
  for (const intents::Example& example : data.examples) known.insert(example.locale);
  std::map<std::string, Count> counts;
  Count own_script, romanised, total;
  std::chrono::duration<double, std::micro> handrail_time{0}, cld2_time{0};
  for (const intents::Example& example : data.expectations) {
    if (example.locale == kUnknownToCld2) continue;
    const auto started = Clock::now();
    const locales::FoldedText folded = locales::fold(example.text);
    const bool handrail_right = guesser.guess(folded).locale == example.locale;
    const auto between = Clock::now();
    const bool cld2_right = ask_cld2(example.text, known) == example.locale;
    cld2_time += Clock::now() - between;
    handrail_time += between - started;
    std::vector<Count*> cells = {&total, &romanised};
    if (!is_romanised(example.locale, folded)) cells = {&total, &own_script, &counts[example.locale]};
    for (Count* count : cells) {
      ++count->all;
      count->handrail += handrail_right ? 1 : 0;
      count->cld2 += cld2_right ? 1 : 0;
    }
  }
  std::printf("right languages of messages\n                Handrail       CLD2\n");
  for (const auto& [locale, count] : counts) print(locale, count);
  print("own script", own_script);
  print("romanised", romanised);
  print("all", total);
  std::printf("  microseconds a message: Handrail %.1f, CLD2 %.1f\n", handrail_time.count() / total.all,
              cld2_time.count() / total.all);
  return 0;
}
