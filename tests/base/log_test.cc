#include "bot/base/log.h"

#include <gmock/gmock.h>

namespace handrail::base {
namespace {

using testing::EndsWith;

std::string logged(Level level, std::string_view event, const LogFields& fields) {
  testing::internal::CaptureStderr();
  log(level, event, fields);
  return testing::internal::GetCapturedStderr();
}

TEST(Log, WritesOneLineOfKeysAndValues) {
  ASSERT_TRUE(set_log_level("info"));
  EXPECT_THAT(logged(Level::warning, "delivery.retry", {{"channel", "slack"}, {"status", "503"}}),
              EndsWith(" warning delivery.retry channel=slack status=503\n"));
}

TEST(Log, AValueCannotForgeALineOrAField) {
  ASSERT_TRUE(set_log_level("info"));
  EXPECT_THAT(logged(Level::info, "e", {{"k", "a\nb level=x \"q\" \\"}}),
              EndsWith(R"( e k="a b level=x \"q\" \\")"
                       "\n"));
  EXPECT_THAT(logged(Level::info, "e", {{"k", "\x1b[31m"}}), EndsWith("e k=\" [31m\"\n"));
  EXPECT_THAT(logged(Level::info, "e", {{"k", ""}}), EndsWith("e k=\"\"\n"));
}

TEST(Log, TheLevelDecidesWhatIsWritten) {
  ASSERT_TRUE(set_log_level("error"));
  EXPECT_EQ(logged(Level::warning, "e", {}), "");
  EXPECT_NE(logged(Level::error, "e", {}), "");
  EXPECT_FALSE(set_log_level("loud"));
  EXPECT_EQ(logged(Level::info, "e", {}), "");
  ASSERT_TRUE(set_log_level("off"));
  EXPECT_EQ(logged(Level::error, "e", {}), "");
  ASSERT_TRUE(set_log_level("info"));
}

}  // namespace
}  // namespace handrail::base
