#include "locales/text.h"

#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <memory>

namespace handrail::locales {
namespace {

constexpr char32_t kZwnj = 0x200C;
constexpr char32_t kTatweel = 0x0640;
// This many of one letter in a row are stretching ("pleeease", "سلاااام"), not spelling. They become one letter, since
// hardly any word of our languages has two where stretching starts, and a lost double is bridged by character n-grams.
constexpr std::size_t kStretchedRun = 3;

char32_t persian_letter(char32_t c) {
  switch (c) {
    case 0x064A:  // Arabic yeh
    case 0x0649:  // alef maksura
    case 0x0626:  // yeh with hamza
    case 0x06CD:
    case 0x06D0:
      return 0x06CC;
    case 0x0643:  // Arabic kaf
    case 0x06AA:
      return 0x06A9;
    case 0x0629:  // teh marbuta
    case 0x06C0:
    case 0x06C1:
    case 0x06C2:
    case 0x06D5:
      return 0x0647;
    case 0x0622:  // alef with madda and hamzas
    case 0x0623:
    case 0x0625:
    case 0x0671:
      return 0x0627;
    case 0x0624:
      return 0x0648;
    default:
      return c;
  }
}

bool is_removable_mark(char32_t mark, char32_t base) {
  const int type = u_charType(static_cast<UChar32>(mark));
  if (type != U_NON_SPACING_MARK && type != U_ENCLOSING_MARK) return false;
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(static_cast<UChar32>(base), &status);
  return script == USCRIPT_LATIN || script == USCRIPT_GREEK || script == USCRIPT_ARABIC;
}

bool is_invisible(char32_t c) {
  return (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) ||
         (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF || c == 0x00AD || c == 0x061C ||
         (c >= 0xE0100 && c <= 0xE01EF) || (c >= 0xE0020 && c <= 0xE007F);
}

bool is_emoji(char32_t c) {
  if (c < 0x203C) return false;
  return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_EXTENDED_PICTOGRAPHIC) ||
         u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_EMOJI_MODIFIER) ||
         u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_REGIONAL_INDICATOR);
}

bool is_ascii_word(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool is_space(char32_t c) {
  return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x00A0 || c == 0x3000 || c == 0x2028 || c == 0x2029 ||
         (c >= 0x2000 && c <= 0x200A) || c == kZwnj || c == 0x202F;
}

bool begins_with(std::u32string_view text, std::size_t at, std::string_view ascii) {
  if (at + ascii.size() > text.size()) return false;
  for (std::size_t i = 0; i < ascii.size(); ++i) {
    const char32_t c = text[at + i];
    const char32_t lower = c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (lower != static_cast<char32_t>(ascii[i])) return false;
  }
  return true;
}

std::size_t end_of_run(std::u32string_view text, std::size_t at) {
  while (at < text.size() && !is_space(text[at]) && text[at] != '<' && text[at] != '>') ++at;
  return at;
}

// The end of a link, mention, e-mail or emoji shortcode that begins at `at`, and its mark; `at` itself when there is none.
std::size_t end_of_special(std::u32string_view text, std::size_t at, char32_t* mark) {
  const char32_t c = text[at];
  const bool at_word_start = at == 0 || !is_ascii_word(text[at - 1]);
  if (begins_with(text, at, "http://") || begins_with(text, at, "https://") ||
      (at_word_start && begins_with(text, at, "www."))) {
    *mark = kUrlMark;
    return end_of_run(text, at);
  }
  if (c == '<' && at + 2 < text.size() && (text[at + 1] == '@' || text[at + 1] == '#' || text[at + 1] == '!')) {
    constexpr std::size_t kLongestToken = 100;
    for (std::size_t i = at + 2; i < text.size() && i < at + kLongestToken; ++i) {
      if (text[i] == '>') {
        *mark = kMentionMark;
        return i + 1;
      }
      if (is_space(text[i])) break;
    }
  }
  if (c == '@' && at_word_start && at + 1 < text.size() && is_ascii_word(text[at + 1])) {
    std::size_t end = at + 1;
    while (end < text.size() && is_ascii_word(text[end])) ++end;
    *mark = kMentionMark;
    return end;
  }
  if (c == ':' && at + 2 < text.size() && at_word_start) {
    std::size_t end = at + 1;
    bool letter = false;
    while (end < text.size() && (is_ascii_word(text[end]) || text[end] == '-' || text[end] == '+')) {
      letter = letter || (text[end] >= 'a' && text[end] <= 'z');
      ++end;
    }
    if (letter && end < text.size() && text[end] == ':') {
      *mark = kEmojiMark;
      return end + 1;
    }
  }
  if (at_word_start && is_ascii_word(c)) {
    std::size_t end = at;
    while (end < text.size() && (is_ascii_word(text[end]) || text[end] == '.' || text[end] == '+' || text[end] == '-')) {
      ++end;
    }
    if (end < text.size() && text[end] == '@') {
      std::size_t host = end + 1;
      bool dot = false;
      while (host < text.size() && (is_ascii_word(text[host]) || text[host] == '-' || text[host] == '.')) {
        dot = dot || (text[host] == '.' && host + 1 < text.size() && is_ascii_word(text[host + 1]));
        ++host;
      }
      while (host > end + 1 && (text[host - 1] == '.' || text[host - 1] == '-')) --host;
      if (dot) {
        *mark = kEmailMark;
        return host;
      }
    }
  }
  return at;
}

// Collects folded code points; joins white space and removes marks by the script of the letter they sit on.
class Folder {
 public:
  explicit Folder(std::size_t size) {
    out_.text.reserve(size);
    out_.origin.reserve(size);
  }

  void add(char32_t c, std::uint32_t origin) {
    if (is_space(c)) {
      space(origin);
      return;
    }
    if (c == kTatweel || is_invisible(c)) return;
    if (!out_.text.empty() && c >= 0x0300 && is_removable_mark(c, out_.text.back())) return;
    const UChar32 point = static_cast<UChar32>(c);
    if (c >= 0x80) {
      const std::int32_t digit = u_charType(point) == U_DECIMAL_DIGIT_NUMBER ? u_charDigitValue(point) : -1;
      if (digit >= 0) {
        c = static_cast<char32_t>('0' + digit);
      } else if (c == 0x0131) {
        c = 'i';
      } else {
        c = persian_letter(c);
      }
    }
    append(c, origin);
  }

  void mark(char32_t mark, std::uint32_t origin) {
    space(origin);
    if (!out_.text.empty() && out_.text.size() >= 2 && out_.text[out_.text.size() - 2] == mark) return;
    append(mark, origin);
    space(origin);
  }

  FoldedText take() {
    while (!out_.text.empty() && out_.text.back() == ' ') {
      out_.text.pop_back();
      out_.origin.pop_back();
    }
    return std::move(out_);
  }

 private:
  void space(std::uint32_t origin) {
    if (out_.text.empty() || out_.text.back() == ' ') return;
    out_.text.push_back(' ');
    out_.origin.push_back(origin);
    run_ = 0;
  }

  void append(char32_t c, std::uint32_t origin) {
    const bool same = !out_.text.empty() && out_.text.back() == c;
    if (!same) run_ = 1;
    if (same && u_isalpha(static_cast<UChar32>(c))) {
      ++run_;
      if (run_ == kStretchedRun) {
        // The run is stretched: keep its first letter only.
        out_.text.pop_back();
        out_.origin.pop_back();
        return;
      }
      if (run_ > kStretchedRun) return;
    }
    out_.text.push_back(c);
    out_.origin.push_back(origin);
  }

  FoldedText out_;
  std::size_t run_ = 0;
};

const icu::Normalizer2* casefold() {
  static const icu::Normalizer2* instance = [] {
    UErrorCode status = U_ZERO_ERROR;
    return icu::Normalizer2::getNFKCCasefoldInstance(status);
  }();
  return instance;
}

const icu::Normalizer2* canonical() {
  static const icu::Normalizer2* instance = [] {
    UErrorCode status = U_ZERO_ERROR;
    return icu::Normalizer2::getNFDInstance(status);
  }();
  return instance;
}

const icu::Normalizer2* canonical_composition() {
  static const icu::Normalizer2* instance = [] {
    UErrorCode status = U_ZERO_ERROR;
    return icu::Normalizer2::getNFCInstance(status);
  }();
  return instance;
}

bool decomposes_to_removable(char32_t c) {
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(static_cast<UChar32>(c), &status);
  return script == USCRIPT_LATIN || script == USCRIPT_GREEK;
}

void fold_character(Folder& folder, char32_t c, std::uint32_t origin) {
  if (c < 0x80) {
    folder.add(c >= 'A' && c <= 'Z' ? c + 32 : c, origin);
    return;
  }
  if (is_space(c)) {
    folder.add(' ', origin);
    return;
  }
  if ((c >= 0x0620 && c <= 0x0669) || (c >= 0x066E && c <= 0x0674) || (c >= 0x0679 && c <= 0x06D3) ||
      (c >= 0x06F0 && c <= 0x06F9)) {
    folder.add(c, origin);  // plain Arabic letters, marks and digits: NFKC_Casefold leaves them as they are
    return;
  }
  // One character at a time keeps every folded one tied to its origin. Combining sequences are composed beforehand.
  icu::UnicodeString one(static_cast<UChar32>(c));
  icu::UnicodeString folded;
  UErrorCode status = U_ZERO_ERROR;
  casefold()->normalize(one, folded, status);
  if (U_FAILURE(status)) return;
  for (std::int32_t i = 0; i < folded.length();) {
    const UChar32 point = folded.char32At(i);
    i += U16_LENGTH(point);
    const char32_t letter = static_cast<char32_t>(point);
    if (letter < 0x80 || !decomposes_to_removable(letter)) {
      folder.add(letter, origin);
      continue;
    }
    icu::UnicodeString parts;
    UErrorCode parts_status = U_ZERO_ERROR;
    canonical()->normalize(icu::UnicodeString(point), parts, parts_status);
    folder.add(static_cast<char32_t>(parts.char32At(0)), origin);
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

FoldedText fold(std::string_view utf8) {
  const std::u32string original = to_utf32(utf8);
  Folder folder(original.size());
  for (std::size_t i = 0; i < original.size();) {
    char32_t mark = 0;
    const std::size_t end = end_of_special(original, i, &mark);
    if (end > i) {
      folder.mark(mark, static_cast<std::uint32_t>(i));
      i = end;
      continue;
    }
    if (is_emoji(original[i])) {
      folder.mark(kEmojiMark, static_cast<std::uint32_t>(i));
      ++i;
      continue;
    }
    // A letter typed as base and mark (Cyrillic i with breve) is the composed letter.
    char32_t letter = original[i];
    const auto origin = static_cast<std::uint32_t>(i);
    while (i + 1 < original.size() && original[i + 1] >= 0x0300) {
      const UChar32 pair = canonical_composition()->composePair(static_cast<UChar32>(letter),
                                                                static_cast<UChar32>(original[i + 1]));
      if (pair < 0) break;
      letter = static_cast<char32_t>(pair);
      ++i;
    }
    fold_character(folder, letter, origin);
    ++i;
  }
  return folder.take();
}

std::string fold_to_utf8(std::string_view utf8) { return to_utf8(fold(utf8).text); }

std::vector<Word> split_words(const FoldedText& folded) {
  std::vector<Word> words;
  // Scripts with spaces need no dictionary: runs of letters and digits are the words, and this is the hot path.
  const bool needs_dictionary = std::any_of(folded.text.begin(), folded.text.end(), [](char32_t c) {
    return (c >= 0x0E00 && c < 0x0F00) || (c >= 0x3040 && c < 0xA000) || (c >= 0xAC00 && c < 0xD7B0) ||
           (c >= 0x1780 && c < 0x1800) || (c >= 0x20000 && c < 0x32000);
  });
  if (!needs_dictionary) {
    std::uint32_t begin = 0;
    bool inside = false;
    for (std::uint32_t i = 0; i <= folded.text.size(); ++i) {
      bool letter = false;
      if (i < folded.text.size()) {
        const char32_t c = folded.text[i];
        letter = c < 0x80 ? is_ascii_word(c) && c != '_'
                          : (u_isalnum(static_cast<UChar32>(c)) || u_charType(static_cast<UChar32>(c)) == U_NON_SPACING_MARK ||
                             u_charType(static_cast<UChar32>(c)) == U_COMBINING_SPACING_MARK ||
                             (c >= kUrlMark && c <= kEmojiMark));
      }
      if (letter && !inside) begin = i;
      if (!letter && inside) words.push_back({begin, i});
      inside = letter;
    }
    return words;
  }
  UErrorCode status = U_ZERO_ERROR;
  thread_local std::unique_ptr<icu::BreakIterator> breaker(
      icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
  if (U_FAILURE(status) || breaker == nullptr) return words;
  const icu::UnicodeString text = icu::UnicodeString::fromUTF32(
      reinterpret_cast<const UChar32*>(folded.text.data()), static_cast<std::int32_t>(folded.text.size()));
  breaker->setText(text);
  std::int32_t from = breaker->first();
  for (std::int32_t to = breaker->next(); to != icu::BreakIterator::DONE; from = to, to = breaker->next()) {
    if (breaker->getRuleStatus() == UBRK_WORD_NONE) continue;
    words.push_back({static_cast<std::uint32_t>(text.countChar32(0, from)),
                     static_cast<std::uint32_t>(text.countChar32(0, to))});
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

std::size_t count_code_points(std::string_view utf8) { return to_utf32(utf8).size(); }

std::string first_code_points(std::string_view utf8, std::size_t limit) { return slice_code_points(utf8, 0, limit); }

std::string slice_code_points(std::string_view utf8, std::size_t begin, std::size_t end) {
  const std::u32string text = to_utf32(utf8);
  const std::size_t from = std::min(begin, text.size());
  const std::size_t to = std::clamp(end, from, text.size());
  return to_utf8(std::u32string_view(text).substr(from, to - from));
}

}  // namespace handrail::locales
