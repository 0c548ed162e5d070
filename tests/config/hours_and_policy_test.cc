// The two keys that are small languages of their own: business hours and the refund policy. A misread rule decides about
// money, so nothing in them is passed over.
#include <gmock/gmock.h>

#include "bot/config/load.h"
#include "tests/config/file.h"

namespace handrail::config {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

std::vector<std::string> mistakes(const std::string& key, const json& value) {
  const File file(json{{key, value}}.dump());
  return load(file.path(), {}).errors;
}
Hours hours(const json& value) {
  const File file(json{{"hours", value}}.dump());
  const Loaded loaded = load(file.path(), {});
  EXPECT_THAT(loaded.errors, IsEmpty()) << value;
  return loaded.config.hours;
}
std::vector<std::string> hours_mistakes(const json& value) { return mistakes("hours", value); }
std::vector<std::string> policy_mistakes(const json& value) { return mistakes("refund_policy", value); }
json rule(const json& when) { return json::array({{{"name", "r"}, {"verdict", "eligible"}, {"when", when}}}); }

TEST(HoursKey, EveryDayCountsFromMonday) {
  const Hours week = hours({{"monday", "09:00-17:00"},
                            {"tuesday", "00:00-00:01"},
                            {"wednesday", "09:00-17:00"},
                            {"thursday", "09:00-17:00"},
                            {"friday", "09:00-17:00"},
                            {"saturday", "09:00-17:00"},
                            {"sunday", "23:59-24:00"},
                            {"time_zone", "Asia/Tehran"}});
  EXPECT_EQ(week.time_zone, "Asia/Tehran");
  std::map<int, std::pair<int, int>> spans;
  for (const Hours::Span& span : week.spans) spans[span.day] = {span.from_minute, span.to_minute};
  ASSERT_EQ(spans.size(), 7U);
  EXPECT_EQ(spans[1], std::make_pair(540, 1020));
  EXPECT_EQ(spans[2], std::make_pair(0, 1));
  EXPECT_EQ(spans[7], std::make_pair(1439, 1440));
  EXPECT_TRUE(hours(json::object()).spans.empty()) << "always open";
}

TEST(HoursKey, WhatIsNoSpanIsRefused) {
  for (const char* text : {"", "9-17", "09:00", "09:00-17:00 ", " 09:00-17:00", "09:00-17:60", "09:60-17:00", "09:00-24:01",
                           "17:00-09:00", "09:00-09:00", "25:00-26:00", "-1:30-10:00", "+9:00-17:00", "9:5-17:0", "09:00 - 17:00",
                           "09:00-17:00,18:00-19:00", "09.00-17.00", "night"}) {
    EXPECT_THAT(hours_mistakes({{"monday", text}}), ElementsAre("hours: monday must be hours such as 09:00-17:00")) << text;
  }
}

TEST(HoursKey, SaysWhatIsWrongAndWhatWasMeant) {
  EXPECT_THAT(hours_mistakes({{"munday", "09:00-17:00"}}), ElementsAre("hours: no such day: munday (did you mean monday?)"));
  EXPECT_THAT(hours_mistakes({{"holidays", "09:00-17:00"}}), ElementsAre("hours: no such day: holidays"));
  EXPECT_THAT(hours_mistakes({{"time_zone", "Berlin"}}), ElementsAre("hours: time_zone: no such time zone: Berlin"));
  EXPECT_THAT(hours_mistakes({{"monday", 9}}), ElementsAre("hours: monday must be text"));
  EXPECT_THAT(hours_mistakes("always"), ElementsAre(StartsWith("hours: must be an object such as")));
  EXPECT_THAT(hours_mistakes(json::array()), ElementsAre(StartsWith("hours: must be an object such as")));
}

TEST(HoursKey, AllItsMistakesAreReportedAtOnce) {
  EXPECT_THAT(hours_mistakes({{"munday", "09:00-17:00"}, {"friday", "late"}, {"time_zone", "Berlin"}}),
              ElementsAre(AllOf(HasSubstr("munday"), HasSubstr("friday"), HasSubstr("Berlin"))));
}

TEST(HoursKey, OneMistakeChangesNothing) {
  const File file(R"({"hours": {"monday": "09:00-17:00", "friday": "late"}})");
  EXPECT_TRUE(load(file.path(), {}).config.hours.spans.empty());
}

TEST(PolicyKey, EveryConditionIsRead) {
  const json when = {{"days_since_charge_at_most", 14}, {"credits_used_at_most", 0}, {"charged_before_cancelling", true},
                     {"cancelled", false},              {"status", "past_due"},      {"charged_twice", true}};
  const File file(json{{"refund_policy", rule(when)}}.dump());
  const Loaded loaded = load(file.path(), {});
  EXPECT_THAT(loaded.errors, IsEmpty());
  ASSERT_EQ(loaded.config.refund_policy.size(), 1U);
  EXPECT_EQ(loaded.config.refund_policy[0].when, when);
}

TEST(PolicyKey, SaysWhatIsWrongAndWhatWasMeant) {
  EXPECT_THAT(policy_mistakes({{{"verdict", "eligible"}}}), ElementsAre("refund_policy: every rule needs a name"));
  EXPECT_THAT(policy_mistakes({"eligible"}), ElementsAre("refund_policy: every rule needs a name"));
  EXPECT_THAT(policy_mistakes({{{"name", "r"}, {"verdict", "yes"}}}),
              ElementsAre("refund_policy: r: verdict must be eligible, needs_review or not_eligible"));
  EXPECT_THAT(policy_mistakes(rule({{"canceled", true}})),
              ElementsAre("refund_policy: r: unknown condition canceled (did you mean cancelled?)"));
  EXPECT_THAT(policy_mistakes(rule({{"moon_phase", 1}})), ElementsAre("refund_policy: r: unknown condition moon_phase"));
  EXPECT_THAT(policy_mistakes(rule(7)), ElementsAre("refund_policy: r: when must be an object"));
  EXPECT_THAT(policy_mistakes(json::object()), ElementsAre(StartsWith("refund_policy: must be a list of rules")));
  EXPECT_THAT(policy_mistakes("[{"), ElementsAre(StartsWith("refund_policy: must be a list of rules")));
}

TEST(PolicyKey, AMisspeltWhenIsNotARuleForEverybody) {
  EXPECT_THAT(policy_mistakes({{{"name", "r"}, {"verdict", "eligible"}, {"wehn", {{"cancelled", true}}}}}),
              ElementsAre("refund_policy: r: unknown key wehn (did you mean when?)"));
}

TEST(PolicyKey, AConditionOfAWrongKindIsNotARuleForNobody) {
  for (const json& when : {json{{"days_since_charge_at_most", "14"}}, {{"days_since_charge_at_most", 14.5}},
                           {{"days_since_charge_at_most", -1}}, {{"credits_used_at_most", true}}}) {
    EXPECT_THAT(policy_mistakes(rule(when)), ElementsAre(HasSubstr("must be a whole number, 0 or more"))) << when;
  }
  for (const json& when : {json{{"cancelled", "yes"}}, {{"charged_twice", 1}}, {{"charged_before_cancelling", nullptr}}}) {
    EXPECT_THAT(policy_mistakes(rule(when)), ElementsAre(HasSubstr("must be true or false"))) << when;
  }
  EXPECT_THAT(policy_mistakes(rule({{"status", "cancelled"}})),
              ElementsAre("refund_policy: r: status must be active, trialing, past_due, canceled or free"));
}

TEST(PolicyKey, AllItsMistakesAreReportedAtOnce) {
  const json rules = {{{"name", "a"}, {"verdict", "maybe"}}, {{"name", "b"}, {"verdict", "eligible"}, {"when", {{"x", 1}, {"cancelled", 7}}}}};
  EXPECT_THAT(policy_mistakes(rules), ElementsAre(AllOf(HasSubstr("a: verdict"), HasSubstr("b: unknown condition x"),
                                                        HasSubstr("b: cancelled must be true or false"))));
}

TEST(PolicyKey, OneMistakeKeepsTheShippedPolicy) {
  const File file(R"({"refund_policy": [{"name": "good", "verdict": "eligible"}, {"name": "bad", "verdict": "maybe"}]})");
  EXPECT_TRUE(load(file.path(), {}).config.refund_policy.empty()) << "empty: the shipped default";
}

}  // namespace
}  // namespace handrail::config
