#include "intents/clauses.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace handrail::intents {
namespace {

constexpr std::u32string_view kStops = U".,;!?\n\u060C\u061B\u061F\u3001\u3002\u0964\u2013\u2014";
// Shorter words that begin with a joined-on joiner are words of their own more often than not.
constexpr std::size_t kShortestAfterPrefix = 3;

}  // namespace

std::vector<Clause> split_clauses(const locales::FoldedText& folded, const Words& words) {
  std::u32string text = folded.text;
  std::replace(text.begin(), text.end(), U'\u2019', U'\'');
  const std::vector<locales::Word> tokens = locales::split_words(folded);
  std::set<std::size_t> ends;
  for (const locales::Word& token : tokens) ends.insert(token.end);
  const auto ends_word = [&](std::size_t at) { return ends.count(at) != 0; };

  std::vector<Clause> clauses(1);
  const auto begin_clause = [&](std::size_t at) {
    if (clauses.back().words > 0) clauses.emplace_back();
    clauses.back().begin = clauses.back().end = at;
  };
  std::size_t after = 0;
  for (const locales::Word& token : tokens) {
    if (token.begin < after) continue;  // inside a joiner of several words
    const bool stop =
        std::u32string_view(text).substr(after, token.begin - after).find_first_of(kStops) !=
        std::u32string_view::npos;
    if (stop) begin_clause(token.begin);
    after = token.end;
    if (const auto joiner = words.joiners.longest_at(text, token.begin, ends_word)) {
      after = joiner->end;
      begin_clause(joiner->end);
      continue;
    }
    std::size_t begin = token.begin;
    const auto glued = words.prefixes.longest_at(text, token.begin, [&](std::size_t end) {
      return end + kShortestAfterPrefix <= token.end;
    });
    if (glued) {
      begin = glued->end;
      begin_clause(begin);
    }
    Clause& clause = clauses.back();
    if (clause.words == 0) clause.begin = begin;
    clause.end = token.end;
    ++clause.words;
    clause.denied = clause.denied || words.denials.longest_at(text, begin, ends_word);
    clause.told = clause.told || words.told.longest_at(text, begin, ends_word);
  }
  if (clauses.back().words == 0 && clauses.size() > 1) clauses.pop_back();
  return clauses;
}

}  // namespace handrail::intents
