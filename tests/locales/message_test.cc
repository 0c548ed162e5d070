#include "locales/message.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace handrail::locales {
namespace {

std::string put(const std::string& text, const std::string& locale, const Arguments& arguments) {
  std::string error;
  const auto message = Message::parse(text, locale, &error);
  return message == nullptr ? "error: " + error : message->format(arguments, "UTC");
}

TEST(Message, ValuesAreNeverSyntax) {
  EXPECT_EQ(put("Hello {name}!", "en", {{"name", "{count, plural, other {'#'}}"}}),
            "Hello {count, plural, other {'#'}}!");
  EXPECT_EQ(put("{a} {b}", "en", {{"a", "{b}"}, {"b", "x"}}), "{b} x");
}

TEST(Message, MissingArgumentsShowAndSpareOnesDoNot) {
  EXPECT_EQ(put("Hello {name}!", "en", {}), "Hello {name}!");
  EXPECT_EQ(put("Hello!", "en", {{"name", "Ana"}}), "Hello!");
}

TEST(Message, ChoosesByTextInEveryDirection) {
  const std::string text = "{status, select, active {A} other {B}} {status}";
  EXPECT_EQ(put(text, "en", {{"status", "active"}}), "A active");
  EXPECT_EQ(put(text, "fa", {{"status", "active"}}), "A active");
  EXPECT_EQ(put(text, "fa", {{"status", "free"}}), "B free");
}

TEST(Message, ReadsDatesTimesMoneyAndNumbersAsItsReaders) {
  constexpr std::int64_t kMarch14 = 1773446400000;
  EXPECT_EQ(put("{d}", "en", {{"d", Date{kMarch14}}}), "March 14, 2026");
  EXPECT_EQ(put("{d}", "fa", {{"d", Date{kMarch14}}}), "\u2068۲۳ اسفند ۱۴۰۴\u2069");
  EXPECT_EQ(put("{m}", "en", {{"m", Money{3900, "USD"}}}), "$39.00");
  EXPECT_EQ(put("{n}", "fa", {{"n", std::int64_t{1234}}}), "۱٬۲۳۴");
  EXPECT_EQ(put("{n, number, ::group-off}", "fa", {{"n", std::int64_t{1234}}}), "۱۲۳۴");
  EXPECT_NE(put("{t}", "en", {{"t", DateTime{kMarch14}}}).find("Saturday"), std::string::npos);
}

struct Plurals {
  const char* locale;
  std::int64_t count;
  const char* form;
};

TEST(Message, TakesThePluralFormOfTheLanguage) {
  const std::string text =
      "{n, plural, zero {zero} one {one} two {two} few {few} many {many} other {other}}";
  const Plurals cases[] = {{"en", 1, "one"},  {"en", 0, "other"}, {"fa", 0, "one"},
                           {"fa", 1, "one"},  {"fa", 2, "other"}, {"ru", 2, "few"},
                           {"ru", 5, "many"}, {"ru", 21, "one"},  {"ar", 0, "zero"},
                           {"ar", 2, "two"},  {"ar", 3, "few"},   {"ja", 1, "other"}};
  for (const Plurals& c : cases)
    EXPECT_EQ(put(text, c.locale, {{"n", c.count}}), c.form) << c.locale << " " << c.count;
}

std::vector<std::string> missing(const std::string& text, const std::string& locale) {
  std::string error;
  const auto message = Message::parse(text, locale, &error);
  return message == nullptr ? std::vector<std::string>{error} : message->missing_plurals();
}

TEST(Message, KnowsWhichPluralFormsItLacks) {
  using List = std::vector<std::string>;
  EXPECT_EQ(missing("{n, plural, one {a} other {b}}", "en"), List{});
  EXPECT_EQ(missing("{n, plural, =1 {a} other {b}}", "en"), List{"one"});
  EXPECT_EQ(missing("{n, plural, other {b}}", "ja"), List{});
  EXPECT_EQ(missing("{n, plural, one {{m, plural, other {few}}} other {b}}", "en"), List{"one"});
  EXPECT_EQ(missing("{n, selectordinal, one {#st} other {#th}}", "en"), (List{"few", "two"}));
}

TEST(Message, SaysWhereItsSyntaxBreaks) {
  std::string error;
  EXPECT_EQ(Message::parse("Hello {name", "en", &error), nullptr);
  EXPECT_NE(error.find("near character"), std::string::npos) << error;
  EXPECT_EQ(Message::parse("{n, plural, one {x}}", "en", &error), nullptr) << "without other";
}

TEST(Message, ListsItsPlaceholdersNestedOnesToo) {
  std::string error;
  const auto message = Message::parse(
      "{a} {n, plural, one {{b}} other {{c, select, x {} other {{d}}}}}", "en", &error);
  ASSERT_NE(message, nullptr) << error;
  EXPECT_EQ(message->placeholders(), (std::set<std::string>{"a", "b", "c", "d", "n"}));
}

}  // namespace
}  // namespace handrail::locales
