// The words of a language that the detector and the facts look for by name: those that join or deny
// clauses, currencies, days, months, set phrases that decide a refund. Data, one file a language:
// intents/<locale>.words.json.
//
// Entries are folded like messages. A pattern is words with {slots}; a space in it stands for any
// white space or none. Loading reports every mistake; a language without a file has no such words.
// Immutable afterwards, safe from any thread.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "locales/problem.h"

namespace handrail::intents {

// Phrases by their first letter, each with a number that says which it is.
class PhraseTable {
 public:
  struct Hit {
    std::size_t end = 0;  // behind the phrase
    int value = 0;
  };

  void add(const std::string& phrase, int value);
  bool empty() const { return by_first_.empty(); }
  // The longest phrase that begins at `at` and ends where `may_end(end)` is true.
  template <typename MayEnd>
  std::optional<Hit> longest_at(std::u32string_view text, std::size_t at, MayEnd may_end) const {
    if (at >= text.size()) return std::nullopt;
    const auto found = by_first_.find(text[at]);
    if (found == by_first_.end()) return std::nullopt;
    for (const auto& [phrase, value] : found->second) {
      const bool is_there = text.compare(at, phrase.size(), phrase) == 0;
      if (is_there && may_end(at + phrase.size())) return Hit{at + phrase.size(), value};
    }
    return std::nullopt;
  }

 private:
  std::unordered_map<char32_t, std::vector<std::pair<std::u32string, int>>>
      by_first_;  // longest first
};

enum class Slot { words, number, unit, weekday, day, month, year };
struct PatternPart {
  Slot slot = Slot::words;
  std::u32string words;  // of Slot::words
};
using Pattern = std::vector<PatternPart>;

// What a message may state in set phrases; a statement's number is its place here.
inline constexpr const char* kStatementNames[] = {"unused_credits", "charged_before_cancelling",
                                                  "charged_after_cancelling", "charged_twice",
                                                  "by_mistake"};
// A currency's number: its three letters, one a byte. A toman is ten rials and has no code of ISO
// 4217.
inline constexpr int kToman = -1;
int currency_number(const std::string& code);
std::string currency_code(int number);

inline constexpr int kMonthUnit =
    0;  // a unit's number: its days; a month has no fixed number of days

struct Words {
  PhraseTable joiners;      // part a message into clauses
  PhraseTable prefixes;     // joiners written together with the next word, such as the Arabic waw
  PhraseTable denials;      // a clause with one of these denies what it names
  PhraseTable told;         // a clause with one of these tells how it came about
  PhraseTable money;        // stems: what is said has to do with paying
  PhraseTable corrections;  // openings; what follows is what was meant
  PhraseTable statements;   // stems
  PhraseTable currencies, thousands;
  PhraseTable days;  // how many days ago
  PhraseTable units, numbers, weekdays, months, persian_months;
  PhraseTable tickets, orders, number_words, card_ends;
  std::vector<Pattern> ago, last_weekday, dates;
  PhraseTable coming;       // stems: a day beside one of these is still to come ("renews on 12 April")
  bool month_first = false;  // 3/14/2026
};

class WordBook {
 public:
  // Reads every <locale>.words.json of intents/.
  void load(const std::string& folder, locales::Problems& problems);
  // Empty words for a language without a file.
  const Words& of(const std::string& locale) const;

 private:
  std::map<std::string, Words> words_;
};

}  // namespace handrail::intents
