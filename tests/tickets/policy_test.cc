#include "bot/tickets/policy.h"

#include <gtest/gtest.h>

#include "bot/tickets/triage.h"

namespace handrail::tickets {
namespace {

PolicyFacts charged(std::int64_t days_ago, std::int64_t used) {
  PolicyFacts facts;
  facts.days_since_charge = days_ago;
  facts.credits_used = used;
  return facts;
}

std::string verdict(const PolicyFacts& facts) { return apply_policy(default_refund_policy(), facts).verdict; }

TEST(Policy, DecidesAtFourteenDaysAndOnePast) {
  EXPECT_EQ(verdict(charged(14, 0)), "eligible");
  EXPECT_EQ(verdict(charged(15, 0)), "not_eligible");
}

TEST(Policy, LeavesUsedCreditsToAPerson) { EXPECT_EQ(verdict(charged(3, 1)), "needs_review"); }

TEST(Policy, LeavesAStatedDoubleChargeToAPerson) {
  PolicyFacts facts = charged(40, 9);
  facts.charged_twice = true;
  EXPECT_EQ(verdict(facts), "needs_review");
}

TEST(Policy, NeverDecidesAgainstSomeoneForWhatNobodyKnows) {
  const Verdict unknown = apply_policy(default_refund_policy(), {});
  EXPECT_EQ(unknown.verdict, "needs_review");
  EXPECT_EQ(unknown.missing, (std::vector<std::string>{"credits.used_since_last_charge", "last_charge.at"}));
}

TEST(Policy, AsksForAReviewWhenNoRuleApplies) { EXPECT_EQ(apply_policy({}, charged(1, 0)).verdict, "needs_review"); }

}  // namespace
}  // namespace handrail::tickets
