// Text as people type it, made comparable: folding for machines, counting and slicing for limits
// and spans. The original is always kept for people; folded text is never shown.
//
// Folding, by script (Unicode UAX #15, UTR #30's idea, CLDR case folding by ICU): NFKC and case
// folding; ZWNJ to a space first, since NFKC_Casefold would delete it; dotless i to i; marks off
// for Latin, Greek and Arabic only, because Hindi, Japanese and Russian letters are made of them;
// Arabic yeh, kaf, heh and alef forms to the Persian letters; tatweel off; all digits to ASCII and
// never squeezed; three or more of one letter to one; links, mentions, e-mails and emoji to marks;
// white space, controls included, to one space. Folding folded text changes nothing.
//
// Text is UTF-8; positions are code points. Invalid bytes read as U+FFFD and never fail. Thread
// safe: no state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace handrail::locales {

// What stands for things whose letters say nothing about the meaning. Private-use characters:
// nobody types them.
inline constexpr char32_t kUrlMark = 0xE001;
inline constexpr char32_t kMentionMark = 0xE002;
inline constexpr char32_t kEmailMark = 0xE003;
inline constexpr char32_t kEmojiMark = 0xE004;

struct FoldedText {
  std::u32string text;
  // origin[i]: index in code points of the original text of the character that text[i] came from.
  // Same size as `text`, never decreasing.
  std::vector<std::uint32_t> origin;
};

FoldedText fold(std::string_view utf8);
std::string fold_to_utf8(std::string_view utf8);

// A run of letters and digits of folded text, or a mark. In scripts without spaces between words
// ICU's dictionaries cut.
struct Word {
  std::uint32_t begin = 0;  // [begin, end) in code points of the folded text
  std::uint32_t end = 0;
};
std::vector<Word> split_words(const FoldedText& folded);

bool is_valid_utf8(std::string_view text);
std::u32string to_utf32(std::string_view utf8);
std::string to_utf8(std::u32string_view text);
std::size_t count_code_points(std::string_view utf8);
// The first `limit` code points; the whole text when it is not longer.
std::string first_code_points(std::string_view utf8, std::size_t limit);
// Code points [begin, end) of the text; clamped to it.
std::string slice_code_points(std::string_view utf8, std::size_t begin, std::size_t end);

}  // namespace handrail::locales
