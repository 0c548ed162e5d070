#include "bot/accounts/facts.h"

#include <gtest/gtest.h>

namespace handrail::accounts {
namespace {

using nlohmann::json;

constexpr const char* kFull = R"({
  "id": "ana", "plan": "Pro", "status": "active", "auto_renew": true,
  "next_billing_at": "2026-03-26T00:00:00Z", "current_period_end": "2026-03-26T00:00:00Z",
  "cancelled_at": null,
  "last_charge": {"id": "ch_1", "amount_minor": 3900, "currency": "USD",
                  "at": "2026-02-26T10:30:00Z"},
  "credits": {"balance": 1240, "used_since_last_charge": 760},
  "free_credits": {"eligible": false, "last_granted_at": "2026-03-13T00:00:00Z",
                   "next_grant_at": null, "blocked_reason": "device_limit"},
  "region": "PT", "locale": "en",
  "identities": [{"channel": "slack", "workspace": "T1", "user": "U1"}]})";

TEST(AccountFacts, AreReadAndWrittenTheSame) {
  const auto facts = facts_from_json(json::parse(kFull));
  ASSERT_TRUE(facts.ok()) << facts.error().message;
  EXPECT_EQ(facts->id, "ana");
  EXPECT_EQ(facts->auto_renew, true);
  EXPECT_EQ(facts->cancelled_at, std::nullopt);
  EXPECT_EQ(facts->last_charge->amount_minor, 3900);
  EXPECT_EQ(to_rfc3339(facts->last_charge->at.value()), "2026-02-26T10:30:00Z");
  EXPECT_EQ(facts->credits_used_since_last_charge, 760);
  EXPECT_EQ(facts->free_credits_eligible, false);
  EXPECT_EQ(facts->free_credits_next_grant_at, std::nullopt);
  EXPECT_EQ(facts->identities.at(0).user, "U1");
  EXPECT_EQ(to_json(*facts), json::parse(kFull));
}

TEST(AccountFacts, WhatIsMissingIsUnknown) {
  const auto facts = facts_from_json(json::parse(R"({"id": "iris", "unheard_of": 1})"));
  ASSERT_TRUE(facts.ok());
  EXPECT_FALSE(facts->plan || facts->status || facts->auto_renew || facts->next_billing_at ||
               facts->last_charge || facts->credits_balance || facts->free_credits_eligible ||
               facts->region);
  const auto again = facts_from_json(to_json(*facts));
  ASSERT_TRUE(again.ok());
  EXPECT_FALSE(again->last_charge.has_value());
  EXPECT_TRUE(to_json(*facts).at("status").is_null());
}

TEST(AccountFacts, ErrorsNameTheField) {
  const struct {
    const char* text;
    const char* field;
  } rows[] = {
      {R"([])", ""},
      {R"({})", "id"},
      {R"({"id": ""})", "id"},
      {R"({"id": 7})", "id"},
      {R"({"id": "a", "plan": 1})", "plan"},
      {R"({"id": "a", "status": "paused"})", "status"},
      {R"({"id": "a", "auto_renew": "yes"})", "auto_renew"},
      {R"({"id": "a", "next_billing_at": "soon"})", "next_billing_at"},
      {R"({"id": "a", "cancelled_at": 1773446400})", "cancelled_at"},
      {R"({"id": "a", "last_charge": 5})", "last_charge"},
      {R"({"id": "a", "last_charge": {"amount_minor": 39.5}})", "last_charge.amount_minor"},
      {R"({"id": "a", "last_charge": {"amount_minor": 18446744073709551615}})",
       "last_charge.amount_minor"},
      {R"({"id": "a", "last_charge": {"at": "x"}})", "last_charge.at"},
      {R"({"id": "a", "credits": {"balance": "many"}})", "credits.balance"},
      {R"({"id": "a", "free_credits": {"blocked_reason": "mood"}})", "free_credits.blocked_reason"},
      {R"({"id": "a", "identities": {}})", "identities"},
      {R"({"id": "a", "identities": [{"channel": "slack", "user": "U1"}, {"channel": "slack"}]})",
       "identities[1].user"},
      {R"({"id": "a", "identities": [3]})", "identities[0].channel"},
  };
  for (const auto& row : rows) {
    const auto facts = facts_from_json(json::parse(row.text));
    ASSERT_FALSE(facts.ok()) << row.text;
    EXPECT_EQ(facts.error().code, base::Code::invalid);
    EXPECT_EQ(facts.error().field, row.field) << row.text;
  }
}

}  // namespace
}  // namespace handrail::accounts
