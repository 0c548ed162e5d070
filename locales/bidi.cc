#include "locales/bidi.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <vector>

#include "locales/tag.h"
#include "locales/text.h"

namespace handrail::locales {
namespace {

constexpr char32_t kFirstStrongIsolate = 0x2068;
constexpr char32_t kPopDirectionalIsolate = 0x2069;
constexpr char32_t kPopDirectionalFormatting = 0x202C;

bool opens_isolate(char32_t c) { return c >= 0x2066 && c <= kFirstStrongIsolate; }
bool opens_embedding(char32_t c) {
  return c == 0x202A || c == 0x202B || c == 0x202D || c == 0x202E;
}
bool is_bidi_control(char32_t c) {
  return opens_isolate(c) || opens_embedding(c) || c == kPopDirectionalIsolate ||
         c == kPopDirectionalFormatting;
}

bool is_balanced(std::u32string_view text) {
  std::vector<char32_t> open;
  for (const char32_t c : text) {
    if (opens_isolate(c) || opens_embedding(c)) {
      open.push_back(c);
    } else if (c == kPopDirectionalIsolate) {
      if (open.empty() || !opens_isolate(open.back())) return false;
      open.pop_back();
    } else if (c == kPopDirectionalFormatting) {
      if (open.empty() || !opens_embedding(open.back())) return false;
      open.pop_back();
    }
  }
  return open.empty();
}

bool reads_right_to_left(char32_t c) {
  if (c < 0x0590) return false;
  const UCharDirection direction = u_charDirection(static_cast<UChar32>(c));
  return direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC ||
         direction == U_ARABIC_NUMBER;
}

}  // namespace

std::string isolate(std::string_view value, std::string_view locale) {
  const bool is_ascii =
      std::none_of(value.begin(), value.end(), [](char c) { return (c & 0x80) != 0; });
  const bool in_rtl = direction(locale) == Direction::rtl;
  if (is_ascii) return in_rtl ? "\u2068" + std::string(value) + "\u2069" : std::string(value);

  std::u32string text = to_utf32(value);
  if (!is_balanced(text))
    text.erase(std::remove_if(text.begin(), text.end(), is_bidi_control), text.end());
  const bool needed = in_rtl || std::any_of(text.begin(), text.end(), [](char32_t c) {
                        return reads_right_to_left(c) || is_bidi_control(c);
                      });
  if (!needed) return to_utf8(text);
  return to_utf8(kFirstStrongIsolate + text + kPopDirectionalIsolate);
}

bool has_balanced_bidi(std::string_view utf8) { return is_balanced(to_utf32(utf8)); }

}  // namespace handrail::locales
