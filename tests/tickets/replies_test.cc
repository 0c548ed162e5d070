// What agents write: once, to the person, in one transaction with what it changes; and a ticket's words and shape.
#include <gmock/gmock.h>

#include "bot/base/id.h"
#include "bot/delivery/outgoing.h"
#include "tests/tickets/stage.h"

namespace handrail::tickets {
namespace {

using base::Code;
using storage::Session;
using storage::Ticket;
using testing::ElementsAre;

class Replying : public Stage {};

TEST_F(Replying, ReachesThePersonAndTakesTheConversation) {
  const Ticket ticket = open_ticket();
  now_ += kMinuteMs;
  const auto replied = reply(ticket, sara_, "m1", "Hello Ana, I am looking at it.");
  ASSERT_TRUE(replied.ok());
  EXPECT_FALSE(replied->repeated);
  EXPECT_EQ(stored(ticket).state, "waiting");
  EXPECT_EQ(stored(ticket).assignee_name, "Sara") << "whoever answers has the ticket";
  EXPECT_EQ(stored(ticket).first_response_at, now_);
  EXPECT_EQ(owner(), "agent");
  ASSERT_EQ(said().size(), 1U);
  EXPECT_EQ(said()[0].id, replied->message_id);
  EXPECT_EQ(said()[0].author, "agent");
  EXPECT_EQ(said()[0].author_name, "Sara");
  EXPECT_EQ(said()[0].audience, "direct");
  EXPECT_EQ(said()[0].text, "Hello Ana, I am looking at it.");
  EXPECT_EQ(unsent(), 1);
  EXPECT_THAT(history(ticket), ElementsAre("Sara replied " + replied->message_id));
}

TEST_F(Replying, TheSameIdAgainDoesNothingMore) {
  const Ticket ticket = open_ticket();
  const auto first = reply(ticket, sara_, "m1", "Hello");
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(resolve(ticket, sara_, "answered").ok());
  const std::size_t told = said().size();
  for (const Actor& actor : {sara_, omid_}) {
    const auto again = reply(ticket, actor, "m1", "Hello");
    ASSERT_TRUE(again.ok()) << "a retry whose first answer was lost is no mistake, even when the ticket is resolved by now";
    EXPECT_TRUE(again->repeated);
    EXPECT_EQ(again->message_id, first->message_id);
  }
  EXPECT_EQ(said().size(), told);
  EXPECT_EQ(stored(ticket).state, "resolved");
}

TEST_F(Replying, AnIdIsOfItsTicket) {
  const Ticket refund = open_ticket("refund");
  const Ticket human = open_ticket("human");
  const auto one = reply(refund, sara_, "m1", "About the refund");
  const auto two = reply(human, sara_, "m1", "About the rest");
  ASSERT_TRUE(two.ok());
  EXPECT_FALSE(two->repeated);
  EXPECT_NE(one->message_id, two->message_id);
  EXPECT_EQ(said().size(), 2U);
}

TEST_F(Replying, TheFirstAnswerIsTimedOnce) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(reply(ticket, sara_, "m1", "One").ok());
  now_ += kMinuteMs;
  ASSERT_TRUE(reply(ticket, sara_, "m2", "Two").ok());
  EXPECT_EQ(stored(ticket).first_response_at, kNow);
  EXPECT_EQ(stored(ticket).updated_at, now_);
}

TEST_F(Replying, OnTopOfAnotherAgentIsRefused) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(claim(ticket, sara_).ok());
  const auto refused = reply(ticket, omid_, "m1", "Hello");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_EQ(refused.error().field, "assignee");
  EXPECT_FALSE(reply(ticket, api_, "m1", "Hello").ok()) << "the API key is an agent like others";
  EXPECT_TRUE(said().empty());
  EXPECT_EQ(owner(), "queue");
}

TEST_F(Replying, ToAResolvedTicketIsRefused) {
  const Ticket ticket = open_ticket();
  ASSERT_TRUE(resolve(ticket, sara_).ok());
  const auto refused = reply(ticket, sara_, "m1", "One more thing");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::conflict);
  EXPECT_EQ(refused.error().field, "state");
}

TEST_F(Replying, HoldsItsLimitsInCharacters) {
  const Ticket ticket = open_ticket();
  const auto repeated = [](const std::string& character, std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += character;
    return text;
  };
  EXPECT_TRUE(reply(ticket, sara_, repeated("ش", 100), "hello").ok());
  EXPECT_TRUE(reply(ticket, sara_, "long", repeated("ش", kAgentReplyCharacters)).ok());
  for (const std::string& id : {std::string(), repeated("i", 101)}) {
    const auto refused = reply(ticket, sara_, id, "hello");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::invalid);
    EXPECT_EQ(refused.error().field, "client_message_id");
  }
  for (const std::string& text : {std::string(), std::string(" \t\r\n"), repeated("x", kAgentReplyCharacters + 1)}) {
    const auto refused = reply(ticket, sara_, "m9", text);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, Code::invalid);
    EXPECT_EQ(refused.error().field, "text");
  }
  Ticket nobodys = ticket;
  nobodys.id = "01none";
  EXPECT_EQ(reply(nobodys, sara_, "m1", "hello").error().code, Code::not_found);
}

TEST_F(Replying, WhatCannotBeQueuedChangesNothing) {
  const Ticket ticket = open_ticket();
  store_.write([&](Session& session) {
    storage::OutboxRow row;
    row.order_key = conversation_.id;
    for (std::size_t i = 0; i < config::kQueuedPerConversation; ++i) {
      row.id = base::new_id(kNow);
      storage::insert_row(session, row);
    }
    return true;
  });
  const auto refused = reply(ticket, sara_, "m1", "hello");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::limited);
  EXPECT_EQ(stored(ticket).state, "open");
  EXPECT_EQ(owner(), "queue");
  EXPECT_TRUE(said().empty());
  EXPECT_TRUE(history(ticket).empty());
}

TEST_F(Replying, AnAgentsWordsAreTakenAsTheyAre) {
  const Ticket ticket = open_ticket("refund", "fa");
  const std::string words = "{number} **سلام** <!channel> & 'خداحافظ'";
  ASSERT_TRUE(reply(ticket, sara_, "m1", words).ok());
  const adapters::Reply kept = delivery::reply_of(said().back());
  EXPECT_EQ(kept.text, words);
  ASSERT_EQ(kept.blocks.size(), 1U);
  EXPECT_EQ(kept.blocks[0].text, words);
  EXPECT_EQ(kept.locale, "fa");
  EXPECT_EQ(kept.direction, "rtl");
}

TEST_F(Replying, OurOwnWordsAreInTheTicketsLanguage) {
  for (const std::string& locale : catalogs_->locales()) {
    const Ticket ticket = open_ticket("kind " + locale, locale);
    ASSERT_TRUE(resolve(ticket, sara_).ok());
    EXPECT_EQ(said().back().text, catalogs_->format(locale, "ticket.resolved", {{"number", ticket.number}})) << locale;
    ASSERT_TRUE(reopen(ticket, sara_).ok());
    EXPECT_EQ(said().back().text, catalogs_->format(locale, "ticket.reopened", {{"number", ticket.number}})) << locale;
  }
  EXPECT_GE(catalogs_->locales().size(), 2U);
  EXPECT_EQ(catalogs_->unknown_keys(), 0U);
}

class Shape : public Stage {};

TEST_F(Shape, ATicketInJsonHasTheFieldsOfTheContract) {
  const Ticket ticket = open_ticket();
  nlohmann::json json = to_json(ticket);
  EXPECT_EQ(json["id"], ticket.id);
  EXPECT_EQ(json["number"], ticket.number);
  EXPECT_EQ(json["kind"], "refund");
  EXPECT_EQ(json["state"], "open");
  EXPECT_EQ(json["priority"], "normal");
  EXPECT_EQ(json["locale"], "en");
  EXPECT_EQ(json["channel"], "slack");
  EXPECT_TRUE(json["assignee"].is_null()) << "nobody yet";
  EXPECT_TRUE(json["outcome"].is_null());
  EXPECT_EQ(json["created_at"], "2026-11-23T10:33:20Z");
  EXPECT_EQ(json["first_response_due_at"], "2026-11-23T14:33:20Z");
  EXPECT_EQ(json["triage"]["policy"]["verdict"], "eligible");
  json = to_json(*resolve(ticket, sara_, "denied"));
  EXPECT_EQ(json["assignee"], "Sara");
  EXPECT_EQ(json["outcome"], "denied");
  Ticket broken = ticket;
  broken.triage = "not JSON";
  EXPECT_TRUE(to_json(broken)["triage"].is_object());
}

}  // namespace
}  // namespace handrail::tickets
