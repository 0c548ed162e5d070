// Folding is tested as a table of pairs: what people type, what the machine compares. Then
// properties over random text.
#include "locales/text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace handrail::locales {
namespace {

struct Pair {
  std::string_view typed;
  std::string_view folded;
};

TEST(Fold, TableOfWhatPeopleType) {
  const Pair pairs[] = {
      {"How Can I CANCEL?", "how can i cancel?"},
      {"كيف", "کیف"},                                     // Arabic kaf and yeh
      {"\u06A9\u0631\u062F\u0650\u064A\u062A", "کردیت"},  // with a kasra
      {"می\u200Cخواهم", "می خواهم"},                      // ZWNJ is a space
      {"۲۰ دلار", "20 دلار"},
      {"٢٠ دلار", "20 دلار"},
      {"اعتبـــار", "اعتبار"},  // tatweel
      {"آیا أین إن", "ایا این ان"},
      {"cafe\u0301 Crème", "cafe creme"},
      {"Straße", "strasse"},
      {"ﬁnd", "find"},
      {"ışık İPTAL", "isik iptal"},
      {"हिन्दी की मात्रा", "हिन्दी की मात्रा"},  // vowel signs are letters of the word
      {"パスワード", "パスワード"},
      {"й ё", "й ё"},
      {"\u0438\u0306", "й"},  // typed as base and breve
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
      {" \n\u3000 ", ""},
      {std::string_view("a\0b\x7F", 4), "a b"},
      {"ΆΝΘΡΩΠΟΣ", "ανθρωποσ"},
      {"यूज़र", "यूज़र"},
      {"क\u094D\u200Cष", "क\u094Dष"},  // ZWNJ after a virama chooses a shape, it parts no words
      {"か\u3099", "が"},
      {"ﾊﾟｽﾜｰﾄﾞ", "パスワード"},
      {"ＡＢＣ １２３", "abc 123"},
      {"حِسابْ َ", "حساب"},
      {"ﻻ ﷼", "لا ریال"},
      {"مسئول مؤثر خانۀ", "مسیول موثر خانه"},
      {"don\u00B4t", "don t"},
      {"1\uFE0F\u20E3", "1"},
      {"१०० १११११", "100 11111"},
      {"coool", "col"},  // consistent for everyone who stretches, see kStretchedRun
      {"see", "see"},
      {"1999999 !!!!", "1999999 !!!!"},
      {"look: https://x.example/help?", "look: \uE001 ?"},
      {"(www.x.example)", "( \uE001 )"},
      {"ＨＴＴＰ：//x.example", "\uE001"},
      {"httpsss://x.example", "\uE001"},
      {"https://", "https://"},
      {"www... what", "w... what"},
      {"<#C1|general> <!here> </help:1>", "\uE002"},
      {"<a:party:123> <:ok:1>", "\uE004"},
      {"a < b and <@unclosed", "a < b and < \uE002"},
      {"ask @ana.b-c, please", "ask \uE002 , please"},
      {"@ home", "@ home"},
      {":+1: :wave::skin-tone-2:", "\uE004"},
      {"reset:password:now", "reset:password:now"},
      {"to a.b+c@mail.example.", "to \uE003 ."},
      {"a@b", "a@b"},
      {"@ana@bob", "\uE002"},
      {"a@.b", "a@.b"},
      {"۱۲@mail.example", "\uE003"},
      {"\U0001F468\u200D\U0001F469\u200D\U0001F467 ok \U0001F1EE\U0001F1F7", "\uE004 ok \uE004"},
      {"\u2764\uFE0F", "\uE004"},
      {"© 2026", "© 2026"},
  };
  for (const Pair& pair : pairs) EXPECT_EQ(fold_to_utf8(pair.typed), pair.folded) << pair.typed;
}

TEST(Fold, PersianInAnyKeyboardIsTheSameText) {
  const std::string expected =
      fold_to_utf8("می‌خواهم ۲۰ دلار کردیت رایگان بگیرم");
  EXPECT_EQ(fold_to_utf8("مي‌خواهم 20 دلار كرديت رايگان بگيرم"),
            expected);
  EXPECT_EQ(fold_to_utf8("می خواهم ٢٠ دلار کردیت رایگان بگیرم"), expected);
}

TEST(Fold, OriginPointsAtTheOriginalCharacter) {
  const FoldedText folded = fold("Aﬁ  ۲۰");
  EXPECT_EQ(to_utf8(folded.text), "afi 20");
  EXPECT_EQ(folded.origin, (std::vector<std::uint32_t>{0, 1, 1, 2, 4, 5}));
}

TEST(Fold, OriginStaysRightThroughExpansionsAndComposition) {
  // ﷼ becomes four letters; a base and its mark become one.
  const FoldedText rial = fold("1 \uFDFC!");
  EXPECT_EQ(to_utf8(rial.text), "1 ریال!");
  EXPECT_EQ(rial.origin, (std::vector<std::uint32_t>{0, 1, 2, 2, 2, 2, 3}));
  const FoldedText composed = fold("\u0438\u0306x");
  EXPECT_EQ(to_utf8(composed.text), "йx");
  EXPECT_EQ(composed.origin, (std::vector<std::uint32_t>{0, 2}));
  const FoldedText stretched = fold("noooo 20");
  EXPECT_EQ(to_utf8(stretched.text), "no 20");
  EXPECT_EQ(stretched.origin, (std::vector<std::uint32_t>{0, 1, 5, 6, 7}));
  const FoldedText marked = fold("x https://a.b c");
  EXPECT_EQ(to_utf8(marked.text), "x \uE001 c");
  EXPECT_EQ(marked.origin, (std::vector<std::uint32_t>{0, 1, 2, 13, 14}));
}

// The properties that every text has, whatever it holds.
void expect_sound_folding(const std::string& utf8) {
  const FoldedText folded = fold(utf8);
  ASSERT_EQ(folded.text.size(), folded.origin.size());
  const std::size_t size = count_code_points(utf8);
  for (std::size_t i = 0; i < folded.origin.size(); ++i) {
    ASSERT_LT(folded.origin[i], size);
    ASSERT_TRUE(i == 0 || folded.origin[i - 1] <= folded.origin[i]);
  }
  const std::string once = to_utf8(folded.text);
  ASSERT_EQ(fold_to_utf8(once), once) << "typed: " << testing::PrintToString(utf8);
  std::uint32_t end = 0;
  for (const Word& word : split_words(folded)) {
    ASSERT_LE(end, word.begin);
    ASSERT_LT(word.begin, word.end);
    ASSERT_LE(word.end, folded.text.size());
    end = word.end;
  }
}

char32_t any_code_point(std::mt19937& random) {
  // Half of them from the Basic Multilingual Plane, where nearly all typed text lives.
  const char32_t c = static_cast<char32_t>(random() % (random() % 2 == 0 ? 0x10000 : 0x110000));
  return c >= 0xD800 && c < 0xE000 ? U'x' : c;
}

TEST(Fold, RandomTextNeverBreaksAndFoldsToItself) {
  std::mt19937 random(20261124);
  const std::u32string alphabet =
      U"aAZé "
      U"ıİßكيی۲٢\u200C\u0640\u064E\u0301й\u0438\u0306हि\u0928\u094D\u093Cパ漢か\u3099\U0001F600"
      U"\U0001F3FDﷲﬁ@<>#:./wwwhtps0"
      U"\u202E\uFE0F\u3000\u0345\u0323´-+_|!ก\uE001\uE004\u200Dⓗ";
  for (int round = 0; round < 20000; ++round) {
    std::u32string text;
    const std::size_t size = random() % 40;
    for (std::size_t i = 0; i < size; ++i) {
      text.push_back(random() % 5 == 0 ? any_code_point(random)
                                       : alphabet[random() % alphabet.size()]);
      while (random() % 6 == 0) text.push_back(text.back());
    }
    expect_sound_folding(to_utf8(text));
    if (HasFatalFailure()) return;
  }
}

TEST(Fold, PiecesOfOpaquePartsInAnyOrderFoldToThemselves) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {
      "http://", "https://", "www.", "x.example", "@",  "ana", "<@U1>",  "<:",  ":", "wave",
      ">",       "<",        " ",    ".",         "-",  "+1",  "ooo",    "ttt", "?", "\U0001F600",
      "سلام",    "\u200C",   "w",    "mail",      "_a", "12",  "\u0301", "é"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::size_t i = random() % 12; i > 0; --i) text += pieces[random() % pieces.size()];
    expect_sound_folding(text);
    if (HasFatalFailure()) return;
  }
}

TEST(Fold, RandomBytesNeverBreak) {
  std::mt19937 random(11);
  for (int round = 0; round < 5000; ++round) {
    std::string bytes;
    for (std::size_t i = random() % 30; i > 0; --i) bytes.push_back(static_cast<char>(random()));
    expect_sound_folding(bytes);
    if (HasFatalFailure()) return;
  }
}

TEST(Fold, EveryCodePointFoldsToItself) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const std::string once = fold_to_utf8(to_utf8(std::u32string{U'x', c, U'x'}));
    ASSERT_EQ(fold_to_utf8(once), once) << std::hex << static_cast<std::uint32_t>(c);
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
      list.push_back(
          to_utf8(std::u32string_view(folded.text).substr(word.begin, word.end - word.begin)));
    }
    return list;
  };
  EXPECT_EQ(words("don't stop!"), (std::vector<std::string>{"don", "t", "stop"}));
  EXPECT_EQ(words("اشتراکم رو لغو کن"), (std::vector<std::string>{"اشتراکم", "رو", "لغو", "کن"}));
  EXPECT_EQ(words("सदस्यता रद्द"), (std::vector<std::string>{"सदस्यता", "रद्द"}));
  EXPECT_GT(words("サブスクを解約したい").size(), 2U);
  // Only the run that needs a dictionary is cut by one; the words around it stay as they are
  // elsewhere.
  EXPECT_EQ(words("don't 解約 <@U1> ok"),
            (std::vector<std::string>{"don", "t", "解約", "\uE002", "ok"}));
  EXPECT_EQ(words("구독 취소"), (std::vector<std::string>{"구독", "취소"}));
  EXPECT_EQ(words("?! ..."), (std::vector<std::string>{}));
}

TEST(Slice, CountsCodePoints) {
  EXPECT_EQ(count_code_points("aé漢\U0001F600"), 4U);
  EXPECT_EQ(first_code_points("aé漢", 2), "aé");
  EXPECT_EQ(first_code_points("aé漢", 3), "aé漢");
  EXPECT_EQ(first_code_points("aé漢", 9), "aé漢");
  EXPECT_EQ(slice_code_points("aé漢", 1, 9), "é漢");
  EXPECT_EQ(slice_code_points("aé漢", 2, 1), "");
  EXPECT_EQ(slice_code_points("", 5, 9), "");
  EXPECT_EQ(count_code_points("a\xFF"), 2U);
}

}  // namespace
}  // namespace handrail::locales
