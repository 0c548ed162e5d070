// Slack, when the person's DM is closed: a note that only they see, where they asked, with a link to the web chat.
#include <gmock/gmock.h>

#include "bot/storage/outbox.h"
#include "tests/delivery/stage.h"

namespace handrail::delivery {
namespace {

using adapters::Address;
using adapters::Audience;
using adapters::Place;
using testing::ElementsAre;

constexpr const char* kHook = "https://hooks.slack.com/commands/T1/1/x";

class SlackLadder : public Stage {
 protected:
  // How a slash command arrives: anywhere, also where the bot is no member.
  Address command() const { return {"slack", "T1", "C1", "", "UANA", Place::channel, kHook, clock_.now_ms() + 30 * kMinuteMs}; }
  storage::Conversation ana() { return conversation("slack", "UANA"); }
  std::string last_text() const { return posted().empty() ? "" : posted().back(); }
};

TEST_F(SlackLadder, AClosedDmBecomesALinkWhereThePersonAsked) {
  const std::vector<std::pair<std::string, Address>> asked = {
      {"in a channel", slack_channel("UANA")},
      {"in a channel, answered under the post", {"slack", "T1", "C1", "17.5", "UANA", Place::channel, "", 0}},
      {"in a thread", slack_channel("UANA", "17.5")},
      {"in a group", {"slack", "T1", "G1", "", "UANA", Place::group, "", 0}}};
  for (const auto& [how, from] : asked) {
    const auto dm = conversation("slack", "UANA-" + how);
    const auto case_of_ana = ticket(dm);
    say(dm, from, "account facts", Audience::direct, case_of_ana.id);
    answer("conversations.open", slack_error("cannot_dm_bot"));
    run();
    EXPECT_NE(calls().back().url.find("chat.postEphemeral"), std::string::npos) << how;
    const nlohmann::json note = body_of(calls().back());
    EXPECT_EQ(note["channel"], from.place_id) << how;
    EXPECT_EQ(note["user"], "UANA") << how;
    EXPECT_EQ(note.value("thread_ts", ""), from.thread) << how;
    EXPECT_EQ(opened_by(note["text"], clock_.now_ms()), dm.id) << how;
    EXPECT_EQ(again(dm).rung, "web_link") << how;
    EXPECT_THAT(history(case_of_ana), ElementsAre("reached_by_web_link cannot_dm_bot")) << how;
    EXPECT_EQ(rows().back().status, "sent") << how;
  }
}

TEST_F(SlackLadder, WhereverSlackSaysThatTheDmIsClosed) {
  for (const char* error : {"cannot_dm_bot", "user_disabled", "messages_tab_disabled", "channel_not_found"}) {
    for (const char* method : {"conversations.open", "chat.postMessage"}) {
      const auto dm = conversation("slack", std::string("U-") + error + method);
      say(dm, slack_channel("UANA"), "account facts");
      answer(method, slack_error(error));
      run();
      EXPECT_NE(calls().back().url.find("chat.postEphemeral"), std::string::npos) << method << " " << error;
      EXPECT_EQ(again(dm).rung, "web_link") << method << " " << error;
    }
  }
}

TEST_F(SlackLadder, TheLinkWorksForFifteenMinutesAndSaysSo) {
  const auto dm = ana();
  say(dm, slack_channel("UANA"), "account facts");
  answer("conversations.open", slack_error("user_disabled"));
  run();
  EXPECT_NE(last_text().find("[en] 15 minutes"), std::string::npos);
  const std::int64_t end = clock_.now_ms() + std::chrono::milliseconds(config::kOneTimeLinkLife).count();
  EXPECT_EQ(opened_by(last_text(), end - 1000), dm.id);
  EXPECT_EQ(opened_by(last_text(), end), "");
}

TEST_F(SlackLadder, ALinkThatIsSentLateStillWorksForFifteenMinutes) {
  const auto dm = ana();
  say(dm, slack_channel("UANA"), "account facts");
  answer("conversations.open", slack_error("user_disabled"));
  answer("chat.postEphemeral", {429, {{"retry-after", "1200"}}, "", ""});
  run();
  advance(20 * kMinuteMs);
  run();
  EXPECT_EQ(opened_by(last_text(), clock_.now_ms() + 14 * kMinuteMs), dm.id);
}

TEST_F(SlackLadder, ASlashCommandIsAnsweredOverItsHookWhereTheBotIsNoMember) {
  const auto dm = ana();
  say(dm, command(), "account facts");
  answer("conversations.open", slack_error("cannot_dm_bot"));
  answer("chat.postEphemeral", slack_error("not_in_channel"), 0);
  run();
  EXPECT_EQ(calls().back().url, kHook);
  EXPECT_EQ(body_of(calls().back())["response_type"], "ephemeral");
  EXPECT_EQ(opened_by(last_text(), clock_.now_ms()), dm.id);
  EXPECT_EQ(again(dm).rung, "web_link");
}

TEST_F(SlackLadder, WithADeadHookTheLinkIsANoteInTheChannel) {
  const auto dm = ana();
  say(dm, command(), "account facts");
  answer("conversations.open", slack_error("cannot_dm_bot"));
  answer("hooks.slack.com", http(404, "no_such_hook"));
  run();
  EXPECT_THAT(called(), ElementsAre("conversations.open", kHook, "chat.postEphemeral"));
  EXPECT_EQ(body_of(calls().back())["channel"], "C1");
  EXPECT_EQ(opened_by(last_text(), clock_.now_ms()), dm.id);
  EXPECT_EQ(again(dm).rung, "web_link");
}

TEST_F(SlackLadder, ADeadHookIsRepairedByANoteAndThenByDm) {
  const auto here = conversation("slack", "UANA", "C1");
  say(here, command(), "only for Ana", Audience::person_only);
  answer("hooks.slack.com", http(404, "used_url"));
  answer("chat.postEphemeral", slack_error("user_not_in_channel"));
  run();
  EXPECT_THAT(called(), ElementsAre(kHook, "chat.postEphemeral", "conversations.open", "chat.postMessage"));
  EXPECT_EQ(last_text(), "only for Ana");
}

TEST_F(SlackLadder, WithoutAFurtherRungTheAgentIsTold) {
  const auto dm = ana();
  const auto case_of_ana = ticket(dm);
  say(dm, slack_channel("UANA"), "account facts", Audience::direct, case_of_ana.id);
  answer("conversations.open", slack_error("user_disabled"));
  answer("chat.postEphemeral", slack_error("user_not_in_channel"));
  run();
  EXPECT_EQ(rows().back().status, "given_up");
  EXPECT_THAT(history(case_of_ana),
              ElementsAre("reached_by_web_link user_disabled", "delivery_failed user_not_in_channel"));
}

TEST_F(SlackLadder, WithoutAPublicAddressThereIsNoLink) {
  config_.public_url.clear();
  const auto dm = ana();
  say(dm, slack_channel("UANA"), "account facts");
  answer("conversations.open", slack_error("cannot_dm_bot"));
  run();
  EXPECT_EQ(heard_.count("given_up slack cannot_dm_bot"), 1);
  EXPECT_EQ(again(dm).rung, kUnreachable);
}

TEST_F(SlackLadder, WhoCannotBeReachedIsNotTriedAgainUntilTheyAskSomewhere) {
  config_.public_url.clear();
  const auto dm = ana();
  answer("conversations.open", slack_error("cannot_dm_bot"));
  say(dm, slack_channel("UANA"), "account facts");
  run();
  const std::size_t calls = called().size();
  say(again(dm), "an agent's answer");
  run();
  EXPECT_EQ(called().size(), calls) << "each refusal counts against us";
  say(again(dm), slack_channel("UANA"), "asked anew in a channel");
  run();
  EXPECT_GT(called().size(), calls);
}

TEST_F(SlackLadder, SeveralWaitingMessagesAreOneLink) {
  const auto dm = ana();
  say(dm, slack_channel("UANA"), "one");
  const Said second = say(dm, slack_channel("UANA"), "two");
  answer("conversations.open", slack_error("cannot_dm_bot"), 0);
  run();
  EXPECT_THAT(called(), ElementsAre("conversations.open", "chat.postEphemeral"));
  EXPECT_EQ(row_of(second).row.last_error, "read_in_web_chat");
}

TEST_F(SlackLadder, SeveralMessagesInOneParcelAreOneLink) {
  const auto dm = ana();
  Parcel parcel = store_.write([&](storage::Session& session) {
    Parcel made;
    for (const char* text : {"one", "two"}) {
      Outgoing outgoing;
      outgoing.reply = reply_of(text);
      outgoing.audience = Audience::direct;
      const Prepared prepared = prepare(outgoing, "slack", slack_channel("UANA"), config_, clock_.now_ms());
      EXPECT_TRUE(put(session, dm, outgoing, prepared, *vault_, clock_.now_ms(), &made).ok());
    }
    return made;
  });
  answer("conversations.open", slack_error("cannot_dm_bot"), 0);
  worker_->start();
  worker_->take(std::move(parcel));
  while (heard_.count("delivered slack") < 1) std::this_thread::yield();
  worker_->stop();
  restart_worker();
  advance(kLeaseMs);
  run();
  EXPECT_THAT(called(), ElementsAre("conversations.open", "chat.postEphemeral"));
}

TEST_F(SlackLadder, WhoReadsInTheWebChatIsNotPushedTo) {
  const auto dm = ana();
  say(dm, slack_channel("UANA"), "account facts");
  answer("conversations.open", slack_error("cannot_dm_bot"));
  run();
  const std::size_t before = calls().size();
  const Said said = say(dm, "an agent's answer");
  run();
  EXPECT_EQ(calls().size(), before);
  EXPECT_EQ(store_.read([&](storage::Session& session) { return storage::get_message(session, said.message_id); })->text,
            "an agent's answer");
}

TEST_F(SlackLadder, WhoAsksAnewGetsANewLink) {
  const auto dm = ana();
  say(dm, slack_channel("UANA"), "account facts");
  answer("conversations.open", slack_error("cannot_dm_bot"), 2);
  run();
  advance(20 * kMinuteMs);
  say(dm, slack_channel("UANA"), "account facts, asked again");
  run();
  EXPECT_EQ(opened_by(last_text(), clock_.now_ms() + 14 * kMinuteMs), dm.id) << "the first link has expired";
}

TEST_F(SlackLadder, WhoseDmIsOpenAgainIsReachedThere) {
  const auto dm = ana();
  say(dm, slack_channel("UANA"), "account facts");
  answer("conversations.open", slack_error("cannot_dm_bot"));
  run();
  say(dm, slack_channel("UANA"), "account facts, asked again");
  run();
  EXPECT_EQ(last_text(), "account facts, asked again");
  EXPECT_EQ(again(dm).rung, "dm");
  say(dm, "an agent's answer");
  run();
  EXPECT_EQ(last_text(), "an agent's answer");
}

}  // namespace
}  // namespace handrail::delivery
