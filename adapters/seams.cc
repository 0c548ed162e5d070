#include "adapters/seams.h"

#include <unicode/uchar.h>

#include <algorithm>

#include "locales/text.h"

namespace handrail::adapters {
namespace {

constexpr std::size_t kLongestCluster = 32;  // marks on one letter; more is no writing
constexpr char32_t kZeroWidthJoiner = 0x200D;

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// RFC 3986 without brackets, parentheses and the star, which stand around addresses more often than in them.
bool may_be_in_address(char c) {
  constexpr std::string_view kOthers = "-._~:/?#@!$&'+,;=%";
  return is_letter_or_digit(c) || kOthers.find(c) != kOthers.npos;
}

// Would a cut here tear a letter from its marks, or our ** in two?
bool is_inside_cluster(std::u32string_view text, std::size_t at) {
  const char32_t before = text[at - 1];
  const char32_t after = text[at];
  return before == kZeroWidthJoiner || after == kZeroWidthJoiner || (before == U'*' && after == U'*') ||
         u_hasBinaryProperty(static_cast<UChar32>(after), UCHAR_GRAPHEME_EXTEND) != 0;
}

// The best place at or before `most` to end a part of a text that is longer.
std::size_t cut_before(std::u32string_view text, std::size_t most) {
  if (most >= text.size()) return text.size();
  for (const char32_t seam : {U'\n', U' '}) {
    const std::size_t found = text.rfind(seam, most - 1);
    if (found != text.npos && found >= most / 2) return found + 1;
  }
  std::size_t cut = most;
  while (cut > 1 && most - cut < kLongestCluster && is_inside_cluster(text, cut)) --cut;
  return is_inside_cluster(text, cut) ? most : cut;
}

}  // namespace

std::size_t end_of_address(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(at);
  const bool begins = rest.rfind("https://", 0) == 0 || rest.rfind("http://", 0) == 0;
  if (!begins || (at > 0 && is_letter_or_digit(text[at - 1]))) return at;
  std::size_t end = at;
  while (end < text.size() && may_be_in_address(text[end])) ++end;
  return end;
}

std::size_t end_of_code(std::string_view text, std::size_t at) {
  const auto is_tick = [&](std::size_t i) { return i < text.size() && text[i] == '`'; };
  if (!is_tick(at) || is_tick(at + 1) || (at > 0 && is_tick(at - 1))) return at;
  const std::size_t close = text.find_first_of("`\n", at + 1);
  return is_tick(close) && !is_tick(close + 1) ? close + 1 : at;
}

bool says_something(std::string_view text) { return text.find_first_not_of(" \t\r\n") != text.npos; }

std::size_t first_part(std::u32string_view text, std::size_t limit, const Shown& shown) {
  std::size_t most = std::min(text.size(), limit);
  for (;;) {
    const std::size_t cut = cut_before(text, most);
    if (cut <= 1 || locales::count_code_points(shown(locales::to_utf8(text.substr(0, cut)))) <= limit) return cut;
    most = std::max<std::size_t>(1, cut * 4 / 5);
  }
}

std::vector<std::string> parts_of(const std::string& text, std::size_t limit, const Shown& shown) {
  std::vector<std::string> parts;
  const std::u32string whole = locales::to_utf32(text);
  std::u32string_view rest = whole;
  while (!rest.empty()) {
    const std::size_t cut = first_part(rest, limit, shown);
    const std::string part = locales::to_utf8(rest.substr(0, cut));
    if (says_something(part)) parts.push_back(shown(part));
    rest.remove_prefix(cut);
  }
  return parts;
}

}  // namespace handrail::adapters
