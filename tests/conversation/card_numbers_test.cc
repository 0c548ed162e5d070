// A card number that somebody types is not kept. The numbers here are the test numbers that payment services publish.
#include "bot/conversation/card_numbers.h"

#include <gmock/gmock.h>

#include "locales/text.h"

namespace handrail::conversation {
namespace {

std::string masked(const std::string& text) { return mask_card_numbers(text).value_or("kept"); }

TEST(CardNumbers, AllButTheLastFourDigitsBecomeDots) {
  EXPECT_EQ(masked("my card is 4242424242424242, give it back"), "my card is ••••••••••••4242, give it back");
  EXPECT_EQ(masked("4242 4242 4242 4242"), "•••• •••• •••• 4242");
  EXPECT_EQ(masked("3782-822463-10005 amex"), "••••-••••••-•0005 amex");
  EXPECT_EQ(masked("کارت ۴۲۴۲۴۲۴۲۴۲۴۲۴۲۴۲ است"), "کارت ••••••••••••۴۲۴۲ است");
  EXPECT_EQ(masked("first 5555555555554444 then 4000056655665556"), "first ••••••••••••4444 then ••••••••••••5556");
}

TEST(CardNumbers, OtherNumbersStay) {
  for (const char* text : {"order 1234567890123", "4242424242424241", "ticket 1004", "+49 170 1234567", "2026-03-14 10:22:33",
                           "424242424242424242424242", "4242 4242", "", "•••• 4242", "I paid 39.99 on 14/03/2026, invoice 20260314",
                           "0000000000000000", "4242  4242  4242  4242"}) {
    EXPECT_EQ(mask_card_numbers(text), std::nullopt) << text;
  }
}

TEST(CardNumbers, AtBothEndsOfTheirLengthAndOnePastIt) {
  EXPECT_NE(mask_card_numbers("4222222222222"), std::nullopt) << "13 digits";
  EXPECT_EQ(mask_card_numbers("424242424242"), std::nullopt) << "12 digits";
  EXPECT_NE(mask_card_numbers("6304000000000000000"), std::nullopt) << "19 digits";
  EXPECT_EQ(mask_card_numbers("63040000000000000000"), std::nullopt) << "20 digits";
}

TEST(CardNumbers, OneCodePointStaysOneSoSpansStillFit) {
  const std::string text = "پول من از ۴۲۴۲ ۴۲۴۲ ۴۲۴۲ ۴۲۴۲ کم شد";
  EXPECT_EQ(locales::count_code_points(masked(text)), locales::count_code_points(text));
  EXPECT_EQ(mask_card_numbers(masked(text)), std::nullopt) << "once is enough";
}

TEST(CardNumbers, FieldsOfAFormToo) {
  adapters::InboundMessage message;
  message.text = "hello";
  EXPECT_FALSE(without_card_numbers(message).has_value());
  message.fields = {{"subject", "refund to 4242424242424242"}, {"count", 3}};
  const auto result = without_card_numbers(message);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->fields["subject"], "refund to ••••••••••••4242");
  EXPECT_EQ(result->fields["count"], 3);
  EXPECT_EQ(result->text, "hello");
}

}  // namespace
}  // namespace handrail::conversation
