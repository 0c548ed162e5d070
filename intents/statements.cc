#include "intents/statements.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace handrail::intents {
namespace {

// Substrings that state something, in text without apostrophes. Each is a stem: endings may follow.
struct Statement {
  const char* fact;
  const char* words;
};
constexpr Statement kStatements[] = {{"unused_credits", "none of the credit"},
                                     {"unused_credits", "none of my credit"},
                                     {"unused_credits", "none of them"},
                                     {"unused_credits", "havent used"},
                                     {"unused_credits", "have not used"},
                                     {"unused_credits", "didnt use"},
                                     {"unused_credits", "did not use"},
                                     {"unused_credits", "never used"},
                                     {"unused_credits", "not used"},
                                     {"unused_credits", "unused"},
                                     {"unused_credits", "untouched"},
                                     {"unused_credits", "havent touched"},
                                     {"unused_credits", "have not touched"},
                                     {"unused_credits", "havent spent"},
                                     {"unused_credits", "not a single credit"},
                                     {"unused_credits", "without using"},
                                     {"unused_credits", "zero credits used"},
                                     {"unused_credits", "havent even used"},
                                     {"unused_credits", "havent used any"},
                                     {"unused_credits", "used none"},
                                     {"unused_credits", "used zero"},
                                     {"unused_credits", "استفاده نکرد"},
                                     {"unused_credits", "استفاده ای نکرد"},
                                     {"unused_credits", "استفاده نشده"},
                                     {"unused_credits", "استفاده نشد"},
                                     {"unused_credits", "دست نخورده"},
                                     {"unused_credits", "دست نزد"},
                                     {"unused_credits", "مصرف نکرد"},
                                     {"unused_credits", "خرج نکرد"},
                                     {"unused_credits", "estefade nakard"},
                                     {"unused_credits", "estefadeh nakard"},
                                     {"unused_credits", "estefade ei nakard"},
                                     {"unused_credits", "masraf nakard"},
                                     {"unused_credits", "dast nazad"},
                                     {"unused_credits", "dast nakhord"},
                                     {"charged_before_cancelling", "before i cancel"},
                                     {"charged_before_cancelling", "before i could cancel"},
                                     {"charged_before_cancelling", "before cancel"},
                                     {"charged_before_cancelling", "before i got to cancel"},
                                     {"charged_before_cancelling", "before i managed to cancel"},
                                     {"charged_before_cancelling", "قبل از لغو"},
                                     {"charged_before_cancelling", "قبل از کنسل"},
                                     {"charged_before_cancelling", "قبل از اینکه لغو"},
                                     {"charged_before_cancelling", "قبل از اینکه کنسل"},
                                     {"charged_before_cancelling", "پیش از لغو"},
                                     {"charged_before_cancelling", "ghabl az laghv"},
                                     {"charged_before_cancelling", "ghabl az cancel"},
                                     {"charged_before_cancelling", "ghabl az kansel"},
                                     {"charged_before_cancelling", "ghable laghv"},
                                     {"charged_after_cancelling", "after i cancel"},
                                     {"charged_after_cancelling", "after cancel"},
                                     {"charged_after_cancelling", "after i had cancel"},
                                     {"charged_after_cancelling", "even though i cancel"},
                                     {"charged_after_cancelling", "even though i had cancel"},
                                     {"charged_after_cancelling", "although i cancel"},
                                     {"charged_after_cancelling", "although i had cancel"},
                                     {"charged_after_cancelling", "already cancel"},
                                     {"charged_after_cancelling", "بعد از لغو"},
                                     {"charged_after_cancelling", "بعد از کنسل"},
                                     {"charged_after_cancelling", "پس از لغو"},
                                     {"charged_after_cancelling", "bad az laghv"},
                                     {"charged_after_cancelling", "bad az cancel"},
                                     {"charged_after_cancelling", "baad az laghv"},
                                     {"charged_after_cancelling", "bade laghv"},
                                     {"charged_twice", "twice"},
                                     {"charged_twice", "double charge"},
                                     {"charged_twice", "double bill"},
                                     {"charged_twice", "two charges"},
                                     {"charged_twice", "two times"},
                                     {"charged_twice", "دوبار"},
                                     {"charged_twice", "دو بار"},
                                     {"charged_twice", "do bar "},
                                     {"charged_twice", "dobar"},
                                     {"by_mistake", "by mistake"},
                                     {"by_mistake", "by accident"},
                                     {"by_mistake", "accidental"},
                                     {"by_mistake", "mistakenly"},
                                     {"by_mistake", "اشتباهی"},
                                     {"by_mistake", "به اشتباه"},
                                     {"by_mistake", "eshtebahi"},
                                     {"by_mistake", "was a mistake"},
                                     {"by_mistake", "be eshtebah"}};

// Openings of a correction; what follows is what was meant.
constexpr const char* kCorrections[] = {
    "no i meant ",           "no, i meant ",  "i meant ",     "sorry, i meant ",
    "sorry i meant ",        "no, i mean ",   "no i mean ",   "what i meant was ",
    "نه منظورم این بود که ", "نه، منظورم ",   "نه منظورم ",   "منظورم این بود که ",
    "منظورم اینه که ",       "na manzooram ", "na manzuram ", "na, manzooram ",
    "manzooram in bood ke ", "manzooram "};

// Twice what? Without a word about money "twice" counts something else ("I used it twice").
constexpr std::array<std::u32string_view, 23> kMoneyWords{
    U"charg", U"bill",   U"paid", U"pay",  U"took",  U"taken", U"money", U"deduct",
    U"debit", U"refund", U"pool", U"kam ", U"sharj", U"hesab", U"پول",   U"کم ",
    U"برداش", U"پرداخت", U"شارژ", U"کسر",  U"واریز", U"مبلغ",  U"card"};
// Stands right before a phrase that is denied.
constexpr std::array<std::u32string_view, 5> kDenials{U"not ", U"isnt ", U"wasnt ", U"arent ",
                                                      U"never "};
// Between the denial and the phrase: "not charged twice", "not been charged twice".
constexpr std::size_t kDenialReach = 2;  // words

bool speaks_of_money(std::u32string_view text) {
  return std::any_of(kMoneyWords.begin(), kMoneyWords.end(), [&](std::u32string_view word) {
    return text.find(word) != std::u32string_view::npos;
  });
}

bool is_denied(std::u32string_view before) {
  std::size_t from = before.size();
  for (std::size_t words = 0; words <= kDenialReach && from > 0; ++words) {
    const std::size_t space = from < 2 ? std::u32string_view::npos : before.rfind(U' ', from - 2);
    const std::size_t begin = space == std::u32string_view::npos ? 0 : space + 1;
    const std::u32string_view word = before.substr(begin, from - begin);
    if (std::find(kDenials.begin(), kDenials.end(), word) != kDenials.end()) return true;
    from = begin;
  }
  return false;
}

bool ends_word(char32_t c) {
  return std::u32string_view(U" .,!?،؟").find(c) != std::u32string_view::npos;
}

// `begin` and `end` are in code points of the folded text.
Fact fact_at(const locales::FoldedText& folded, const char* name, std::string value,
             std::size_t begin, std::size_t end) {
  Fact fact;
  fact.name = name;
  fact.value = std::move(value);
  fact.begin = folded.origin[begin];
  fact.end = folded.origin[end - 1] + std::size_t{1};
  return fact;
}

}  // namespace

std::vector<Fact> extract_statements(const locales::FoldedText& folded) {
  std::vector<Fact> facts;
  std::u32string bare;
  std::vector<std::size_t> at;
  for (std::size_t i = 0; i < folded.text.size(); ++i) {
    if (folded.text[i] == U'\'' || folded.text[i] == U'’' || folded.text[i] == U'`') continue;
    bare += folded.text[i];
    at.push_back(i);
  }
  const bool money = speaks_of_money(bare);
  for (const Statement& statement : kStatements) {
    const std::string_view name = statement.fact;
    const bool known = std::any_of(facts.begin(), facts.end(),
                                   [&](const Fact& fact) { return fact.name == name; });
    if (known || (name == "charged_twice" && !money)) continue;
    const std::u32string words = locales::to_utf32(statement.words);
    const std::size_t found = bare.find(words);
    if (found == std::u32string::npos) continue;
    if (name == "charged_twice" && is_denied(std::u32string_view(bare).substr(0, found))) continue;
    std::size_t end = found + words.size();
    while (end < bare.size() && !ends_word(bare[end])) ++end;  // to the end of the last word
    facts.push_back(fact_at(folded, statement.fact, "true", at[found], at[end - 1] + 1));
  }
  const std::string text = locales::to_utf8(folded.text);
  for (const char* opening : kCorrections) {
    const std::string_view words = opening;
    if (text.compare(0, words.size(), words) != 0 || text.size() == words.size()) continue;
    facts.push_back(fact_at(folded, "correction", text.substr(words.size()),
                            locales::count_code_points(words), folded.text.size()));
    break;
  }
  return facts;
}

}  // namespace handrail::intents
