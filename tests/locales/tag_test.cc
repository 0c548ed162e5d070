#include "locales/tag.h"

#include <gtest/gtest.h>

namespace handrail::locales {
namespace {

TEST(Negotiate, FindsTheBestLanguageWeHave) {
  const std::vector<std::string> have = {"en", "fa", "pt-BR", "zh"};
  EXPECT_EQ(negotiate({"fa-IR"}, have), "fa");
  EXPECT_EQ(negotiate({"fa-Latn"}, have), "fa");
  EXPECT_EQ(negotiate({"en_GB"}, have), "en");
  EXPECT_EQ(negotiate({"pt-PT", "en"}, have), "pt-BR");
  EXPECT_EQ(negotiate({"zh-TW"}, have), "zh");
  EXPECT_EQ(negotiate({"de-DE", "fa"}, have), "fa");
  EXPECT_EQ(negotiate({"de-DE"}, have), std::nullopt);
  EXPECT_EQ(negotiate({"", "!!", "x"}, have), std::nullopt);
}

TEST(Tags, AreCanonical) {
  EXPECT_EQ(canonical_tag("FA_ir"), "fa-IR");
  EXPECT_EQ(canonical_tag("fa-latn"), "fa-Latn");
  EXPECT_EQ(canonical_tag("es-419"), "es-419");
  EXPECT_EQ(canonical_tag("../etc"), "");
}

TEST(Direction, FollowsTheScript) {
  EXPECT_EQ(direction("fa"), Direction::rtl);
  EXPECT_EQ(direction("ar-EG"), Direction::rtl);
  EXPECT_EQ(direction("fa-Latn"), Direction::ltr);
  EXPECT_EQ(direction("en"), Direction::ltr);
}

TEST(Names, AreInTheReadersLanguage) {
  EXPECT_EQ(display_name("fa", "fa"), "فارسی");
  EXPECT_EQ(display_name("fa", "en"), "Persian");
}

}  // namespace
}  // namespace handrail::locales
