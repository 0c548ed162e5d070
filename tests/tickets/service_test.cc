// Who has a ticket, and what becomes of it: claiming, resolving, reopening, and what the person writes in between.
#include "bot/tickets/service.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "bot/base/id.h"
#include "bot/storage/labels.h"
#include "tests/tickets/stage.h"

namespace handrail::tickets {
namespace {

using base::Code;
using storage::Ticket;
using testing::ElementsAre;

class Claiming : public Stage {};

TEST_F(Claiming, TheFirstAgentHasItAndTheSecondIsToldWho) {
  const Ticket ticket = open_ticket();
  const auto mine = claim(ticket, sara_);
  ASSERT_TRUE(mine.ok());
  EXPECT_EQ(mine->state, "claimed");
  EXPECT_EQ(mine->assignee_name, "Sara");
  EXPECT_EQ(stored(ticket).assignee_id, "a1");
  const auto theirs = claim(ticket, omid_);
  ASSERT_FALSE(theirs.ok());
  EXPECT_EQ(theirs.error().code, Code::conflict);
  EXPECT_NE(theirs.error().message.find("Sara"), std::string::npos);
  EXPECT_EQ(stored(ticket).assignee_name, "Sara");
  EXPECT_THAT(history(ticket), ElementsAre("Sara claimed"));
  EXPECT_EQ(owner(), "queue") << "claiming is not answering: the bot still helps";
}

TEST_F(Claiming, AnAgentMayClaimTheirOwnAgainWithoutATrace) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(claim(ticket, sara_).ok());
  ASSERT_TRUE(claim(ticket, sara_).ok());
  EXPECT_THAT(history(ticket), ElementsAre("Sara claimed"));
}

TEST_F(Claiming, AWaitingTicketIsStillItsAgents) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(reply(ticket, sara_, "m1", "Hello").ok());
  EXPECT_FALSE(claim(ticket, omid_).ok());
  const auto again = claim(ticket, sara_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->state, "waiting") << "the agent wrote last, which claiming does not change";
}

TEST_F(Claiming, AResolvedOrUnknownTicketCannotBeClaimed) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(resolve(ticket, sara_).ok());
  const auto resolved = claim(ticket, omid_);
  ASSERT_FALSE(resolved.ok());
  EXPECT_EQ(resolved.error().code, Code::conflict);
  EXPECT_EQ(resolved.error().field, "state");
  Ticket nobodys = ticket;
  nobodys.id = "01none";
  EXPECT_EQ(claim(nobodys, sara_).error().code, Code::not_found);
}

TEST_F(Claiming, OfTwoAtOnceOneHasIt) {
  for (int round = 0; round < 10; ++round) {
    const Ticket ticket = open_ticket("kind" + std::to_string(round));
    std::atomic<int> won = 0;
    std::thread other([&] { won += claim(ticket, omid_).ok() ? 1 : 0; });
    won += claim(ticket, sara_).ok() ? 1 : 0;
    other.join();
    EXPECT_EQ(won, 1);
  }
}

class PersonWrote : public Stage {};

TEST_F(PersonWrote, WaitingBecomesClaimedAndNothingElseChanges) {
  const Ticket open = open_ticket("refund");
  const Ticket waiting = open_ticket("account_review");
  const Ticket resolved = open_ticket("human");
  ASSERT_TRUE(resolve(resolved, sara_).ok());
  ASSERT_TRUE(reply(waiting, sara_, "m1", "Hello").ok());
  now_ += kMinuteMs;
  EXPECT_TRUE(person_wrote()) << "an agent has spoken: the bot is silent";
  EXPECT_EQ(stored(waiting).state, "claimed");
  EXPECT_EQ(stored(waiting).updated_at, now_);
  EXPECT_EQ(history(waiting).back(), "person wrote");
  EXPECT_EQ(stored(open).state, "open");
  EXPECT_EQ(stored(resolved).state, "resolved");
  EXPECT_TRUE(person_wrote());
  EXPECT_EQ(history(waiting).back(), "person wrote");
  EXPECT_THAT(history(waiting), testing::SizeIs(2)) << "a second message is no second change";
}

TEST_F(PersonWrote, WhileTheQueueHasItTheBotStillHelps) {
  open_ticket();
  EXPECT_FALSE(person_wrote());
}

class Resolving : public Stage {};

TEST_F(Resolving, RecordsTheDecisionTellsThePersonAndGivesTheConversationBack) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(reply(ticket, sara_, "m1", "I looked at it.").ok());
  EXPECT_EQ(owner(), "agent");
  now_ += kMinuteMs;
  const auto done = resolve(ticket, sara_, "approved");
  ASSERT_TRUE(done.ok());
  EXPECT_EQ(stored(ticket).state, "resolved");
  EXPECT_EQ(stored(ticket).outcome, "approved");
  EXPECT_EQ(stored(ticket).resolved_at, now_);
  EXPECT_EQ(history(ticket).back(), "Sara resolved approved");
  EXPECT_EQ(owner(), "bot");
  EXPECT_EQ(said().back().author, "bot");
  EXPECT_EQ(said().back().text, "Your request 1001 is closed. If something is still open, just write here.");
}

TEST_F(Resolving, TheThreeOutcomesAreKnownAndNoOther) {
  for (const std::string outcome : {"answered", "approved", "denied"}) {
    EXPECT_EQ(resolve(open_ticket("kind " + outcome), sara_, outcome)->outcome, outcome);
  }
  EXPECT_EQ(resolve(open_ticket("kind"), sara_, "")->outcome, "answered");
  const Ticket ticket = open_ticket();
  for (const std::string outcome : {"Approved", "refunded", " denied"}) {
    const auto refused = resolve(ticket, sara_, outcome);
    ASSERT_FALSE(refused.ok()) << outcome;
    EXPECT_EQ(refused.error().code, Code::invalid);
    EXPECT_EQ(refused.error().field, "outcome");
  }
  EXPECT_EQ(stored(ticket).state, "open");
}

TEST_F(Resolving, TheSameDecisionAgainIsNothingNewAndAnotherOneIsRefused) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(resolve(ticket, sara_, "approved").ok());
  const std::size_t told = said().size();
  EXPECT_TRUE(resolve(ticket, omid_, "approved").ok());
  EXPECT_TRUE(resolve(ticket, omid_, "").ok());
  EXPECT_EQ(said().size(), told) << "the person is told once";
  const auto denied = resolve(ticket, omid_, "denied");
  ASSERT_FALSE(denied.ok()) << "otherwise the second agent believes that a denial is on record";
  EXPECT_EQ(denied.error().code, Code::conflict);
  EXPECT_EQ(stored(ticket).outcome, "approved");
}

TEST_F(Resolving, AnotherTicketOfTheConversationKeepsItsOwner) {
  const Ticket refund = open_ticket("refund");
  const Ticket review = open_ticket("account_review");
  ASSERT_TRUE(resolve(refund, sara_).ok());
  EXPECT_EQ(owner(), "queue");
  const Ticket human = open_ticket("human");
  ASSERT_TRUE(reply(review, omid_, "m1", "Hello").ok());
  ASSERT_TRUE(resolve(human, sara_).ok());
  EXPECT_EQ(owner(), "agent") << "Omid is still talking to the person";
  ASSERT_TRUE(resolve(review, omid_).ok());
  EXPECT_EQ(owner(), "bot");
}

TEST_F(Resolving, AnyoneOfTheTeamMayAndIsNamed) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(claim(ticket, sara_).ok());
  ASSERT_TRUE(resolve(ticket, omid_, "denied").ok());
  EXPECT_EQ(history(ticket).back(), "Omid resolved denied");
  EXPECT_EQ(stored(ticket).assignee_name, "Sara");
  const Ticket unclaimed = open_ticket("human");
  EXPECT_EQ(resolve(unclaimed, omid_)->assignee_name, "Omid");
}

class Reopening : public Stage {};

TEST_F(Reopening, GivesItBackToItsAgentWithoutTheDecision) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(reply(ticket, sara_, "m1", "Hello").ok());
  ASSERT_TRUE(resolve(ticket, sara_, "denied").ok());
  const auto again = reopen(ticket, omid_);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(stored(ticket).state, "claimed");
  EXPECT_EQ(stored(ticket).assignee_name, "Sara");
  EXPECT_EQ(stored(ticket).outcome, "");
  EXPECT_EQ(stored(ticket).resolved_at, 0);
  EXPECT_EQ(owner(), "agent");
  EXPECT_EQ(history(ticket).back(), "Omid reopened");
  EXPECT_EQ(said().back().text, "Your request 1001 is open again.");
}

TEST_F(Reopening, WhatNobodyAnsweredGoesBackToTheQueue) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(resolve(ticket, sara_).ok());
  ASSERT_TRUE(reopen(ticket, sara_).ok());
  EXPECT_EQ(owner(), "queue");
}

TEST_F(Reopening, WhatIsOpenStaysAsItIs) {
  const Ticket ticket = open_ticket();
  const std::size_t told = said().size();
  EXPECT_EQ(reopen(ticket, sara_)->state, "open");
  EXPECT_EQ(said().size(), told);
  EXPECT_TRUE(history(ticket).empty());
}

TEST_F(Reopening, ThereIsOneOpenTicketOfAPersonAndKind) {
  const Ticket old = open_ticket("refund");
  ASSERT_TRUE(resolve(old, sara_).ok());
  const Ticket young = open_ticket("refund");
  EXPECT_NE(young.id, old.id);
  EXPECT_EQ(open_ticket("refund").id, young.id) << "a second request joins it";
  const auto refused = reopen(old, sara_);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_NE(refused.error().message.find("number 1002"), std::string::npos);
  ASSERT_TRUE(resolve(young, sara_).ok());
  EXPECT_TRUE(reopen(old, sara_).ok());
}

TEST_F(Reopening, AnotherKindIsNotInTheWay) {
  const Ticket refund = open_ticket("refund");
  ASSERT_TRUE(resolve(refund, sara_).ok());
  open_ticket("human");
  EXPECT_TRUE(reopen(refund, sara_).ok());
}

class Labelling : public Stage {
 protected:
  std::string person_says(const std::string& text, const std::string& author = "person") {
    storage::Message message;
    message.id = base::new_id(now_);
    message.conversation_id = conversation_.id;
    message.author = author;
    message.text = text;
    message.post_key = "post:" + text;
    message.created_at = now_;
    write([&](storage::Session& session) { storage::append(session, message); });
    return message.id;
  }
  template <typename Work>
  void write(Work work) {
    EXPECT_TRUE((*store_).write([&](storage::Session& session) {
      work(session);
      return base::done();
    }).ok());
  }
  base::Result<Labelled> label(const Ticket& ticket, const std::string& intent, const std::string& message_id = "") {
    return act([&](storage::Session& session, const Desk&) {
      return label_intent(session, ticket.id, sara_, {message_id, intent}, {"refund", "out_of_scope"}, now_);
    });
  }
  std::vector<storage::Label> labels() {
    std::vector<storage::Label> found;
    write([&](storage::Session& session) { found = storage::newest_labels(session, 10); });
    return found;
  }
};

TEST_F(Labelling, TheLastWordsBeforeTheTicketAreMeantAndALaterLabelReplaces) {
  person_says("hello");
  const std::string meant = person_says("money back please");
  const Ticket ticket = open_ticket();
  now_ += kMinuteMs;
  person_says("are you there?");
  const auto first = label(ticket, "out_of_scope");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->message_id, meant);
  EXPECT_EQ(first->understood, "") << "nobody answered, so nothing was understood";
  ASSERT_TRUE(label(ticket, "refund").ok());
  ASSERT_EQ(labels().size(), 1u);
  EXPECT_EQ(labels().front().text, "money back please");
  EXPECT_EQ(labels().front().intent, "refund");
  EXPECT_EQ(labels().front().agent, "Sara");
  EXPECT_THAT(history(ticket), ElementsAre("Sara corrected out_of_scope", "Sara corrected refund"));
}

TEST_F(Labelling, OnlyWordsOfThePersonInThisTicketUnderAKnownIntent) {
  const std::string meant = person_says("money back please");
  const std::string ours = person_says("We are looking into it.", "agent");
  const Ticket ticket = open_ticket();
  EXPECT_EQ(label(ticket, "dance").error().field, "intent");
  EXPECT_EQ(label(ticket, "refund", ours).error().code, Code::not_found);
  EXPECT_EQ(label(ticket, "refund", "none").error().code, Code::not_found);
  write([&](storage::Session& session) { storage::redact(session, "post:money back please", now_); });
  EXPECT_EQ(label(ticket, "refund", meant).error().code, Code::conflict);
  EXPECT_TRUE(labels().empty());
}

TEST_F(Labelling, WordsThatWereDeletedLaterTeachNothing) {
  person_says("money back please");
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(label(ticket, "refund").ok());
  write([&](storage::Session& session) { storage::redact(session, "post:money back please", now_); });
  EXPECT_TRUE(labels().empty());
}

}  // namespace
}  // namespace handrail::tickets
