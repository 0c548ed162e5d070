#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "locales/opaque.h"
#include "locales/text.h"

namespace handrail::locales {
namespace {

constexpr char32_t kZwnj = 0x200C;
constexpr char32_t kTatweel = 0x0640;
constexpr std::uint8_t kVirama = 9;  // canonical combining class
// This many of one letter in a row are stretching ("pleeease", "سلاااام"), not spelling. They
// become one letter, since hardly any word of our languages has two where stretching starts, and a
// lost double is bridged by character n-grams.
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

bool is_space(char32_t c) {
  return c <= ' ' || (c >= 0x7F && c <= 0xA0) || c == 0x3000 || c == 0x2028 || c == 0x2029 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x202F;
}

// Bidi controls, joiners, variation selectors, tags: they change how text looks, not what it says.
bool is_invisible(char32_t c) {
  return (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x2069) || (c >= 0xFE00 && c <= 0xFE0F) || c == 0xFEFF ||
         c == 0x00AD || c == 0x061C || (c >= 0xE0100 && c <= 0xE01EF) ||
         (c >= 0xE0020 && c <= 0xE007F);
}

bool is_mark(char32_t c) {
  if (c < 0x0300) return false;
  const int type = u_charType(static_cast<UChar32>(c));
  return type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK;
}

bool loses_its_marks(char32_t base) {
  UErrorCode status = U_ZERO_ERROR;
  const UScriptCode script = uscript_getScript(static_cast<UChar32>(base), &status);
  return script == USCRIPT_LATIN || script == USCRIPT_GREEK || script == USCRIPT_ARABIC;
}

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

// First step: letters made comparable, each tied to its origin. White space is one space; none at
// the ends.
class Letters {
 public:
  explicit Letters(std::size_t size) {
    out_.text.reserve(size);
    out_.origin.reserve(size);
  }

  void read(char32_t c, std::uint32_t origin) {
    if (c < 0x80) {
      append(c >= 'A' && c <= 'Z' ? c + 32 : c, origin);
    } else if (c == kZwnj) {
      // Between Persian morphemes it is as good as a space; after a virama it only chooses a
      // letter's shape.
      const bool shapes = !out_.text.empty() &&
                          u_getCombiningClass(static_cast<UChar32>(out_.text.back())) == kVirama;
      if (!shapes) append(' ', origin);
    } else if ((c >= 0x0620 && c <= 0x0669) || (c >= 0x066E && c <= 0x0674) ||
               (c >= 0x0679 && c <= 0x06D3) || (c >= 0x06F0 && c <= 0x06F9)) {
      append(
          c,
          origin);  // plain Arabic letters, marks and digits: NFKC_Casefold leaves them as they are
    } else {
      read_normalized(c, origin);
    }
  }

  FoldedText take() {
    if (!out_.text.empty() && out_.text.back() == ' ') {
      out_.text.pop_back();
      out_.origin.pop_back();
    }
    return std::move(out_);
  }

 private:
  // One character at a time keeps every folded one tied to its origin; `append` puts combining
  // sequences together.
  void read_normalized(char32_t c, std::uint32_t origin) {
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString folded;
    casefold()->normalize(icu::UnicodeString(static_cast<UChar32>(c)), folded, status);
    if (U_FAILURE(status)) return;
    for (std::int32_t i = 0; i < folded.length();) {
      const UChar32 point = folded.char32At(i);
      i += U16_LENGTH(point);
      const auto letter = static_cast<char32_t>(point);
      if (letter < 0x80 || !loses_its_marks(letter)) {
        append(letter, origin);
        continue;
      }
      icu::UnicodeString parts;
      canonical()->normalize(icu::UnicodeString(point), parts, status);
      if (U_SUCCESS(status)) append(static_cast<char32_t>(parts.char32At(0)), origin);
    }
  }

  void append(char32_t c, std::uint32_t origin) {
    if (is_space(c)) {
      if (out_.text.empty() || out_.text.back() == ' ') return;
      c = ' ';
    } else if (c >= 0x80) {
      if (c == kTatweel || is_invisible(c)) return;
      if (is_mark(c) && joins_base(c)) return;
      c = plain(c);
    }
    out_.text.push_back(c);
    out_.origin.push_back(origin);
  }

  // True when the mark needs no place of its own: dropped with its letter's other marks, or part of
  // the letter now.
  bool joins_base(char32_t mark) {
    if (out_.text.empty()) return true;
    char32_t& base = out_.text.back();
    if (loses_its_marks(base)) return true;
    // Hindi, Japanese and Russian letters are made of marks: "и" with a breve is the letter "й".
    const UChar32 pair = canonical_composition()->composePair(static_cast<UChar32>(base),
                                                              static_cast<UChar32>(mark));
    if (pair >= 0) {
      base = static_cast<char32_t>(pair);
      return true;
    }
    const bool on_letter = u_isalpha(static_cast<UChar32>(base)) || is_mark(base) ||
                           u_charType(static_cast<UChar32>(base)) == U_COMBINING_SPACING_MARK;
    return !on_letter;  // an accent typed for an apostrophe, the frame of a keycap
  }

  static char32_t plain(char32_t c) {
    const auto point = static_cast<UChar32>(c);
    if (c == 0x0131) return 'i';
    if (u_charType(point) == U_DECIMAL_DIGIT_NUMBER)
      return static_cast<char32_t>('0' + u_charDigitValue(point));
    return persian_letter(c);
  }

  FoldedText out_;
};

// Second step: marks for what is opaque, stretched letters shortened. True when something was
// shortened.
bool shorten(FoldedText& folded) {
  FoldedText out;
  out.text.reserve(folded.text.size());
  out.origin.reserve(folded.text.size());
  const auto put = [&](char32_t c, std::uint32_t origin) {
    if (c == ' ' && (out.text.empty() || out.text.back() == ' ')) return;
    out.text.push_back(c);
    out.origin.push_back(origin);
  };
  bool shortened = false;
  OpaqueFinder finder(folded.text);
  for (std::size_t i = 0; i < folded.text.size();) {
    const char32_t c = folded.text[i];
    const Opaque opaque = finder.at(i);
    if (opaque.end > i) {
      put(' ', folded.origin[i]);
      const bool repeated = out.text.size() >= 2 && out.text[out.text.size() - 2] == opaque.mark;
      if (!repeated) put(opaque.mark, folded.origin[i]);
      i = opaque.end;
      if (i < folded.text.size()) put(' ', folded.origin[folded.text[i] == ' ' ? i : i - 1]);
      continue;
    }
    std::size_t run = 1;
    if (u_isalpha(static_cast<UChar32>(c))) {
      while (i + run < folded.text.size() && folded.text[i + run] == c) ++run;
    }
    const bool stretched = run >= kStretchedRun;
    shortened = shortened || stretched;
    // A letter that is not stretched goes alone: something opaque may begin with the next one.
    put(c, folded.origin[i]);
    i += stretched ? run : 1;
  }
  if (!out.text.empty() && out.text.back() == ' ') {
    out.text.pop_back();
    out.origin.pop_back();
  }
  folded = std::move(out);
  return shortened;
}

}  // namespace

FoldedText fold(std::string_view utf8) {
  const std::u32string original = to_utf32(utf8);
  Letters letters(original.size());
  for (std::size_t i = 0; i < original.size(); ++i)
    letters.read(original[i], static_cast<std::uint32_t>(i));
  FoldedText folded = letters.take();
  // "htttps://" is a link only once it is shortened. After that nothing is left to shorten, so
  // twice is always enough.
  if (shorten(folded)) shorten(folded);
  return folded;
}

std::string fold_to_utf8(std::string_view utf8) { return to_utf8(fold(utf8).text); }

}  // namespace handrail::locales
