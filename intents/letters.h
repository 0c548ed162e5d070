// Where words begin and end, for looking up phrases in folded text: scripts without spaces have no
// such borders of their own.
#pragma once

#include <cstddef>
#include <string_view>

namespace handrail::intents {

bool is_digit(char32_t c);
// Letters of scripts that are written without spaces between words.
bool is_spaceless(char32_t c);
// True where a word may begin or end: between letters of one word, and between digits of one
// number, it is false.
bool is_edge(std::u32string_view text, std::size_t at);

}  // namespace handrail::intents
