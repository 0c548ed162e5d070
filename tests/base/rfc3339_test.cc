#include "bot/base/rfc3339.h"

#include <gtest/gtest.h>

namespace handrail::base {
namespace {

TEST(Rfc3339, TableOfBothWays) {
  const struct {
    const char* text;
    std::int64_t at_ms;
  } pairs[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"2026-03-14T00:00:00Z", 1'773'446'400'000},
      {"2024-02-29T23:59:59.999Z", 1'709'251'199'999},
      {"1969-12-31T23:59:59Z", -1000},
      {"9999-12-31T23:59:59Z", 253'402'300'799'000},
  };
  for (const auto& pair : pairs) {
    EXPECT_EQ(to_rfc3339(pair.at_ms), pair.text);
    EXPECT_EQ(from_rfc3339(pair.text), pair.at_ms) << pair.text;
  }
}

TEST(Rfc3339, ReadsOffsetsAndFractions) {
  EXPECT_EQ(from_rfc3339("2026-03-14T03:30:00+03:30"), 1'773'446'400'000);
  EXPECT_EQ(from_rfc3339("2026-03-13T19:00:00-05:00"), 1'773'446'400'000);
  EXPECT_EQ(from_rfc3339("2026-03-14 00:00:00z"), 1'773'446'400'000);
  EXPECT_EQ(from_rfc3339("2026-03-14t00:00:00.5Z"), 1'773'446'400'500);
  EXPECT_EQ(from_rfc3339("2026-03-14T00:00:00.1239999Z"), 1'773'446'400'123);
  EXPECT_EQ(from_rfc3339("2016-12-31T23:59:60Z"), 1'483'228'800'000);
}

TEST(Rfc3339, RefusesTheRest) {
  for (const char* text : {"", "2026", "2026-03-14", "2026-03-14T00:00:00", "2026-03-14T00:00:00.Z",
                           "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-03-14T24:00:00Z",
                           "2026-03-14T00:60:00Z", "2026-03-14T00:00:61Z", "2026-03-14T-1:00:00Z",
                           "2026- 3-14T00:00:00Z", "+202-03-14T00:00:00Z", "2026-03-14T00:00:00Zx",
                           " 2026-03-14T00:00:00Z", "2026-03-14T00:00:00+24:00",
                           "2026-03-14T00:00:00+0330", "2026-03-14  00:00:00Z", "1773446400"}) {
    EXPECT_FALSE(from_rfc3339(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace handrail::base
