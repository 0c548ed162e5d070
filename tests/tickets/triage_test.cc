// The card of a ticket: every fact with where it came from, a place in the person's own words or a field of the account.
#include "bot/tickets/triage.h"

#include <gmock/gmock.h>

#include "bot/config/load.h"
#include "bot/tickets/policy.h"
#include "intents/facts.h"
#include "locales/text.h"

namespace handrail::tickets {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kNow = 1'795'430'000'000;  // 2026-11-23

SaidFacts said(const std::string& message_id, const std::string& text) {
  static const intents::WordBook words = [] {
    intents::WordBook book;
    locales::Problems problems;
    book.load(std::string(HANDRAIL_SOURCE_DIR) + "/intents", problems);
    return book;
  }();
  return {message_id, intents::extract_facts(text, locales::fold(text), {&words.of("en")}, kNow)};
}

accounts::AccountFacts account(json fields) {
  fields["id"] = "acc-7";
  const auto facts = accounts::facts_from_json(fields);
  EXPECT_TRUE(facts.ok()) << (facts ? "" : facts.error().message);
  return *facts;
}

// Charged four days ago, cancelled three days ago, nothing used since.
json ben() {
  return {{"plan", "Pro"},
          {"status", "canceled"},
          {"auto_renew", false},
          {"cancelled_at", "2026-11-20T08:00:00Z"},
          {"last_charge", {{"id", "ch1"}, {"amount_minor", 3900}, {"currency", "USD"}, {"at", "2026-11-19T08:00:00Z"}}},
          {"credits", {{"balance", 2000}, {"used_since_last_charge", 0}}}};
}

json card(const std::vector<SaidFacts>& words, const std::optional<accounts::AccountFacts>& facts, const std::string& kind = "refund") {
  return make_triage(kind, words, facts, {}, kNow);
}

// The fact of that name; null when there is none; a failure when it stands there twice.
json fact(const json& triage, const std::string& name) {
  json found;
  for (const json& entry : triage["facts"]) {
    if (entry["name"] != name) continue;
    EXPECT_TRUE(found.is_null()) << name << " stands on the card twice";
    found = entry;
  }
  return found;
}
json value(const json& triage, const std::string& name) { return fact(triage, name).value("value", json()); }
std::string field(const json& triage, const std::string& name) {
  return fact(triage, name).value("source", json::object()).value("field", "");
}

TEST(Triage, ChargedBeforeCancellingAndNothingUsed) {
  const std::string text = "I was charged $39 before I cancelled, I have used none of the credits, I want a refund";
  const json triage = card({said("m1", text)}, account(ben()));
  EXPECT_EQ(value(triage, "charge_date"), "2026-11-19T08:00:00Z");
  EXPECT_EQ(field(triage, "charge_date"), "last_charge.at");
  EXPECT_EQ(value(triage, "cancel_date"), "2026-11-20T08:00:00Z");
  EXPECT_EQ(field(triage, "cancel_date"), "cancelled_at");
  EXPECT_EQ(value(triage, "amount"), json({{"amount_minor", 3900}, {"currency", "USD"}}));
  EXPECT_EQ(field(triage, "amount"), "last_charge");
  EXPECT_EQ(value(triage, "unused_credits"), true);
  EXPECT_EQ(field(triage, "unused_credits"), "credits.used_since_last_charge");
  for (const json& entry : triage["facts"]) {
    EXPECT_EQ(entry.size(), 3U) << entry;
    EXPECT_EQ(entry["source"]["kind"], entry["name"].get<std::string>().rfind("said_", 0) == 0 ? "message" : "account") << entry;
  }
  EXPECT_EQ(triage["policy"], json({{"verdict", "eligible"}, {"rule", "recent and unused"}, {"missing", json::array()}}));
}

TEST(Triage, WhatWasSaidNamesItsPlaceInTheOriginalText) {
  // Before each fact stand characters of one, two, three and four bytes, and ones that folding changes or removes.
  const std::string text = "🙂 ﷺ ＨＥＬＬＯ سـلام: you charged 39.99 dollars before I cancelled and I used none of the credits";
  const json triage = card({said("m1", text)}, std::nullopt);
  const std::vector<std::pair<std::string, std::string>> expected = {{"said_amount", "39.99 dollars"},
                                                                     {"said_charged_before_cancelling", "before I cancelled"},
                                                                     {"said_unused_credits", "used none"}};
  for (const auto& [name, words] : expected) {
    const json source = fact(triage, name).value("source", json::object());
    ASSERT_EQ(source.value("message_id", ""), "m1") << name;
    EXPECT_EQ(locales::slice_code_points(text, source["begin"], source["end"]), words) << name;
  }
  EXPECT_EQ(value(triage, "said_amount"), json({{"amount_minor", 3999}, {"currency", "USD"}}));
  EXPECT_EQ(value(triage, "said_unused_credits"), true);
}

TEST(Triage, ALaterMessageCorrectsAnEarlierOne) {
  const json triage = card({said("m1", "you charged $39"), said("m2", "sorry, it was $49")}, std::nullopt);
  EXPECT_EQ(value(triage, "said_amount")["amount_minor"], 4900);
  EXPECT_EQ(fact(triage, "said_amount")["source"]["message_id"], "m2");
}

TEST(Triage, WhatTheAccountSaysAndWhatThePersonSaysStandSideBySide) {
  json fields = ben();
  fields["credits"]["used_since_last_charge"] = 5;
  const json triage = card({said("m1", "you took $99 and I used none of the credits")}, account(fields));
  EXPECT_EQ(value(triage, "amount")["amount_minor"], 3900);
  EXPECT_EQ(value(triage, "said_amount")["amount_minor"], 9900);
  EXPECT_EQ(value(triage, "unused_credits"), false);
  EXPECT_EQ(value(triage, "said_unused_credits"), true);
  EXPECT_EQ(triage["policy"]["verdict"], "needs_review") << "the account decides, not the claim";
}

TEST(Triage, WhatIsUnknownIsNotOnTheCard) {
  const json nothing = card({}, account(json::object()));
  ASSERT_EQ(nothing["facts"].size(), 1U) << nothing;
  EXPECT_EQ(value(nothing, "account_id"), "acc-7");
  EXPECT_EQ(nothing["policy"]["verdict"], "needs_review");
  EXPECT_THAT(nothing["policy"]["missing"], ElementsAre("credits.used_since_last_charge", "last_charge.at"));
  const json nobody = card({}, std::nullopt);
  EXPECT_THAT(nobody["facts"], IsEmpty());
  EXPECT_EQ(nobody["policy"]["verdict"], "needs_review") << "not linked is no reason to deny";
}

TEST(Triage, AnAmountWithoutItsCurrencyIsNoAmount) {
  json fields = ben();
  fields["last_charge"].erase("currency");
  EXPECT_TRUE(fact(card({}, account(fields)), "amount").is_null());
}

TEST(Triage, AStatedDoubleChargeIsForAPerson) {
  json fields = ben();
  fields["credits"]["used_since_last_charge"] = 9;
  fields["last_charge"]["at"] = "2026-01-01T00:00:00Z";
  EXPECT_EQ(card({}, account(fields))["policy"]["verdict"], "not_eligible");
  const json twice = card({said("m1", "you charged me twice")}, account(fields));
  EXPECT_EQ(twice["policy"]["verdict"], "needs_review");
  EXPECT_EQ(twice["policy"]["rule"], "charged twice");
}

TEST(Triage, WhatIsTakenBackLeavesTheCard) {
  const json before = card({said("m1", "I was charged $12, write to ben@example.com"), said("m2", "order 88123")}, account(ben()));
  EXPECT_EQ(value(before, "said_email"), "ben@example.com");
  const json after = said_anew(before, {said("m2", "order 88123")});
  EXPECT_TRUE(fact(after, "said_email").is_null());
  EXPECT_TRUE(fact(after, "said_amount").is_null());
  EXPECT_EQ(value(after, "said_order_id"), "88123");
  EXPECT_EQ(field(after, "plan"), "plan") << "what the account says stays";
  EXPECT_EQ(after["policy"], before["policy"]);
  EXPECT_EQ(said_anew(before, {said("m1", "I was charged $12, write to ben@example.com"), said("m2", "order 88123")}), before);
}

TEST(Triage, AVerdictThatRestedOnWordsTakenBackIsForAPerson) {
  json fields = ben();
  fields["last_charge"]["at"] = "2026-01-01T00:00:00Z";
  const json twice = card({said("m1", "you charged me twice")}, account(fields));
  const json taken_back = said_anew(twice, {});
  EXPECT_EQ(taken_back["policy"]["verdict"], "needs_review");
  EXPECT_NE(taken_back["policy"]["rule"], twice["policy"]["rule"]);
  EXPECT_TRUE(fact(taken_back, "said_charged_twice").is_null());
  const json not_a_card = said_anew(json("broken"), {said("m1", "order 88123")});
  EXPECT_EQ(value(not_a_card, "said_order_id"), "88123");
}

TEST(Triage, TheOperatorsOwnPolicyDecides) {
  const std::vector<config::PolicyRule> policy = {
      {"charged after cancelling", "eligible", {{"charged_before_cancelling", false}}}, {"rest", "not_eligible", json::object()}};
  json fields = ben();
  EXPECT_EQ(make_triage("refund", {}, account(fields), policy, kNow)["policy"]["verdict"], "not_eligible");
  fields["last_charge"]["at"] = "2026-11-21T08:00:00Z";
  const json after = make_triage("refund", {}, account(fields), policy, kNow);
  EXPECT_EQ(after["policy"]["verdict"], "eligible");
  EXPECT_EQ(after["policy"]["rule"], "charged after cancelling");
}

TEST(Triage, OnlyRefundsAreJudged) {
  for (const char* kind : {"account_review", "human"}) {
    const json policy = card({}, account(ben()), kind)["policy"];
    EXPECT_EQ(policy, json({{"verdict", "needs_review"}, {"rule", "a person decides"}, {"missing", json::array()}})) << kind;
  }
}

TEST(Triage, EveryConditionOfThePolicyCanBeConfigured) {
  for (const std::string& name : policy_conditions()) {
    const json wanted = name == "status" ? json("free") : name.find("at_most") != std::string::npos ? json(1) : json(true);
    const json rules = json::array({{{"name", "r"}, {"verdict", "eligible"}, {"when", {{name, wanted}}}}});
    EXPECT_THAT(config::load("", {{"HANDRAIL_REFUND_POLICY", rules.dump()}}).errors, IsEmpty()) << name;
  }
}

}  // namespace
}  // namespace handrail::tickets
