// Tickets that rest and change hands, and answers that cross others.
#include <gmock/gmock.h>

#include "bot/storage/agents.h"
#include "tests/tickets/stage.h"

namespace handrail::tickets {
namespace {

using base::Code;
using storage::Session;
using storage::Ticket;

constexpr std::int64_t kHourMs = 60 * kMinuteMs;

class Resting : public Stage {
 protected:
  base::Result<Ticket> snooze(const Ticket& ticket, const Actor& actor, std::int64_t until) {
    return act([&](Session& session, const Desk& desk) { return tickets::snooze(session, desk, ticket.id, actor, until, now_); });
  }
  base::Result<Ticket> transfer(const Ticket& ticket, const Actor& actor, const std::string& to) {
    return act([&](Session& session, const Desk& desk) { return tickets::transfer(session, desk, ticket.id, actor, to, now_); });
  }
  base::Result<Ticket> wake(const Ticket& ticket) {
    return act([&](Session& session, const Desk&) { return tickets::wake(session, ticket.id, now_); });
  }
  base::Result<Replied> answer(const Ticket& ticket, const Actor& actor, const AgentReply& words) {
    return act([&](Session& session, const Desk& desk) { return tickets::reply(session, desk, ticket.id, actor, words, now_); });
  }
  std::string add_agent(const std::string& name) {
    std::string id;
    store_.write([&](Session& session) {
      id = storage::add_agent(session, name, now_)->id;
      return true;
    });
    return id;
  }
};

TEST_F(Resting, WakesWhenItsTimeComes) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(snooze(ticket, sara_, now_ + 2 * kHourMs).ok());
  EXPECT_EQ(stored(ticket).snoozed_until, now_ + 2 * kHourMs);
  now_ += 2 * kHourMs - 1;
  ASSERT_TRUE(wake(ticket).ok());
  EXPECT_NE(stored(ticket).snoozed_until, 0);
  now_ += 1;
  ASSERT_TRUE(wake(ticket).ok());
  EXPECT_EQ(stored(ticket).snoozed_until, 0);
  EXPECT_THAT(history(ticket), testing::Contains("bot woken"));
}

TEST_F(Resting, WakesWhenThePersonWritesOrAnAgentActs) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(snooze(ticket, sara_, now_ + kHourMs).ok());
  person_wrote();
  EXPECT_EQ(stored(ticket).snoozed_until, 0);
  ASSERT_TRUE(snooze(ticket, sara_, now_ + kHourMs).ok());
  ASSERT_TRUE(claim(ticket, sara_).ok());
  EXPECT_EQ(stored(ticket).snoozed_until, 0);
  ASSERT_TRUE(snooze(ticket, sara_, now_ + kHourMs).ok());
  ASSERT_TRUE(reply(ticket, sara_, "m", "hello").ok());
  EXPECT_EQ(stored(ticket).snoozed_until, 0);
}

TEST_F(Resting, OnlyForATimeToComeAndNotForEver) {
  const Ticket ticket = open_ticket();
  for (const std::int64_t until : {std::int64_t{0}, now_, now_ + kLongestSnoozeMs + 1}) {
    const auto refused = snooze(ticket, sara_, until);
    ASSERT_FALSE(refused.ok()) << until;
    EXPECT_EQ(refused.error().field, "for");
  }
  EXPECT_TRUE(snooze(ticket, sara_, now_ + kLongestSnoozeMs).ok());
  ASSERT_TRUE(claim(ticket, sara_).ok());
  EXPECT_EQ(snooze(ticket, omid_, now_ + 1).error().code, Code::conflict) << "it is Sara's";
}

TEST_F(Resting, SpansAreReadExactly) {
  const std::pair<const char*, std::int64_t> good[] = {
      {"1m", kMinuteMs}, {"2h", 2 * kHourMs}, {"3d", 72 * kHourMs}, {"12w", 12 * 7 * 24 * kHourMs}, {"90d", kLongestSnoozeMs}};
  for (const auto& [text, length] : good) EXPECT_EQ(parse_span(text), length) << text;
  for (const char* bad : {"", "m", "0h", "-1h", "2", "2 h", "2hours", "91d", "13w", "99999999999999999999h", "2H"}) {
    EXPECT_FALSE(parse_span(bad)) << bad;
  }
}

TEST_F(Resting, ATicketIsGivenToAnAgentWhoCanTakeIt) {
  add_agent("Omid");
  const std::string gone = add_agent("Gone");
  store_.write([&](Session& session) {
    storage::disable_agent(session, gone, now_);
    return true;
  });
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(transfer(ticket, sara_, "Omid").ok());
  EXPECT_EQ(stored(ticket).assignee_name, "Omid");
  EXPECT_EQ(stored(ticket).state, "claimed");
  for (const char* nobody : {"Gone", "Nobody"}) {
    const auto refused = transfer(ticket, omid_, nobody);
    EXPECT_EQ(refused.error().code, Code::not_found) << nobody;
    EXPECT_THAT(refused.error().message, testing::HasSubstr("Omid")) << "who there is";
  }
  EXPECT_EQ(transfer(ticket, omid_, "").error().code, Code::invalid);
  EXPECT_TRUE(reply(ticket, omid_, "m", "hello").ok());
}

TEST_F(Resting, NothingIsSaidPastWhatAnAgentHasNotSeen) {
  const Ticket ticket = open_ticket();
  const auto first = reply(ticket, sara_, "m1", "one");
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(answer(ticket, sara_, {"m2", "two", first->message_id}).ok()) << "her own words are no news";
  store_.write([&](Session& session) {
    storage::Message message;
    message.id = "theirs";
    message.conversation_id = conversation_.id;
    message.author = "person";
    message.text = "wait";
    message.created_at = now_;
    storage::append(session, message);
    return true;
  });
  const std::size_t before = said().size();
  const auto held = answer(ticket, sara_, {"m3", "three", first->message_id});
  ASSERT_FALSE(held.ok());
  EXPECT_EQ(held.error().code, Code::conflict);
  EXPECT_EQ(held.error().field, "seen_message_id");
  EXPECT_EQ(said().size(), before);
  EXPECT_TRUE(answer(ticket, sara_, {"m3", "three", "theirs"}).ok());
  EXPECT_TRUE(answer(ticket, sara_, {"m4", "four", ""}).ok()) << "who does not say what they saw is believed";
}

TEST_F(Resting, WhoKnowsTakesATicketOver) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(claim(ticket, sara_).ok());
  AgentReply words{"m1", "mine", ""};
  EXPECT_EQ(answer(ticket, omid_, words).error().field, "assignee");
  words.takes_over = true;
  ASSERT_TRUE(answer(ticket, omid_, words).ok());
  EXPECT_EQ(stored(ticket).assignee_name, "Omid");
}

}  // namespace
}  // namespace handrail::tickets
