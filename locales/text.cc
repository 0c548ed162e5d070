#include "locales/text.h"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <memory>

namespace handrail::locales {
namespace {

// Scripts that write words without spaces between them: Thai to Lao, Myanmar, Khmer, kana and Han.
bool needs_dictionary(char32_t c) {
  if (c < 0x0E00) return false;
  return c < 0x0F00 || (c >= 0x1000 && c < 0x10A0) || (c >= 0x1780 && c < 0x1800) ||
         (c >= 0x3040 && c < 0xA000) || (c >= 0xF900 && c < 0xFB00) ||
         (c >= 0x20000 && c < 0x32000);
}

bool belongs_to_word(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  if (c >= kUrlMark && c <= kEmojiMark) return true;
  const auto point = static_cast<UChar32>(c);
  if (u_isalnum(point)) return true;
  const int type = u_charType(point);
  return type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
}

// Cuts [begin, end) by ICU's dictionaries. Making an iterator is slow, so each thread keeps its
// own.
void split_by_dictionary(const std::u32string& folded, Word run, std::vector<Word>& words) {
  thread_local const std::unique_ptr<icu::BreakIterator> breaker = [] {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> made(
        icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
    return U_SUCCESS(status) ? std::move(made) : nullptr;
  }();
  if (breaker == nullptr) {
    words.push_back(run);
    return;
  }
  icu::UnicodeString text;
  for (std::uint32_t i = run.begin; i < run.end; ++i) text.append(static_cast<UChar32>(folded[i]));
  breaker->setText(text);
  std::uint32_t at = run.begin;
  std::int32_t from = breaker->first();
  for (std::int32_t to = breaker->next(); to != icu::BreakIterator::DONE;
       from = to, to = breaker->next()) {
    const std::uint32_t end = at + static_cast<std::uint32_t>(text.countChar32(from, to - from));
    words.push_back({at, end});
    at = end;
  }
}

}  // namespace

std::u32string to_utf32(std::string_view utf8) {
  std::u32string text;
  text.reserve(utf8.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(utf8.data());
  const auto length = static_cast<std::int32_t>(std::min<std::size_t>(utf8.size(), 1U << 30U));
  for (std::int32_t i = 0; i < length;) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(bytes, i, length, c);
    text.push_back(static_cast<char32_t>(c));
  }
  return text;
}

std::string to_utf8(std::u32string_view text) {
  std::string utf8;
  utf8.reserve(text.size());
  for (const char32_t c : text) {
    std::array<std::uint8_t, U8_MAX_LENGTH> bytes{};
    std::int32_t size = 0;
    UBool failed = false;
    U8_APPEND(bytes.data(), size, U8_MAX_LENGTH, static_cast<UChar32>(c), failed);
    if (failed) {
      utf8 += "\xEF\xBF\xBD";
    } else {
      utf8.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
    }
  }
  return utf8;
}

std::vector<Word> split_words(const FoldedText& folded) {
  std::vector<Word> words;
  const std::u32string& text = folded.text;
  const auto size = static_cast<std::uint32_t>(text.size());
  for (std::uint32_t i = 0; i < size;) {
    if (!belongs_to_word(text[i])) {
      ++i;
      continue;
    }
    Word run{i, i};
    bool without_spaces = false;
    while (run.end < size && belongs_to_word(text[run.end])) {
      without_spaces = without_spaces || needs_dictionary(text[run.end]);
      ++run.end;
    }
    if (without_spaces) {
      split_by_dictionary(text, run, words);
    } else {
      words.push_back(run);
    }
    i = run.end;
  }
  return words;
}

bool is_valid_utf8(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto length = static_cast<std::int32_t>(text.size());
  for (std::int32_t i = 0; i < length;) {
    UChar32 c = 0;
    U8_NEXT(bytes, i, length, c);
    if (c < 0) return false;
  }
  return true;
}

std::size_t count_code_points(std::string_view utf8) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(utf8.data());
  const auto length = static_cast<std::int32_t>(std::min<std::size_t>(utf8.size(), 1U << 30U));
  std::size_t count = 0;
  for (std::int32_t i = 0; i < length; ++count) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(bytes, i, length, c);
  }
  return count;
}

std::string first_code_points(std::string_view utf8, std::size_t limit) {
  // A code point takes at least one byte: most texts are seen to be short enough without counting.
  if (utf8.size() <= limit && is_valid_utf8(utf8)) return std::string(utf8);
  return slice_code_points(utf8, 0, limit);
}

std::string slice_code_points(std::string_view utf8, std::size_t begin, std::size_t end) {
  const std::u32string text = to_utf32(utf8);
  const std::size_t from = std::min(begin, text.size());
  const std::size_t to = std::clamp(end, from, text.size());
  return to_utf8(std::u32string_view(text).substr(from, to - from));
}

}  // namespace handrail::locales
