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
  EXPECT_EQ(negotiate({}, have), std::nullopt);
  EXPECT_EQ(negotiate({"en"}, {}), std::nullopt);
  EXPECT_EQ(negotiate({"fa-Latn-IR"}, have), "fa");
  EXPECT_EQ(negotiate({"fa-Latn-IR"}, {"fa", "fa-Latn"}), "fa-Latn");
}

TEST(Negotiate, AmongKinTakesTheSameScript) {
  EXPECT_EQ(negotiate({"zh-TW"}, {"zh-Hans", "zh-Hant"}), "zh-Hant");
  EXPECT_EQ(negotiate({"zh-CN"}, {"zh-Hant", "zh-Hans"}), "zh-Hans");
  EXPECT_EQ(negotiate({"fa"}, {"fa-Latn", "fa-AF"}), "fa-AF");
  EXPECT_EQ(negotiate({"es-419"}, {"en", "es-ES"}), "es-ES");
  EXPECT_EQ(negotiate({"de-DE", "en-GB"}, {"en", "fa"}), "en");
}

TEST(Tags, AreCanonical) {
  EXPECT_EQ(canonical_tag("FA_ir"), "fa-IR");
  EXPECT_EQ(canonical_tag("fa-latn"), "fa-Latn");
  EXPECT_EQ(canonical_tag("es-419"), "es-419");
  EXPECT_EQ(canonical_tag("../etc"), "");
  EXPECT_EQ(canonical_tag("iw"), "he");
  EXPECT_EQ(canonical_tag("pes-IR"), "fa-IR");
  EXPECT_EQ(canonical_tag("en-!!"), "");
  EXPECT_EQ(canonical_tag("und"), "");
  EXPECT_EQ(canonical_tag(std::string(36, 'a')), "");
  EXPECT_EQ(canonical_tag(std::string("en\0x", 4)), "");
}

TEST(Direction, FollowsTheScript) {
  EXPECT_EQ(direction("fa"), Direction::rtl);
  EXPECT_EQ(direction("ar-EG"), Direction::rtl);
  EXPECT_EQ(direction("fa-Latn"), Direction::ltr);
  EXPECT_EQ(direction("en"), Direction::ltr);
  EXPECT_EQ(direction("fa_IR"), Direction::rtl);
  EXPECT_EQ(direction("he"), Direction::rtl);
  EXPECT_EQ(direction("az-Arab"), Direction::rtl);
  EXPECT_EQ(direction("nonsense!"), Direction::ltr);
}

TEST(Names, AreInTheReadersLanguage) {
  EXPECT_EQ(display_name("fa", "fa"), "فارسی");
  EXPECT_EQ(display_name("fa", "en"), "Persian");
}

}  // namespace
}  // namespace handrail::locales
