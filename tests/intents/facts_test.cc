// Facts as a table: text, name, value, and the words of the original that the span covers.
#include "intents/facts.h"

#include <gtest/gtest.h>

namespace handrail::intents {
namespace {

constexpr std::int64_t kNow = 1'795'430'000'000;  // Monday, 2026-11-23

struct Row {
  const char* text;
  const char* name;
  const char* value;
  const char* words;
};

TEST(Facts, AreTakenWithTheirSpan) {
  const Row rows[] = {
      {"you charged $39 yesterday", "amount", "3900", "$39"},
      {"you charged me 39.99 dollars", "amount", "3999", "39.99 dollars"},
      {"I paid 1,299.00 USD", "amount", "129900", "1,299.00 USD"},
      {"از من ۲۰ دلار کم شد", "amount", "2000", "۲۰ دلار"},
      {"20 dolar kam shod", "amount", "2000", "20 dolar"},
      {"you charged me yesterday", "date", "2026-11-22", "yesterday"},
      {"پریروز پول کم شد", "date", "2026-11-21", "پریروز"},
      {"charged two weeks ago", "date", "2026-11-09", "two weeks ago"},
      {"سه روز پیش کم شد", "date", "2026-11-20", "سه روز پیش"},
      {"the day before yesterday", "date", "2026-11-21", "day before yesterday"},
      {"charged 3 days ago", "date", "2026-11-20", "3 days ago"},
      {"charged on March 3rd", "date", "2026-03-03", "March 3rd"},
      {"charged on 3 December", "date", "2025-12-03", "3 December"},
      {"on 2026-10-05 you took it", "date", "2026-10-05", "2026-10-05"},
      {"last Tuesday I paid", "date", "2026-11-17", "last Tuesday"},
      {"۵ مهر پول کم شد", "date", "2026-09-27", "۵ مهر"},
      {"any news on ticket #1042?", "ticket_number", "1042", "1042"},
      {"my card ending in 4242", "last4", "4242", "4242"},
      {"it was the card **** 4242", "last4", "4242", "4242"},
      {"\u2022\u2022\u2022\u2022 \u2022\u2022\u2022\u2022 \u2022\u2022\u2022\u2022 \u06F4\u06F2\u06F4\u06F2", "last4", "4242", "\u06F4\u06F2\u06F4\u06F2"},
      {"write to ana@mail.example.", "email", "ana@mail.example", "ana@mail.example"},
      {"I used none of the credits", "unused_credits", "true", "none of the credits"},
      {"I haven't used them", "unused_credits", "true", "haven't used"},
      {"هیچی استفاده نکردم", "unused_credits", "true", "استفاده نکردم"},
      {"charged before I cancelled", "charged_before_cancelling", "true", "before I cancelled"},
      {"you charged me twice", "charged_twice", "true", "twice"},
      {"charged even though I had cancelled", "charged_after_cancelling", "true",
       "even though I had cancelled"},
      {"that payment was a mistake", "by_mistake", "true", "was a mistake"},
      {"it was by mistake", "by_mistake", "true", "by mistake"},
  };
  for (const Row& row : rows) {
    const auto facts = extract_facts(row.text, locales::fold(row.text), kNow);
    bool found = false;
    for (const Fact& fact : facts) {
      if (fact.name != row.name) continue;
      found = true;
      EXPECT_EQ(fact.value, row.value) << row.text;
      EXPECT_EQ(locales::slice_code_points(row.text, fact.begin, fact.end), row.words) << row.text;
    }
    EXPECT_TRUE(found) << row.text << ": no " << row.name;
  }
}

TEST(Facts, AreNotInvented) {
  for (const char* text : {"how can I cancel?", "I have 3 questions", "may I ask something",
                           "I used it twice", "I was not charged twice", "سلام خوبی"}) {
    for (const Fact& fact : extract_facts(text, locales::fold(text), kNow)) {
      ADD_FAILURE() << text << ": " << fact.name << " = " << fact.value;
    }
  }
}

}  // namespace
}  // namespace handrail::intents
