// A message in clauses: cut at sentence marks and at words that join, with what they deny or only
// tell. Pure.
#pragma once

#include <cstddef>
#include <vector>

#include "intents/words.h"
#include "locales/text.h"

namespace handrail::intents {

struct Clause {
  std::size_t begin = 0, end = 0;  // [begin, end) in code points of the folded text
  std::size_t words = 0;
  bool denied = false;  // holds a word that denies ("no refund needed")
  bool told = false;    // tells how it came about ("I cancelled already")
};

std::vector<Clause> split_clauses(const locales::FoldedText& text, const Words& words);

}  // namespace handrail::intents
