// When a send is tried again, with what, and when it is given up.
#include <gmock/gmock.h>

#include <set>

#include "bot/storage/outbox.h"
#include "tests/delivery/stage.h"

namespace handrail::delivery {
namespace {

using adapters::Address;
using adapters::Audience;
using adapters::Place;
using testing::ElementsAre;
using testing::IsEmpty;

class Retry : public Stage {
 protected:
  base::HttpReply limited(const std::string& body, std::vector<std::pair<std::string, std::string>> headers) {
    return {429, std::move(headers), body, ""};
  }
  Address discord_dm(const std::string& user, const std::string& place) {
    return {"discord", "", place, "", user, Place::direct, "", 0};
  }
};

TEST_F(Retry, SlacksRetryAfterHoldsThatMethodOfThatWorkspace) {
  const auto ana = conversation("slack", "UANA", "DANA");
  const auto ben = conversation("slack", "UBEN", "DBEN");
  say(ana, "ana");
  answer("chat.postMessage", limited("", {{"retry-after", "7"}}));
  run();
  ASSERT_EQ(called().size(), 1U);

  say(ben, "ben, same workspace and method");
  say(ben, {"slack", "T2", "DBEN", "", "UBEN", Place::direct, "", 0}, "another workspace");
  const auto cem = conversation("slack", "UCEM", "DCEM");
  say(cem, {"slack", "T2", "DCEM", "", "UCEM", Place::direct, "", 0}, "another workspace");
  say(conversation("slack", "UDAN"), "another method first");
  run();
  EXPECT_THAT(posted(), ElementsAre("ana", "another workspace"));
  EXPECT_THAT(called(), ElementsAre("chat.postMessage", "chat.postMessage", "conversations.open"));

  advance(6'999);
  EXPECT_EQ(run(), 0);
  advance(1);
  run();
  EXPECT_THAT(posted(), testing::UnorderedElementsAre("ana", "another workspace", "ana", "ben, same workspace and method",
                                                      "another workspace", "another method first"));
  EXPECT_EQ(heard_.count("given_up slack ratelimited"), 0);
}

TEST_F(Retry, DiscordsFractionalRetryAfterHoldsItsChannelOnly) {
  const auto ana = conversation("discord", "1", "501");
  const auto ben = conversation("discord", "2", "502");
  say(ana, "ana");
  answer("/channels/501/messages", limited(R"({"retry_after":1.234,"global":false})", {}));
  run();
  say(ben, "ben");
  run();
  EXPECT_THAT(posted(), ElementsAre("ana", "ben"));
  advance(1'233);
  EXPECT_EQ(run(), 0);
  advance(1);
  EXPECT_EQ(run(), 1);
  EXPECT_THAT(posted(), ElementsAre("ana", "ben", "ana"));
}

TEST_F(Retry, WhenDiscordSaysThatNoneIsLeftItIsNotAskedForOne) {
  const auto ana = conversation("discord", "1", "501");
  say(ana, "one");
  say(ana, "two");
  base::HttpReply last_one = http(200, R"({"id":"7"})");
  last_one.headers = {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset-after", "0.75"}};
  answer("/channels/501/messages", last_one);
  run();
  EXPECT_THAT(posted(), ElementsAre("one"));
  advance(749);
  EXPECT_EQ(run(), 0);
  advance(1);
  run();
  EXPECT_THAT(posted(), ElementsAre("one", "two"));
}

TEST_F(Retry, DiscordsGlobalLimitHoldsEverythingToDiscordAndNothingElse) {
  say(conversation("discord", "1", "501"), "ana");
  answer("discord.com", limited(R"({"retry_after":2.5,"global":true})", {}));
  run();
  say(conversation("discord", "2", "502"), "ben");
  say(conversation("slack", "UCEM", "DCEM"), "cem on Slack");
  run();
  EXPECT_THAT(posted(), ElementsAre("ana", "cem on Slack"));
  advance(2'500);
  run();
  EXPECT_THAT(posted(), testing::UnorderedElementsAre("ana", "cem on Slack", "ana", "ben"));
}

TEST_F(Retry, OpeningDmsTooFastHoldsEveryOpening) {
  say(conversation("discord", "1"), "ana");
  answer("/users/@me/channels", discord_error(400, 40003));
  run();
  say(conversation("discord", "2"), "ben");
  run();
  EXPECT_THAT(called(), ElementsAre("users/@me/channels")) << "the same call for another person would be refused as well";
  advance(kMinuteMs);
  run();
  EXPECT_THAT(posted(), testing::UnorderedElementsAre("ana", "ben"));
}

TEST_F(Retry, TheWaitDoublesUpToALimitAndHasJitter) {
  constexpr int kPeople = 24;
  constexpr int kAttempts = 14;
  for (int i = 0; i < kPeople; ++i) say(conversation("slack", "U" + std::to_string(i), "D" + std::to_string(i)), "hello");
  answer("chat.postMessage", http(503), 0);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    run();
    const std::int64_t ceiling = std::min(kLongestRetryMs, kFirstRetryMs << attempt);
    std::set<std::int64_t> waits;
    for (const Row& row : rows()) {
      const std::int64_t wait = row.row.next_attempt_at - clock_.now_ms();
      EXPECT_GE(wait, ceiling / 2) << "attempt " << attempt;
      EXPECT_LE(wait, ceiling) << "attempt " << attempt;
      waits.insert(wait);
    }
    EXPECT_GT(waits.size(), 1U) << "all would come back at once after attempt " << attempt;
    advance(ceiling);
  }
}

TEST_F(Retry, AfterADayASendIsGivenUpAndListed) {
  const auto ana = conversation("slack", "UANA", "DANA");
  const auto case_of_ana = ticket(ana);
  const Said said = say(ana, address_of(ana), "too late", Audience::direct, case_of_ana.id);
  answer("chat.postMessage", http(503), 0);
  const std::int64_t expires = kNow + std::chrono::milliseconds(config::kDeliveryPatience).count();
  clock_.set(expires - 1);
  EXPECT_EQ(run(), 1);
  EXPECT_THAT(posted(), ElementsAre("too late")) << "one millisecond before it is still tried";
  clock_.set(expires + kLongestRetryMs);
  run();
  EXPECT_THAT(posted(), ElementsAre("too late")) << "nobody wants yesterday's answer";
  EXPECT_EQ(heard_.count("given_up slack expired"), 1);
  const auto listed = store_.read([](storage::Session& session) { return storage::list_given_up(session, 10); });
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].message_id, said.message_id);
  EXPECT_EQ(listed[0].last_error, "expired");
  EXPECT_THAT(history(case_of_ana), ElementsAre("delivery_failed expired")) << "the agent must not wait for an answer to it";
}

TEST_F(Retry, ExactlyAtTheEndOfTheDayItIsGivenUp) {
  say(conversation("slack", "UANA", "DANA"), "hello");
  clock_.set(kNow + std::chrono::milliseconds(config::kDeliveryPatience).count());
  run();
  EXPECT_THAT(posted(), IsEmpty());
  EXPECT_EQ(heard_.count("given_up slack expired"), 1);
}

TEST_F(Retry, ALostAnswerIsSentAgainWithTheSameNonce) {
  const auto ana = conversation("discord", "1", "501");
  std::string long_text;
  while (long_text.size() < 2500) long_text += "a sentence of several words. ";
  say(ana, long_text);
  answer("/messages", no_answer());
  run();
  advance(kFirstRetryMs);
  run();
  std::vector<std::string> nonces;
  for (const base::HttpCall& call : calls()) {
    const nlohmann::json body = body_of(call);
    EXPECT_EQ(body.value("enforce_nonce", false), true);
    nonces.push_back(body.value("nonce", ""));
    EXPECT_LE(nonces.back().size(), 25U) << "Discord's limit";
    EXPECT_FALSE(nonces.back().empty());
  }
  ASSERT_EQ(nonces.size(), 3U) << "the first part twice, the second once";
  EXPECT_EQ(nonces[0], nonces[1]);
  EXPECT_NE(nonces[1], nonces[2]) << "another part must not be taken for the first";
  EXPECT_EQ(heard_.count("retried discord no_answer"), 1);
}

TEST_F(Retry, AnOpenedDmIsStoredBeforeThePostAndNotOpenedTwice) {
  for (const std::string channel : {"slack", "discord"}) {
    const std::string post = channel == "slack" ? "chat.postMessage" : "/channels/555/messages";
    const std::string place = channel == "slack" ? "DOPENED" : "555";
    say(conversation(channel, "7"), "hello");
    std::string stored_at_the_post;
    before_answer_ = [&](const base::HttpCall& call, int) {
      if (call.url.find(post) != std::string::npos) stored_at_the_post = rows().back().send["progress"].value("place_id", "");
    };
    answer(post, no_answer());
    run();
    EXPECT_EQ(stored_at_the_post, place) << channel << ": a crash during the post must not forget the DM";
    before_answer_ = nullptr;
    restart_worker();
    advance(kFirstRetryMs);
    const std::size_t before = called().size();
    run();
    // Slack has no idempotency key, so it is asked first whether the message is there.
    const std::size_t looks = channel == "slack" ? 1 : 0;
    ASSERT_EQ(called().size(), before + looks + 1) << channel << ": the DM was opened before the crash";
    EXPECT_NE(calls().back().url.find(post), std::string::npos);
  }
}

TEST_F(Retry, TheOpenedDmIsWhereTheConversationGoesOn) {
  const auto ana = conversation("slack", "UANA");
  say(ana, "one");
  run();
  EXPECT_EQ(address_of(again(ana)).place_id, "DOPENED");
  say(ana, "two");
  run();
  EXPECT_THAT(called(), ElementsAre("conversations.open", "chat.postMessage", "chat.postMessage"));
}

TEST_F(Retry, ARefusedTokenStopsTheCallsAndLosesNothing) {
  const std::vector<std::pair<std::string, base::HttpReply>> refusals = {{"slack", slack_error("token_revoked")},
                                                                         {"discord", http(401, R"({"code":0})")}};
  for (const auto& [channel, refusal] : refusals) {
    const std::size_t before = called().size();
    say(conversation(channel, "71", "D71"), channel + " one");
    say(conversation(channel, "72", "D72"), channel + " two");
    say(conversation(channel, "73"), channel + " three, by another method");
    answer(channel, refusal);
    run();
    EXPECT_EQ(called().size(), before + 1) << channel << ": platforms ban who goes on asking with a bad token";
    EXPECT_EQ(heard_.count("given_up " + channel + " token_revoked"), 0);
    advance(kLongestRetryMs);
    run();
    EXPECT_EQ(heard_.count("delivered " + channel), 3) << "the token was good again, perhaps after a restart";
  }
}

TEST_F(Retry, ARefusedTokenDoesNotHoldBackWhatNeedsNone) {
  say(conversation("discord", "1", "501"), "by the bot's token");
  answer("/channels/501", http(401));
  run();
  say(conversation("discord", "2"), discord_command("2"), "by the interaction's own token", Audience::here);
  run();
  EXPECT_THAT(posted(), ElementsAre("by the bot's token", "by the interaction's own token"));
}

}  // namespace
}  // namespace handrail::delivery
