#include "locales/opaque.h"

#include <unicode/uchar.h>

#include "locales/text.h"

namespace handrail::locales {
namespace {

bool is_word(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

bool is_emoji(char32_t c) {
  // Below U+203C are digits, (c) and (r): signs of ordinary text that Unicode lists as emoji too.
  if (c < 0x203C) return false;
  const auto point = static_cast<UChar32>(c);
  return u_hasBinaryProperty(point, UCHAR_EXTENDED_PICTOGRAPHIC) ||
         u_hasBinaryProperty(point, UCHAR_EMOJI_MODIFIER) ||
         u_hasBinaryProperty(point, UCHAR_REGIONAL_INDICATOR);
}

// Punctuation that ends the sentence round a link rather than the link.
bool ends_sentence(char32_t c) {
  constexpr std::u32string_view kMarks =
      U".,;:!?)]}'\"\u00BB\u060C\u061B\u061F\u2019\u201D\u3001\u3002";
  return kMarks.find(c) != std::u32string_view::npos;
}

}  // namespace

// What follows an opaque part begins anew: the mark is set off by spaces, and must read the same
// when folded again.
bool OpaqueFinder::starts_word(std::size_t begin) const {
  return begin == 0 || begin == last_end_ || !is_word(text_[begin - 1]);
}

std::size_t OpaqueFinder::end_of_link(std::size_t begin) const {
  const std::u32string_view rest = text_.substr(begin);
  std::size_t head = 0;
  if (rest.starts_with(U"http://")) head = 7;
  if (rest.starts_with(U"https://")) head = 8;
  if (rest.starts_with(U"www.") && starts_word(begin)) head = 4;
  if (head == 0) return begin;
  std::size_t end = begin + head;
  while (end < text_.size() && text_[end] != ' ' && text_[end] != '<' && text_[end] != '>') ++end;
  while (end > begin + head && ends_sentence(text_[end - 1])) --end;
  return end > begin + head ? end : begin;
}

// <@U1>, <#C1|general>, <!here>, </help:1> are mentions; <:wave:1> and <a:wave:1> are Discord's own
// emoji.
std::size_t OpaqueFinder::end_of_platform_token(std::size_t begin, char32_t* mark) const {
  constexpr std::size_t kLongestToken = 100;  // Discord's names have 32 characters at most, ids 20
  const std::u32string_view rest = text_.substr(begin, kLongestToken);
  if (rest.size() < 4 || rest[0] != '<') return begin;
  const bool mentions = rest[1] == '@' || rest[1] == '#' || rest[1] == '!' || rest[1] == '/';
  const bool draws = rest[1] == ':' || rest.starts_with(U"<a:");
  if (!mentions && !draws) return begin;
  const std::size_t stop = rest.find_first_of(U"> ", 2);
  if (stop == std::u32string_view::npos || rest[stop] != '>') return begin;
  *mark = mentions ? kMentionMark : kEmojiMark;
  return begin + stop + 1;
}

// @name, with the dots and hyphens inside it.
std::size_t OpaqueFinder::end_of_mention(std::size_t begin) const {
  if (!starts_word(begin)) return begin;
  std::size_t end = begin + 1;
  while (end < text_.size()) {
    const bool joins = (text_[end] == '.' || text_[end] == '-') && end > begin + 1 &&
                       end + 1 < text_.size() && is_word(text_[end + 1]);
    if (!is_word(text_[end]) && !joins) break;
    ++end;
  }
  return end > begin + 1 ? end : begin;
}

// :wave:, :+1:, but not 10:30:15.
std::size_t OpaqueFinder::end_of_shortcode(std::size_t begin) const {
  if (!starts_word(begin)) return begin;
  bool has_letter = false;
  std::size_t end = begin + 1;
  while (end < text_.size() && (is_word(text_[end]) || text_[end] == '-' || text_[end] == '+')) {
    has_letter = has_letter || (text_[end] >= 'a' && text_[end] <= 'z');
    ++end;
  }
  if (end >= text_.size() || text_[end] != ':') return begin;
  const std::u32string_view name = text_.substr(begin + 1, end - begin - 1);
  return has_letter || name == U"+1" || name == U"-1" || name == U"100" ? end + 1 : begin;
}

std::size_t OpaqueFinder::end_of_email(std::size_t begin) {
  if (begin < no_email_before_ || !starts_word(begin)) return begin;
  std::size_t at = begin;
  while (at < text_.size() &&
         (is_word(text_[at]) || text_[at] == '.' || text_[at] == '+' || text_[at] == '-'))
    ++at;
  no_email_before_ = at;
  if (at >= text_.size() || text_[at] != '@') return begin;
  std::size_t end = at + 1;
  bool has_dot = false;
  while (end < text_.size() && (is_word(text_[end]) || text_[end] == '-' || text_[end] == '.')) {
    has_dot = has_dot || (text_[end] == '.' && end > at + 1 && end + 1 < text_.size() &&
                          is_word(text_[end + 1]));
    ++end;
  }
  while (end > at + 1 && (text_[end - 1] == '.' || text_[end - 1] == '-')) --end;
  return has_dot ? end : begin;
}

Opaque OpaqueFinder::at(std::size_t begin) {
  const char32_t c = text_[begin];
  std::size_t end = begin;
  char32_t mark = 0;
  if (c == 'h' || c == 'w') {
    end = end_of_link(begin);
    mark = kUrlMark;
  } else if (c == '<') {
    end = end_of_platform_token(begin, &mark);
  } else if (c == '@') {
    end = end_of_mention(begin);
    mark = kMentionMark;
  } else if (c == ':') {
    end = end_of_shortcode(begin);
    mark = kEmojiMark;
  } else if (is_emoji(c)) {
    end = begin + 1;
    mark = kEmojiMark;
  }
  if (end == begin && is_word(c)) {
    end = end_of_email(begin);
    mark = kEmailMark;
  }
  if (end > begin) last_end_ = end;
  return {end, mark};
}

}  // namespace handrail::locales
