// The team's channel follows the ticket: what is queued for it, once, whoever mirrors.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bot/base/id.h"
#include "bot/storage/conversations.h"
#include "bot/storage/outbox.h"
#include "bot/storage/people.h"
#include "bot/team/mirror.h"
#include "bot/team/words.h"
#include "tests/support/temporary_store.h"

namespace handrail::team {
namespace {

constexpr std::int64_t kNow = 1'795'430'000'000;
constexpr std::int64_t kManyRows = 1000;

class Mirroring : public testing::Test {
 protected:
  Mirroring() {
    ticket_ = store_.write([&](storage::Session& session) {
      const auto identity = storage::find_or_create_identity(session, {"slack", "T1", "UANA", "", "Ana", "", false}, kNow);
      storage::Conversation wanted;
      wanted.key = "slack:T1:dm:UANA";
      wanted.person_id = identity.person_id;
      wanted.channel = "slack";
      wanted.address = "{}";
      conversation_ = storage::find_or_create_conversation(session, wanted, kNow);
      storage::Ticket opened;
      opened.person_id = identity.person_id;
      opened.kind = "refund";
      opened.locale = "en";
      opened.channel = "slack";
      opened.conversation_id = conversation_.id;
      return storage::open_or_join(session, opened, kNow).ticket;
    });
  }

  bool mirror_once(const TeamPlace& place) {
    return store_.write([&](storage::Session& session) { return mirror(session, config_, place, ticket_.id, kNow).value(); });
  }
  // What waits in the outbox is sent: kinds and texts, and each gets an id of the platform.
  std::vector<std::string> sent() {
    return store_.write([&](storage::Session& session) {
      std::vector<std::string> all;
      for (auto rows = storage::claim_due(session, kNow, kManyRows, 1); !rows.empty();
           rows = storage::claim_due(session, kNow, kManyRows, 1)) {
        for (const storage::OutboxRow& row : rows) {
          const auto send = adapters::send_from_json(nlohmann::json::parse(row.send));
          all.push_back(send.kind + (send.to.thread.empty() ? "" : " in " + send.to.thread) +
                        (send.target.empty() ? "" : " of " + send.target));
          storage::mark_sent(session, row.id, std::to_string(++number_), kNow);
        }
      }
      storage::learn_posted_cards(session, "slack");
      storage::learn_posted_cards(session, "discord");
      return all;
    });
  }
  void claim() {
    store_.write([&](storage::Session& session) {
      ticket_.state = "claimed";
      ticket_.assignee_name = "Mina";
      storage::save_ticket(session, ticket_);
      return true;
    });
  }
  std::string say(const std::string& author, const std::string& text) {
    return store_.write([&](storage::Session& session) {
      storage::Message message;
      message.id = base::new_id(kNow);
      message.conversation_id = conversation_.id;
      message.author = author;
      message.text = text;
      message.post_key = "key:" + message.id;
      message.created_at = kNow;
      storage::append(session, message);
      return message.id;
    });
  }

  const TeamPlace slack_{"slack", "T1", "CTEAM"};
  const TeamPlace discord_{"discord", "", "900"};
  storage::TemporaryStore store_;
  config::Config config_;
  storage::Conversation conversation_;
  storage::Ticket ticket_;
  int number_ = 0;
};

TEST_F(Mirroring, ACardIsPostedOnceAndThenChanged) {
  EXPECT_TRUE(mirror_once(slack_));
  EXPECT_FALSE(mirror_once(slack_)) << "it waits to be posted";
  EXPECT_THAT(sent(), testing::ElementsAre("post"));
  EXPECT_FALSE(mirror_once(slack_)) << "nothing has changed";
  ticket_.priority = "low";
  store_.write([&](storage::Session& session) {
    storage::save_ticket(session, ticket_);
    return true;
  });
  EXPECT_TRUE(mirror_once(slack_));
  EXPECT_FALSE(mirror_once(slack_));
  EXPECT_THAT(sent(), testing::ElementsAre("update of 1"));
}

TEST_F(Mirroring, AClaimOpensTheThreadAndThenWordsAreCopied) {
  for (const TeamPlace& place : {slack_, discord_}) mirror_once(place);
  sent();
  claim();
  for (const TeamPlace& place : {slack_, discord_}) mirror_once(place);
  EXPECT_THAT(sent(), testing::UnorderedElementsAre("update of 1", "post in 1", "update of 2", "thread_under of 2"));
  const std::string message = say("person", "hello?");
  for (const TeamPlace& place : {slack_, discord_}) mirror_once(place);
  EXPECT_THAT(sent(), testing::UnorderedElementsAre("post in 1", "post"));
  for (const TeamPlace& place : {slack_, discord_}) EXPECT_FALSE(mirror_once(place)) << "copied once";
  store_.write([&](storage::Session& session) {
    storage::redact(session, "key:" + message, kNow);
    return true;
  });
  for (const TeamPlace& place : {slack_, discord_}) EXPECT_TRUE(mirror_once(place));
  EXPECT_THAT(sent(), testing::Each(testing::HasSubstr("update")));
  for (const TeamPlace& place : {slack_, discord_}) EXPECT_FALSE(mirror_once(place));
}

TEST_F(Mirroring, WhatAnAgentWroteInTheThreadIsNotCopiedBack) {
  mirror_once(slack_);
  sent();
  claim();
  mirror_once(slack_);
  sent();
  const std::string message = say("agent", "I look into it");
  store_.write([&](storage::Session& session) {
    storage::add_copy(session, {ticket_.id, "slack", message, "", "slack:T1:CTEAM:9.9", ""});
    return true;
  });
  EXPECT_FALSE(mirror_once(slack_));
}

TEST_F(Mirroring, OfTwoProcessesOneRollsBack) {
  mirror_once(slack_);
  sent();
  claim();
  const auto before = store_.write([&](storage::Session& session) { return *storage::find_card(session, ticket_.id, "slack"); });
  mirror_once(slack_);
  const bool again = store_.write([&](storage::Session& session) {
    storage::TeamCard after = before;
    after.copied_seq = 7;
    return storage::advance_card(session, before, after);
  });
  EXPECT_FALSE(again) << "the other process has advanced the card";
}

TEST_F(Mirroring, ResolvedTicketsGetNoNewCard) {
  ticket_.state = "resolved";
  store_.write([&](storage::Session& session) {
    storage::save_ticket(session, ticket_);
    return true;
  });
  EXPECT_FALSE(mirror_once(slack_));
}

TEST(TeamPlaces, AreReadFromTheConfiguration) {
  config::Config config;
  EXPECT_TRUE(team_places(config).empty());
  config.slack_team_channel = "C1";
  config.discord_team_channel = "900";
  ASSERT_EQ(team_places(config).size(), 2U);
  EXPECT_EQ(team_places(config)[0].place_id, "C1");
  config.slack_team_channel = "T1/C1";
  EXPECT_EQ(team_places(config)[0].workspace, "T1");
  EXPECT_EQ(team_places(config)[0].place_id, "C1");
}

}  // namespace
}  // namespace handrail::team
