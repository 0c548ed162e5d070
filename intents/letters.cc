#include "intents/letters.h"

#include <unicode/uchar.h>

namespace handrail::intents {
namespace {

bool is_word(char32_t c) {
  const auto type = u_charType(static_cast<UChar32>(c));
  const bool is_mark = type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
  return is_mark || u_isalnum(static_cast<UChar32>(c)) != 0;
}

}  // namespace

bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }

bool is_spaceless(char32_t c) {
  const bool is_kana = c >= 0x3040 && c <= 0x30FF;
  const bool is_han = (c >= 0x3400 && c <= 0x9FFF) || (c >= 0xF900 && c <= 0xFAFF) ||
                      (c >= 0x20000 && c <= 0x3FFFF);
  const bool is_thai_or_lao = c >= 0x0E00 && c <= 0x0EFF;
  return is_kana || is_han || is_thai_or_lao;
}

bool is_edge(std::u32string_view text, std::size_t at) {
  if (at == 0 || at >= text.size()) return true;
  const char32_t before = text[at - 1];
  const char32_t after = text[at];
  if (!is_word(before) || !is_word(after)) return true;
  return is_spaceless(before) || is_spaceless(after) || is_digit(before) != is_digit(after);
}

}  // namespace handrail::intents
