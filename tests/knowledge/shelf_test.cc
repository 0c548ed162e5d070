// The shipped guides in every state of an account, and a deliberately broken copy for each kind of
// mistake.
#include "knowledge/shelf.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace handrail::knowledge {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kMarch14 = 1773446400000;

std::shared_ptr<const Shelf> shipped(locales::Problems& problems) {
  return Shelf::load(std::string(HANDRAIL_SOURCE_DIR) + "/knowledge", {"en", "fa"}, "UTC",
                     problems);
}

const Shelf& shelf() {
  static locales::Problems problems;
  static const auto loaded = shipped(problems);
  return *loaded;
}

Facts active() {
  return {{"status", std::string("active")},
          {"auto_renew", true},
          {"next_billing_at", locales::Date{kMarch14}},
          {"current_period_end", locales::Date{kMarch14}}};
}
Facts ended() {
  return {{"status", std::string("canceled")},
          {"auto_renew", false},
          {"current_period_end", locales::Date{kMarch14}}};
}

bool says(const std::vector<std::string>& paragraphs, const std::string& words) {
  for (const std::string& paragraph : paragraphs) {
    if (paragraph.find(words) != std::string::npos) return true;
  }
  return false;
}

TEST(ShippedGuides, HaveNoMistakes) {
  locales::Problems problems;
  shipped(problems);
  for (const auto& problem : problems) ADD_FAILURE() << locales::to_text(problem);
}

TEST(CancelGuide, HasSevenStepsWithPicturesAndTheTrap) {
  for (const char* locale : {"en", "fa"}) {
    const RenderedGuide guide = shelf().render("cancel_subscription", locale, {});
    ASSERT_EQ(guide.steps.size(), 7U);
    for (const GuideStep& step : guide.steps) {
      EXPECT_FALSE(step.title.empty());
      EXPECT_FALSE(step.done);
      ASSERT_TRUE(step.picture.has_value());
      const bool rtl = std::string(locale) == "fa";
      EXPECT_NE(step.picture->svg.find(rtl ? ".rtl.svg" : ".ltr.svg"), std::string::npos);
    }
    ASSERT_EQ(guide.callouts.size(), 1U);
    EXPECT_EQ(guide.callouts[0].tone, "warning");
    EXPECT_EQ(guide.callouts[0].step_id, "confirm_cancel");
    EXPECT_FALSE(guide.outro.empty());
  }
}

TEST(CancelGuide, UsesTheAccountsOwnDates) {
  EXPECT_TRUE(says(shelf().render("cancel_subscription", "en", active()).intro,
                   "renew on **March 14, 2026**"));
  EXPECT_TRUE(says(shelf().render("cancel_subscription", "fa", active()).intro, "۲۳ اسفند ۱۴۰۴"));
}

TEST(CancelGuide, TicksWhatTheAccountShowsAsDone) {
  const RenderedGuide guide = shelf().render("cancel_subscription", "en", ended());
  EXPECT_TRUE(says(guide.intro, "renewal is already off"));
  for (const GuideStep& step : guide.steps) EXPECT_TRUE(step.done);
  EXPECT_TRUE(guide.callouts.empty());
}

TEST(CancelGuide, VerifiesAgainstTheAccount) {
  const Verification off = shelf().verify("cancel_subscription", "en", ended());
  EXPECT_EQ(off.outcome, Outcome::verified);
  EXPECT_NE(off.text.find("March 14, 2026"), std::string::npos);
  const Verification on = shelf().verify("cancel_subscription", "en", active());
  EXPECT_EQ(on.outcome, Outcome::not_done);
  EXPECT_EQ(on.back_to, "confirm_cancel");
  EXPECT_EQ(shelf().verify("cancel_subscription", "en", {}).outcome, Outcome::cannot_tell);
}

TEST(FreeCredits, NeverAccusesAndAlwaysOffersAReview) {
  for (const char* reason : {"device_limit", "region", "unverified"}) {
    const Facts facts = {{"free_credits.eligible", false},
                         {"free_credits.blocked_reason", std::string(reason)}};
    const RenderedGuide guide = shelf().render("missing_free_credits", "en", facts);
    EXPECT_TRUE(says(guide.outro, "gladly review")) << reason;
    EXPECT_FALSE(says(guide.intro, "abuse")) << reason;
  }
  EXPECT_TRUE(says(shelf().render("missing_free_credits", "fa", {}).intro, "شخصی نیست"));
}

TEST(Refund, ShowsWhatIsKnownAndAsksForWhatIsNot) {
  const Facts facts = {{"last_charge.amount", locales::Money{3900, "USD"}},
                       {"last_charge.at", locales::Date{kMarch14}},
                       {"credits.used_since_last_charge", std::int64_t{0}}};
  EXPECT_TRUE(
      says(shelf().render("refund", "en", facts).intro, "**$39.00** on **March 14, 2026**"));
  EXPECT_TRUE(says(shelf().render("refund", "en", facts).intro, "None of the credits"));
  EXPECT_TRUE(says(shelf().render("refund", "en", {}).intro, "last four digits"));
}

TEST(Conditions, UnknownFactsNeverMakeOneTrue) {
  std::vector<std::string> errors;
  const auto parse = [&](const char* text) {
    return Condition::parse(nlohmann::json::parse(text), errors);
  };
  EXPECT_EQ(parse(R"({"fact": "auto_renew", "is": false})").evaluate({}), Truth::unknown);
  EXPECT_EQ(parse(R"({"not": {"fact": "auto_renew", "is": false}})").evaluate({}), Truth::unknown);
  EXPECT_EQ(parse(R"({"any": [{"fact": "auto_renew", "is": false}, {"not": {"known": "plan"}}]})")
                .evaluate({}),
            Truth::yes);
  EXPECT_EQ(
      parse(R"({"all": [{"fact": "auto_renew", "is": false}, {"known": "plan"}]})").evaluate({}),
      Truth::no);
  EXPECT_TRUE(errors.empty());
  parse(R"({"fact": "plann", "is": 1})");
  EXPECT_EQ(errors.size(), 1U);
}

TEST(Values, NeverBecomeMarkup) {
  locales::Problems problems;
  const GuideWords words =
      GuideWords::parse("# T\n\n## a\n\nPlan: **{plan}**\n", "x.md", "en", problems);
  EXPECT_TRUE(problems.empty());
  const auto said = words.paragraphs(
      "a", {{"plan", std::string("[x](http://evil.example) {status} # Pro")}}, "UTC");
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0], "Plan: **[x](http://evil.example) {status} # Pro**");
}

TEST(Search, FindsGuidesByTheirWords) {
  const auto hits = shelf().search("renewal button in the pop-up", "en", 3);
  ASSERT_FALSE(hits.empty());
  EXPECT_EQ(hits[0].topic, "cancel_subscription");
  EXPECT_TRUE(shelf().search("zebra quantum", "en", 3).empty());
}

TEST(Search, WordsThatMostGuidesSayPointToNone) {
  EXPECT_TRUE(shelf().search("what is the weather in Berlin?", "en", 3).empty());
}

TEST(Search, FindsPersianWrittenWithArabicLetters) {
  for (const char* text : {"پنجرهٔ تأیید لغو اشتراک", "پنجره تاييد لغو اشتراك"}) {
    const auto hits = shelf().search(text, "fa", 3);
    ASSERT_FALSE(hits.empty()) << text;
    EXPECT_EQ(hits[0].topic, "cancel_subscription") << text;
  }
}

TEST(Render, FallsBackToEnglishAndSaysSo) {
  const RenderedGuide swedish = shelf().render("refund", "sv", {});
  EXPECT_EQ(swedish.locale, "en");
  EXPECT_TRUE(swedish.fell_back_to_english);
  const RenderedGuide persian = shelf().render("refund", "fa-IR", {});
  EXPECT_EQ(persian.locale, "fa");
  EXPECT_FALSE(persian.fell_back_to_english);
  EXPECT_TRUE(shelf().render("no_such_topic", "en", {}).title.empty());
}

TEST(Check, ReportsEachKindOfMistake) {
  const fs::path folder = fs::temp_directory_path() / "handrail-broken-guides";
  fs::remove_all(folder);
  fs::create_directories(folder / "broken");
  const auto write = [&](const char* name, const char* text) {
    std::ofstream(folder / "broken" / name) << text;
  };
  write(
      "guide.json",
      R"({"kind": "guide", "surprise": 1, "intro": [{"id": "intro", "when": {"fact": "moon", "is": 1}}],
    "steps": [{"id": "one", "image": true}], "callouts": [{"id": "trap", "step": "nowhere"}]})");
  write("en.md",
        "# Title\n\n## intro\n\nHello {plan}\n\n## one\n\nTitle\n\n## extra\n\n{credits_balance, "
        "plural, one {#}}\n");
  write("fa.md", "<!-- source: 0000 -->\n# عنوان\n\n## intro\n\nسلام\n\n## one\n\n");
  locales::Problems problems;
  Shelf::load(folder.string(), {"en", "fa", "sv"}, "UTC", problems);
  std::string all;
  for (const auto& problem : problems) all += locales::to_text(problem) + "\n";
  for (const char* wanted : {"unknown key surprise", "unknown fact in a condition",
                             "no such step: nowhere", "missing section: ## trap",
                             "unknown section: extra", "not an ICU message", "placeholders differ",
                             "stale", "one has no words", "missing image", "has no words in sv"}) {
    EXPECT_NE(all.find(wanted), std::string::npos) << wanted << "\nin\n" << all;
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace handrail::knowledge
