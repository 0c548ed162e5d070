#include "intents/statements.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "intents/letters.h"

namespace handrail::intents {
namespace {

// Between the denial and the phrase: "not charged twice", "not been charged twice".
constexpr std::size_t kDenialReach = 3;  // words
constexpr std::u32string_view kAfterOpening = U" ,.:;\u060C\u3001\u3002-";

bool anywhere(std::size_t) { return true; }

// What happened to a charge is only stated where something is said about paying ("I used it
// twice").
bool needs_money(std::string_view name) { return name.rfind("charged_", 0) == 0; }

bool speaks_of_money(std::u32string_view text, const Languages& languages) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const Words* words : languages) {
      if (words->money.longest_at(text, at, anywhere)) return true;
    }
  }
  return false;
}

bool is_denied(std::u32string_view text, std::size_t at, const Languages& languages) {
  std::size_t begin = at;
  for (std::size_t reached = 0; reached < kDenialReach && begin > 0; ++reached) {
    std::size_t end = begin;
    while (end > 0 && text[end - 1] == U' ') --end;
    begin = end;
    while (begin > 0 && text[begin - 1] != U' ') --begin;
    for (const Words* words : languages) {
      const auto hit = words->denials.longest_at(
          text, begin, [&](std::size_t e) { return e <= at && is_edge(text, e); });
      if (hit) return true;
    }
  }
  return false;
}

bool ends_word(char32_t c) {
  return std::u32string_view(U" .,!?\u060C\u061F\u3001\u3002\u0964").find(c) !=
         std::u32string_view::npos;
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

std::vector<Fact> extract_statements(const locales::FoldedText& folded,
                                     const Languages& languages) {
  std::vector<Fact> facts;
  std::u32string text = folded.text;
  std::replace(text.begin(), text.end(), U'\u2019', U'\'');
  const bool money = speaks_of_money(text, languages);
  const auto is_known = [&](const char* name) {
    return std::any_of(facts.begin(), facts.end(),
                       [&](const Fact& fact) { return fact.name == name; });
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const Words* words : languages) {
      const auto hit = words->statements.longest_at(text, at, anywhere);
      if (!hit) continue;
      const char* name = kStatementNames[hit->value];
      if (is_known(name) || (needs_money(name) && !money)) continue;
      if (needs_money(name) && is_denied(text, at, languages)) continue;
      std::size_t end = hit->end;
      while (end < text.size() && !is_spaceless(text[end]) && !ends_word(text[end]))
        ++end;  // to the end of the last word
      facts.push_back(fact_at(folded, name, "true", at, end));
    }
  }
  for (const Words* words : languages) {
    const auto opening =
        words->corrections.longest_at(text, 0, [&](std::size_t end) { return is_edge(text, end); });
    if (!opening) continue;
    const std::size_t begin = text.find_first_not_of(kAfterOpening, opening->end);
    if (begin == std::u32string::npos) continue;
    facts.push_back(fact_at(folded, "correction",
                            locales::to_utf8(std::u32string_view(folded.text).substr(begin)), begin,
                            text.size()));
    break;
  }
  return facts;
}

}  // namespace handrail::intents
