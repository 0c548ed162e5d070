#include "bot/tickets/hours.h"

#include <gtest/gtest.h>

#include "bot/base/rfc3339.h"

namespace handrail::tickets {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr std::int64_t kMonday = 1'773'014'400'000;  // 2026-03-09T00:00:00Z, a Monday

config::Hours hours(const std::string& zone, std::vector<config::Hours::Span> spans) {
  config::Hours result;
  result.time_zone = zone;
  result.spans = std::move(spans);
  return result;
}

TEST(Presence, IsAlwaysThereWithoutHours) { EXPECT_TRUE(presence(hours("UTC", {}), kMonday).now); }

TEST(Presence, BeginsAtTheFirstMinuteAndEndsAtTheLast) {
  const auto nine_to_five = hours("UTC", {{1, 9 * 60, 17 * 60}});
  EXPECT_FALSE(presence(nine_to_five, kMonday + 9 * kHourMs - 1).now);
  EXPECT_TRUE(presence(nine_to_five, kMonday + 9 * kHourMs).now);
  EXPECT_FALSE(presence(nine_to_five, kMonday + 17 * kHourMs).now);
}

TEST(Presence, NamesNextWeekAfterTheOnlySpan) {
  const Presence after = presence(hours("UTC", {{1, 9 * 60, 17 * 60}}), kMonday + 18 * kHourMs);
  EXPECT_EQ(after.next_at, kMonday + 7 * kDayMs + 9 * kHourMs);
}

TEST(Presence, KeepsTheLocalHourWhenClocksGoForward) {
  const auto berlin = hours("Europe/Berlin", {{1, 9 * 60, 17 * 60}});
  EXPECT_TRUE(presence(berlin, kMonday + 8 * kHourMs).now);                  // 9:00 in winter
  EXPECT_TRUE(presence(berlin, kMonday + 21 * kDayMs + 7 * kHourMs).now);    // 9:00 on 30 March, in summer
  EXPECT_FALSE(presence(berlin, kMonday + 21 * kDayMs + 15 * kHourMs).now);  // 17:00
}

TEST(Presence, ReadsASpanAfterOneThatEndsAtMidnightOnTheSameDay) {
  const auto listed_late_first = hours("UTC", {{1, 18 * 60, 24 * 60}, {1, 9 * 60, 12 * 60}});
  EXPECT_TRUE(presence(listed_late_first, kMonday + 10 * kHourMs).now);
}

}  // namespace
}  // namespace handrail::tickets
