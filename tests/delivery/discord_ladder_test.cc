// Discord, when the person's DM is closed: a private thread where they asked, then a note over the interaction with a link.
#include <gmock/gmock.h>

#include "tests/delivery/stage.h"

namespace handrail::delivery {
namespace {

using adapters::Audience;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kHook = "webhooks/42/interaction-token";
constexpr const char* kDm = "/channels/555/messages";

class DiscordLadder : public Stage {
 protected:
  storage::Conversation ana() { return conversation("discord", "1"); }
  std::string last_text() const { return posted().empty() ? "" : posted().back(); }
};

TEST_F(DiscordLadder, AClosedDmBecomesAPrivateThreadWhereThePersonAsked) {
  for (const int code : {50007, 50278}) {
    const auto dm = conversation("discord", "1" + std::to_string(code));
    const auto case_of_ana = ticket(dm);
    const std::size_t before = called().size();
    say(dm, discord_command("1400"), "account facts", Audience::direct, case_of_ana.id);
    answer(kDm, discord_error(403, code));
    run();
    const auto all = called();
    EXPECT_THAT(std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(before), all.end()),
                ElementsAre("users/@me/channels", "channels/555/messages", "channels/888/threads",
                            "channels/777/thread-members/1400", "channels/777/messages"));
    EXPECT_THAT(last_text(), testing::MatchesRegex("\\[.*\\] a private thread\n\naccount facts")) << "why it is here, then the words";
    EXPECT_EQ(body_of(calls()[before + 2])["name"], "our product #" + std::to_string(case_of_ana.number));
    EXPECT_EQ(body_of(calls()[before + 2])["type"], 12) << "private, nobody else may read it";
    EXPECT_EQ(body_of(calls()[before + 2])["invitable"], false);
    EXPECT_EQ(again(dm).rung, "private_thread");
    EXPECT_THAT(history(case_of_ana), ElementsAre("reached_by_private_thread " + std::to_string(code)));
  }
}

TEST_F(DiscordLadder, TheThreadIsWhereTheConversationGoesOn) {
  const auto dm = conversation("discord", "1", "554");  // a DM that was open once
  say(dm, discord_command("1"), "account facts");
  answer(kDm, discord_error(403, 50007));
  run();
  say(dm, "an agent's answer");
  run();
  EXPECT_EQ(called().back(), "channels/777/messages");
  EXPECT_EQ(last_text(), "an agent's answer");
}

TEST_F(DiscordLadder, SeveralMessagesShareOneThread) {
  const auto dm = ana();
  say(dm, discord_command("1"), "one");
  say(dm, discord_command("1"), "two");
  answer(kDm, discord_error(403, 50007), 0);
  run();
  int threads = 0;
  for (const std::string& url : called()) threads += url == "channels/888/threads" ? 1 : 0;
  EXPECT_EQ(threads, 1);
  EXPECT_EQ(called().back(), "channels/777/messages");
  EXPECT_EQ(last_text(), "two");
}

TEST_F(DiscordLadder, ThreadIsOpenedOnceThoughItsAnswersAreLost) {
  say(ana(), discord_command("1"), "account facts");
  answer(kDm, discord_error(403, 50007));
  answer("/thread-members/", no_answer());
  answer("/channels/777/messages", no_answer());
  for (int round = 0; round < 3; ++round) {
    run();
    restart_worker();
    advance(4 * kFirstRetryMs);
  }
  EXPECT_THAT(called(), ElementsAre("users/@me/channels", "channels/555/messages", "channels/888/threads",
                                    "channels/777/thread-members/1", "channels/777/thread-members/1", "channels/777/messages",
                                    "channels/777/messages"));
}

TEST_F(DiscordLadder, WhereNoThreadCanBeTheNoteHasALink) {
  // Asked inside a thread or a forum post (50024), or with rights missing, or whatever else Discord does not like there.
  const std::vector<std::pair<int, int>> refusals = {{400, 50024}, {403, 50013}, {403, 50001}, {404, 10003},
                                                     {400, 160006}, {400, 50035}, {403, 0},    {405, 0}};
  for (const auto& [status, code] : refusals) {
    const std::string what = std::to_string(status) + "/" + std::to_string(code);
    const auto dm = conversation("discord", "1-" + what);
    const auto case_of_ana = ticket(dm);
    say(dm, discord_command("1"), "account facts", Audience::direct, case_of_ana.id);
    answer(kDm, discord_error(403, 50007));
    answer("/threads", discord_error(status, code));
    run();
    EXPECT_EQ(called().back(), kHook) << what;
    EXPECT_EQ(body_of(calls().back())["flags"], 64) << what << ": only this person may see it";
    EXPECT_EQ(opened_by(last_text(), clock_.now_ms()), dm.id) << what;
    EXPECT_EQ(again(dm).rung, "web_link") << what;
    ASSERT_EQ(history(case_of_ana).size(), 2U) << what;
    EXPECT_EQ(history(case_of_ana)[0], "reached_by_private_thread 50007");
    EXPECT_THAT(history(case_of_ana)[1], HasSubstr("reached_by_web_link ")) << what;
  }
}

TEST_F(DiscordLadder, WhereThePersonCannotJoinTheThreadTheNoteHasALink) {
  for (const char* step : {"/thread-members/", "/channels/777/messages"}) {
    const auto dm = conversation("discord", std::string("1") + step);
    say(dm, discord_command("1"), "account facts");
    answer(kDm, discord_error(403, 50007));
    answer(step, discord_error(403, 50013));
    run();
    EXPECT_EQ(called().back(), kHook) << step;
    EXPECT_EQ(opened_by(last_text(), clock_.now_ms()), dm.id) << step;
  }
}

TEST_F(DiscordLadder, ARefusedTokenIsNoReasonToGoOn) {
  const auto dm = ana();
  say(dm, discord_command("1"), "account facts");
  answer(kDm, discord_error(403, 50007));
  answer("/threads", http(401));
  run();
  EXPECT_EQ(called().back(), "channels/888/threads");
  advance(kLongestRetryMs - kMinuteMs);
  EXPECT_EQ(again(dm).rung, "private_thread") << "it is tried again";
}

TEST_F(DiscordLadder, AfterTheInteractionTheAgentIsTold) {
  const auto dm = ana();
  const auto case_of_ana = ticket(dm);
  say(dm, discord_command("1"), "account facts", Audience::direct, case_of_ana.id);
  advance(16 * kMinuteMs);
  answer(kDm, discord_error(403, 50007));
  answer("/threads", discord_error(400, 50024));
  run();
  EXPECT_EQ(called().back(), "channels/888/threads");
  EXPECT_EQ(heard_.count("given_up discord 50024"), 1);
  EXPECT_THAT(history(case_of_ana), ElementsAre("reached_by_private_thread 50007", "delivery_failed 50024"));
  EXPECT_EQ(again(dm).rung, "dm") << "nobody was reached by a thread";
}

TEST_F(DiscordLadder, ADeadInteractionIsRepairedByDm) {
  say(ana(), discord_command("1"), "only for Ana", Audience::person_only);
  answer("/messages/@original", discord_error(404, 10015));
  run();
  EXPECT_THAT(called(), ElementsAre(std::string(kHook) + "/messages/@original", "users/@me/channels", "channels/555/messages"));
  EXPECT_EQ(last_text(), "only for Ana");
}

TEST_F(DiscordLadder, ADeadInteractionAndAClosedDmComeToAnEnd) {
  const auto dm = ana();
  say(dm, discord_command("1"), "account facts");
  answer(kDm, discord_error(403, 50007), 0);
  answer("/threads", discord_error(400, 50024), 0);
  answer("/webhooks/", discord_error(404, 10015), 0);
  for (int round = 0; round < 20; ++round) {
    worker_->run_once();
    advance(1000);
  }
  EXPECT_LE(calls().size(), 8U) << "Discord bans who keeps on asking";
  EXPECT_EQ(rows().back().status, "given_up");
}

}  // namespace
}  // namespace handrail::delivery
