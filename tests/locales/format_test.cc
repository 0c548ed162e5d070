#include "locales/format.h"

#include <gtest/gtest.h>

namespace handrail::locales {
namespace {

constexpr std::int64_t kMarch14 = 1773446400000;  // 2026-03-14T00:00:00Z

TEST(Dates, ArePersianForPersianReaders) {
  EXPECT_EQ(format_date(kMarch14, "en", "UTC"), "March 14, 2026");
  EXPECT_EQ(format_date(kMarch14, "fa", "UTC"), "۲۳ اسفند ۱۴۰۴");
}

TEST(Dates, UseTheTimeZone) {
  EXPECT_EQ(format_date(kMarch14, "en", "America/New_York"), "March 13, 2026");
  EXPECT_EQ(format_date(kMarch14, "en", "No/Where"), "March 14, 2026");
  EXPECT_TRUE(is_time_zone("Asia/Tehran"));
  EXPECT_FALSE(is_time_zone("No/Where"));
}

TEST(Money, HasTheCurrencysDigits) {
  EXPECT_EQ(format_money(3900, "USD", "en"), "$39.00");
  EXPECT_EQ(format_money(5, "USD", "en"), "$0.05");
  EXPECT_EQ(format_money(-1250, "EUR", "en"), "-€12.50");
  EXPECT_EQ(format_money(1500, "JPY", "en"), "¥1,500");
  EXPECT_EQ(format_money(1500, "KWD", "en"), "KWD\u00A01.500");
  EXPECT_NE(format_money(3900, "USD", "fa").find("۳۹"), std::string::npos);
  EXPECT_EQ(format_money(3900, "nonsense", "en"), "3900 nonsense");
}

TEST(Numbers, HaveTheReadersDigits) {
  EXPECT_EQ(format_number(12345, "en"), "12,345");
  EXPECT_EQ(format_number(12345, "fa"), "۱۲٬۳۴۵");
}

TEST(Isolate, WrapsValuesInRightToLeftTextOnly) {
  EXPECT_EQ(isolate("Pro", "en"), "Pro");
  EXPECT_EQ(isolate("Pro", "fa"), "\u2068Pro\u2069");
}

TEST(Currency, IsIso4217) {
  EXPECT_TRUE(is_currency("USD"));
  EXPECT_FALSE(is_currency("ZZZ"));
  EXPECT_FALSE(is_currency("dollars"));
}

}  // namespace
}  // namespace handrail::locales
