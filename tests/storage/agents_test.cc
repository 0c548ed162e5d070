#include "bot/storage/agents.h"

#include <gmock/gmock.h>

#include "bot/storage/accounts_table.h"
#include "tests/storage/contract.h"

namespace handrail::storage {
namespace {

class AgentContract : public Contract {
 protected:
  Agent add(const std::string& name) {
    return write([&](Session& session) { return add_agent(session, name, kNow); }).value();
  }
};
HANDRAIL_ON_ALL_DATABASES(AgentContract);

TEST_P(AgentContract, ANameIsTakenOnce) {
  const Agent sam = add("Sam");
  EXPECT_FALSE(write([](Session& session) { return add_agent(session, "Sam", kNow); }));
  add("Ada");
  EXPECT_EQ(read([](Session& session) { return find_agent(session, "Sam"); })->id, sam.id);
  EXPECT_EQ(read([&](Session& session) { return get_agent(session, sam.id); })->name, "Sam");
  EXPECT_FALSE(read([](Session& session) { return find_agent(session, "Eve"); }));
  const auto all = read([](Session& session) { return list_agents(session); });
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].name, "Ada");
}

TEST_P(AgentContract, ASignInLinkWorksOnceAndForItsTime) {
  const Agent sam = add("Sam");
  write([&](Session& session) {
    add_sign_in_token(session, "hash1", sam.id, kNow + 15 * kMinute);
    add_sign_in_token(session, "hash2", sam.id, kNow + 15 * kMinute);
  });
  const auto use = [&](const std::string& hash, std::int64_t now) {
    return write([&](Session& session) { return use_sign_in_token(session, hash, now); });
  };
  EXPECT_FALSE(use("wrong", kNow));
  EXPECT_EQ(use("hash1", kNow + 15 * kMinute - 1)->id, sam.id);
  EXPECT_FALSE(use("hash1", kNow + 15 * kMinute - 1));
  EXPECT_FALSE(use("hash2", kNow + 15 * kMinute));
}

TEST_P(AgentContract, ASessionLastsUntilItExpiresOrEnds) {
  const Agent sam = add("Sam");
  write([&](Session& session) { add_session(session, "s1", sam.id, "csrf", kNow + kMinute); });
  const auto find = [&](const std::string& hash, std::int64_t now) {
    return read([&](Session& session) { return find_session(session, hash, now); });
  };
  EXPECT_EQ(find("s1", kNow + kMinute - 1)->csrf_token, "csrf");
  EXPECT_EQ(find("s1", kNow)->agent.name, "Sam");
  EXPECT_FALSE(find("s1", kNow + kMinute));
  EXPECT_FALSE(find("s2", kNow));
  write([](Session& session) { end_session(session, "s1"); });
  EXPECT_FALSE(find("s1", kNow));
}

TEST_P(AgentContract, ASignInTokenIsNotASession) {
  const Agent sam = add("Sam");
  write([&](Session& session) {
    add_sign_in_token(session, "link", sam.id, kNow + kMinute);
    add_session(session, "session", sam.id, "csrf", kNow + kMinute);
  });
  EXPECT_FALSE(read([](Session& session) { return find_session(session, "link", kNow); }));
  EXPECT_FALSE(write([](Session& session) { return use_sign_in_token(session, "session", kNow); }));
}

TEST_P(AgentContract, ADisabledAgentIsOutAtOnce) {
  const Agent sam = add("Sam");
  write([&](Session& session) {
    set_password_hash(session, sam.id, "hash");
    add_session(session, "s1", sam.id, "csrf", kNow + kMinute);
    add_sign_in_token(session, "t1", sam.id, kNow + kMinute);
    disable_agent(session, sam.id, kNow);
  });
  EXPECT_FALSE(read([](Session& session) { return find_session(session, "s1", kNow); }));
  EXPECT_FALSE(write([](Session& session) { return use_sign_in_token(session, "t1", kNow); }));
  const auto kept = read([](Session& session) { return find_agent(session, "Sam"); }).value();
  EXPECT_EQ(kept.disabled_at, kNow);
  EXPECT_EQ(kept.password_hash, "hash");
}

TEST_P(AgentContract, AttemptsCountPerSubjectAndWindow) {
  write([](Session& session) {
    for (int i = 0; i < 5; ++i) add_sign_in_attempt(session, "Sam", kNow + i);
    add_sign_in_attempt(session, "Ada", kNow);
  });
  const auto count = [&](std::int64_t since) {
    return read([&](Session& session) { return count_sign_in_attempts(session, "Sam", since); });
  };
  EXPECT_EQ(count(kNow), 5);
  EXPECT_EQ(count(kNow + 1), 4);
  EXPECT_EQ(count(kNow + 5), 0);
}

TEST_P(AgentContract, WhatHasExpiredIsForgotten) {
  const Agent sam = add("Sam");
  write([&](Session& session) {
    add_session(session, "old", sam.id, "csrf", kNow);
    add_session(session, "young", sam.id, "csrf", kNow + 1);
    add_sign_in_attempt(session, "Sam", kNow - 1);
    add_sign_in_attempt(session, "Sam", kNow);
    prune_agent_tokens(session, kNow, kNow);
  });
  EXPECT_FALSE(read([](Session& session) { return find_session(session, "old", 0); }));
  EXPECT_TRUE(read([](Session& session) { return find_session(session, "young", 0); }));
  EXPECT_EQ(read([](Session& session) { return count_sign_in_attempts(session, "Sam", 0); }), 1);
}

TEST_P(AgentContract, AnAccountIsReplacedAsAWhole) {
  write([](Session& session) {
    put_account(session, "b", "one", kNow);
    put_account(session, "b", "two", kNow);
    put_account(session, "a", "three", kNow);
  });
  EXPECT_EQ(read([](Session& session) { return get_account(session, "b"); }), "two");
  EXPECT_FALSE(read([](Session& session) { return get_account(session, "c"); }));
  EXPECT_THAT(read([](Session& session) { return list_account_ids(session, "", 10); }),
              testing::ElementsAre("a", "b"));
  EXPECT_THAT(read([](Session& session) { return list_account_ids(session, "a", 10); }),
              testing::ElementsAre("b"));
}

}  // namespace
}  // namespace handrail::storage
