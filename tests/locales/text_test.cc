// Folding is tested as a table of pairs: what people type, what the machine compares. Then properties over random text.
#include "locales/text.h"

#include <gtest/gtest.h>

#include <random>

namespace handrail::locales {
namespace {

struct Pair {
  const char* typed;
  const char* folded;
};

TEST(Fold, TableOfWhatPeopleType) {
  const Pair pairs[] = {
      {"How Can I CANCEL?", "how can i cancel?"},
      {"كيف", "کیف"},                             // Arabic kaf and yeh
      {"\u06A9\u0631\u062F\u0650\u064A\u062A", "کردیت"},  // with a kasra
      {"می\u200Cخواهم", "می خواهم"},              // ZWNJ is a space
      {"۲۰ دلار", "20 دلار"},
      {"٢٠ دلار", "20 دلار"},
      {"اعتبـــار", "اعتبار"},                     // tatweel
      {"آیا أین إن", "ایا این ان"},
      {"cafe\u0301 Crème", "cafe creme"},
      {"Straße", "strasse"},
      {"ﬁnd", "find"},
      {"ışık İPTAL", "isik iptal"},
      {"हिन्दी की मात्रा", "हिन्दी की मात्रा"},    // vowel signs are letters of the word
      {"パスワード", "パスワード"},
      {"й ё", "й ё"},
      {"\u0438\u0306", "й"},                      // typed as base and breve
      {"pleeeease", "please"},
      {"سلااااام", "سلام"},
      {"1000000", "1000000"},
      {"see https://x.example/a?b=c now", "see \uE001 now"},
      {"<@U123> help", "\uE002 help"},
      {"@handrail help", "\uE002 help"},
      {"write ana@mail.example please", "write \uE003 please"},
      {"thanks \U0001F64F\U0001F3FD", "thanks \uE004"},
      {"thanks :pray:", "thanks \uE004"},
      {"10:30:15", "10:30:15"},
      {"  a \t b\n", "a b"},
      {"\u202Bسلام\u202C", "سلام"},
      {"", ""},
  };
  for (const Pair& pair : pairs) EXPECT_EQ(fold_to_utf8(pair.typed), pair.folded) << pair.typed;
}

TEST(Fold, PersianInAnyKeyboardIsTheSameText) {
  const std::string expected = fold_to_utf8("می‌خواهم ۲۰ دلار کردیت رایگان بگیرم");
  EXPECT_EQ(fold_to_utf8("مي‌خواهم 20 دلار كرديت رايگان بگيرم"), expected);
  EXPECT_EQ(fold_to_utf8("می خواهم ٢٠ دلار کردیت رایگان بگیرم"), expected);
}

TEST(Fold, OriginPointsAtTheOriginalCharacter) {
  const FoldedText folded = fold("Aﬁ  ۲۰");
  EXPECT_EQ(to_utf8(folded.text), "afi 20");
  EXPECT_EQ(folded.origin, (std::vector<std::uint32_t>{0, 1, 1, 2, 4, 5}));
}

TEST(Fold, RandomTextNeverBreaksAndFoldsToItself) {
  std::mt19937 random(20261124);
  const std::u32string alphabet = U"aAZé ıİßكيی۲٢\u200C\u0640\u064E\u0301й\u0306हि\u0928\u094Dパ漢\U0001F600\U0001F3FDﷲﬁ@<>#:./wh0\u202E\uFE0F\u3000";
  for (int round = 0; round < 3000; ++round) {
    std::u32string text;
    const std::size_t size = random() % 40;
    for (std::size_t i = 0; i < size; ++i) {
      const bool any = random() % 5 == 0;
      char32_t c = any ? static_cast<char32_t>(random() % 0x110000) : alphabet[random() % alphabet.size()];
      if (c >= 0xD800 && c < 0xE000) c = 'x';
      text.push_back(c);
    }
    const std::string utf8 = to_utf8(text);
    const FoldedText folded = fold(utf8);
    ASSERT_EQ(folded.text.size(), folded.origin.size());
    for (std::size_t i = 0; i < folded.origin.size(); ++i) {
      ASSERT_LT(folded.origin[i], text.size());
      if (i > 0) {
        ASSERT_LE(folded.origin[i - 1], folded.origin[i]);
      }
    }
  }
}

TEST(Fold, InvalidBytesReadAsReplacementCharacters) {
  EXPECT_EQ(fold("a\xFF\xC3").text.size(), 3U);
  EXPECT_FALSE(is_valid_utf8("a\xFF"));
  EXPECT_TRUE(is_valid_utf8("é"));
}

TEST(Words, AreLettersAndDigitsInEveryScript) {
  const auto words = [](std::string_view text) {
    const FoldedText folded = fold(text);
    std::vector<std::string> list;
    for (const Word& word : split_words(folded)) {
      list.push_back(to_utf8(std::u32string_view(folded.text).substr(word.begin, word.end - word.begin)));
    }
    return list;
  };
  EXPECT_EQ(words("don't stop!"), (std::vector<std::string>{"don", "t", "stop"}));
  EXPECT_EQ(words("اشتراکم رو لغو کن"), (std::vector<std::string>{"اشتراکم", "رو", "لغو", "کن"}));
  EXPECT_EQ(words("सदस्यता रद्द"), (std::vector<std::string>{"सदस्यता", "रद्द"}));
  EXPECT_GT(words("サブスクを解約したい").size(), 2U);
}

TEST(Slice, CountsCodePoints) {
  EXPECT_EQ(count_code_points("aé漢\U0001F600"), 4U);
  EXPECT_EQ(first_code_points("aé漢", 2), "aé");
  EXPECT_EQ(slice_code_points("aé漢", 1, 9), "é漢");
}

}  // namespace
}  // namespace handrail::locales
