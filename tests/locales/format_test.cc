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
  EXPECT_EQ(format_money(0, "USD", "en"), "$0.00");
  EXPECT_EQ(format_money(-5, "USD", "en"), "-$0.05");
}

TEST(Money, CountsMinorUnitsAsIsoDoesAndNeverRounds) {
  EXPECT_EQ(format_money(10000, "RSD", "en"), "RSD\u00A0100");
  EXPECT_EQ(format_money(10050, "RSD", "en"), "RSD\u00A0100.50");
  EXPECT_EQ(format_money(2000000, "IRR", "en"), "IRR\u00A02,000,000");
  EXPECT_EQ(format_money(INT64_MIN, "USD", "en"), "-$92,233,720,368,547,758.08");
  EXPECT_EQ(format_money(INT64_MAX, "KWD", "en"), "KWD\u00A09,223,372,036,854,775.807");
}

TEST(Dates, FollowTheJalaliCalendarOverItsYearEnd) {
  constexpr std::int64_t kDay = 86'400'000;
  constexpr std::int64_t kNowruz = 1774051200000;  // 2026-03-21T00:00:00Z, the first day of 1405
  EXPECT_EQ(format_date(kNowruz - kDay, "fa", "UTC"), "۲۹ اسفند ۱۴۰۴");
  EXPECT_EQ(format_date(kNowruz, "fa", "UTC"), "۱ فروردین ۱۴۰۵");
  // In Tehran the new day begins three and a half hours earlier.
  EXPECT_EQ(format_date(kNowruz - 3 * 3'600'000, "fa", "Asia/Tehran"), "۱ فروردین ۱۴۰۵");
  EXPECT_EQ(format_date(0, "fa", "UTC"), "۱۱ دی ۱۳۴۸");
}

TEST(DateTimes, NameTheDayAndTheZone) {
  EXPECT_EQ(format_date_time(kMarch14, "en", "America/New_York"),
            "Friday, March 13 at 8:00\u202FPM EDT");
  const std::string persian = format_date_time(kMarch14, "fa", "Asia/Tehran");
  EXPECT_NE(persian.find("شنبه ۲۳ اسفند"), std::string::npos) << persian;
  EXPECT_NE(persian.find("۰۳:۳۰"), std::string::npos) << persian;
}

TEST(Durations, AreInTheLargestUnitAndRoundedUp) {
  using namespace std::chrono_literals;
  EXPECT_EQ(format_duration(15min, "en"), "15 minutes");
  EXPECT_EQ(format_duration(1min, "en"), "1 minute");
  EXPECT_EQ(format_duration(61min, "en"), "2 hours");
  EXPECT_EQ(format_duration(47h, "en"), "47 hours");
  EXPECT_EQ(format_duration(48h, "en"), "2 days");
  EXPECT_EQ(format_duration(1ms, "en"), "1 minute");
  EXPECT_EQ(format_duration(-5h, "en"), "0 minutes");
  EXPECT_EQ(format_duration(4h, "fa"), "۴ ساعت");
}

TEST(Numbers, HaveTheReadersDigits) {
  EXPECT_EQ(format_number(12345, "en"), "12,345");
  EXPECT_EQ(format_number(12345, "fa"), "۱۲٬۳۴۵");
}

TEST(Currency, IsIso4217) {
  EXPECT_TRUE(is_currency("USD"));
  EXPECT_FALSE(is_currency("ZZZ"));
  EXPECT_FALSE(is_currency("dollars"));
}

}  // namespace
}  // namespace handrail::locales
