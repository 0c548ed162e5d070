// The agents' channel as rows, on both databases.
#include "bot/storage/team.h"

#include <gmock/gmock.h>

#include "bot/storage/conversations.h"
#include "bot/storage/outbox.h"
#include "tests/storage/contract.h"

namespace handrail::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class TeamContract : public Contract {
 protected:
  std::string open_ticket(const std::string& user = "UANA", const std::string& kind = "refund") {
    return write([&](Session& session) {
      const Someone someone = make_someone(session, user);
      Ticket wanted;
      wanted.person_id = someone.person_id;
      wanted.conversation_id = someone.conversation_id;
      wanted.kind = kind;
      return open_or_join(session, wanted, kNow).ticket.id;
    });
  }
  TeamCard card_of(const std::string& ticket) {
    TeamCard card;
    card.ticket_id = ticket;
    card.channel = "slack";
    card.place_id = "CTEAM";
    card.outbox_id = "row-" + ticket;
    card.shown = "first";
    return card;
  }
  bool put(const TeamCard& card) {
    return write([&](Session& session) { return add_card(session, card); });
  }
  void post(const TeamCard& card, const std::string& remote_id, const std::string& message_id = "") {
    write([&](Session& session) {
      OutboxRow row;
      row.id = card.outbox_id;
      row.order_key = "team:" + card.ticket_id;
      row.channel = card.channel;
      row.send = "{}";
      row.ticket_id = card.ticket_id;
      row.message_id = message_id;
      row.created_at = kNow;
      insert_row(session, row);
      mark_sent(session, row.id, remote_id, kNow);
    });
  }
  std::optional<TeamCard> card(const std::string& ticket) {
    return read([&](Session& session) { return find_card(session, ticket, "slack"); });
  }
};
HANDRAIL_ON_ALL_DATABASES(TeamContract);

TEST_P(TeamContract, ATicketHasOneCardOnAPlatform) {
  const std::string ticket = open_ticket();
  EXPECT_TRUE(put(card_of(ticket)));
  EXPECT_FALSE(put(card_of(ticket)));
  TeamCard on_discord = card_of(ticket);
  on_discord.channel = "discord";
  EXPECT_TRUE(put(on_discord));
  EXPECT_EQ(card(ticket)->place_id, "CTEAM");
}

TEST_P(TeamContract, ACardLearnsItsIdWhenItIsPosted) {
  const std::string ticket = open_ticket();
  put(card_of(ticket));
  EXPECT_THAT(read([](Session& session) { return newly_posted_cards(session, "slack"); }), IsEmpty());
  post(card_of(ticket), "7.7");
  EXPECT_THAT(read([](Session& session) { return newly_posted_cards(session, "slack"); }), ElementsAre(ticket));
  EXPECT_EQ(read([](Session& session) { return find_card_by_message(session, "slack", "7.7"); })->remote_id, "7.7")
      << "an agent may be quicker than we are";
  write([](Session& session) { learn_posted_cards(session, "slack"); });
  EXPECT_EQ(card(ticket)->remote_id, "7.7");
  EXPECT_THAT(read([](Session& session) { return newly_posted_cards(session, "slack"); }), IsEmpty());
  EXPECT_EQ(read([](Session& session) { return find_card_by_message(session, "slack", "7.7"); })->ticket_id, ticket);
  EXPECT_FALSE(read([](Session& session) { return find_card_by_message(session, "discord", "7.7"); }));
  EXPECT_FALSE(read([](Session& session) { return find_card_by_message(session, "slack", ""); }));
}

TEST_P(TeamContract, OnlyOneProcessAdvancesACard) {
  const std::string ticket = open_ticket();
  put(card_of(ticket));
  const TeamCard before = *card(ticket);
  TeamCard after = before;
  after.shown = "second";
  after.thread_open = true;
  after.copied_seq = 3;
  after.copied_history = 2;
  const auto advance = [&] { return write([&](Session& session) { return advance_card(session, before, after); }); };
  EXPECT_TRUE(advance());
  EXPECT_FALSE(advance());
  EXPECT_EQ(card(ticket)->shown, "second");
  EXPECT_TRUE(card(ticket)->thread_open);
  EXPECT_EQ(card(ticket)->copied_seq, 3);
  EXPECT_EQ(card(ticket)->copied_history, 2);
}

TEST_P(TeamContract, CopiesAreFoundByTheirPostAndKnowWhatTheyShow) {
  const std::string ticket = open_ticket();
  write([&](Session& session) {
    add_copy(session, {ticket, "slack", "m1", "row-1", "", "one"});
    add_copy(session, {ticket, "slack", "m2", "", "slack:T1:CTEAM:9.9", ""});
    add_copy(session, {ticket, "slack", "m1", "row-2", "", "again"});
  });
  auto copies = read([&](Session& session) { return copies_of(session, ticket, "slack"); });
  ASSERT_EQ(copies.size(), 2U) << "a message stands in a thread once";
  EXPECT_EQ(read([](Session& session) { return find_copy_by_post(session, "slack:T1:CTEAM:9.9"); })->message_id, "m2");
  EXPECT_FALSE(read([](Session& session) { return find_copy_by_post(session, ""); }));
  write([&](Session& session) { set_copy_shown(session, {ticket, "slack", "m1", "", "", "changed"}); });
  copies = read([&](Session& session) { return copies_of(session, ticket, "slack"); });
  EXPECT_THAT(copies, testing::Contains(testing::Field(&TeamCopy::shown, "changed")));
}

TEST_P(TeamContract, WhatWasSentOfAMessageIsKnownByItsIds) {
  const std::string ticket = open_ticket();
  TeamCard card = card_of(ticket);
  post(card, "1.1", "m1");
  card.outbox_id = "row-later";
  post(card, "2.2", "m1");
  EXPECT_THAT(read([&](Session& session) { return sent_ids_of(session, ticket, "m1"); }), ElementsAre("1.1", "2.2"));
  EXPECT_THAT(read([&](Session& session) { return sent_ids_of(session, ticket, "m2"); }), IsEmpty());
  EXPECT_EQ(read([&](Session& session) { return remote_id_of(session, "row-later"); }), "2.2");
  EXPECT_EQ(read([&](Session& session) { return remote_id_of(session, "none"); }), "");
}

TEST_P(TeamContract, HeldRepliesWaitForTheirAuthorAndAreForgotten) {
  const std::string ticket = open_ticket();
  write([&](Session& session) {
    hold_reply(session, {"h1", ticket, "slack", "a1", "slack:T1:CTEAM:9.9", "hello", kNow});
    hold_reply(session, {"h2", ticket, "slack", "a1", "slack:T1:CTEAM:9.8", "old", kNow - kMinute});
    set_held_text(session, "h1", "hello again");
    prune_held(session, kNow);
  });
  EXPECT_EQ(read([](Session& session) { return find_held(session, "h1"); })->text, "hello again");
  EXPECT_EQ(read([](Session& session) { return find_held_by_post(session, "slack:T1:CTEAM:9.9"); })->id, "h1");
  EXPECT_FALSE(read([](Session& session) { return find_held_by_post(session, ""); }));
  EXPECT_FALSE(read([](Session& session) { return find_held(session, "h2"); }));
  write([](Session& session) { forget_held(session, "h1"); });
  EXPECT_FALSE(read([](Session& session) { return find_held(session, "h1"); }));
}

TEST_P(TeamContract, AnIdentityIsOfOneAgentAtATime) {
  const auto add = [&](const std::string& name) {
    return write([&](Session& session) { return add_agent(session, name, kNow)->id; });
  };
  const std::string mina = add("Mina");
  const std::string ben = add("Ben");
  const auto who = [&] { return read([](Session& session) { return agent_of_identity(session, "slack", "U1"); }); };
  EXPECT_FALSE(who());
  write([&](Session& session) { set_agent_identity(session, "slack", "U1", mina); });
  EXPECT_EQ(who()->name, "Mina");
  write([&](Session& session) { set_agent_identity(session, "slack", "U1", ben); });
  EXPECT_EQ(who()->name, "Ben");
  EXPECT_FALSE(read([](Session& session) { return agent_of_identity(session, "discord", "U1"); }));
}

TEST_P(TeamContract, ChangedAndRestingTicketsAreFound) {
  const std::string one = open_ticket("UONE");
  const std::string two = open_ticket("UTWO");
  write([&](Session& session) {
    touch_ticket(session, two, kNow + kMinute);
    Ticket resting = *get_ticket(session, one);
    resting.snoozed_until = kNow + kMinute;
    save_ticket(session, resting);
  });
  const auto changed = [&](std::int64_t since) {
    return read([&](Session& session) { return tickets_changed_since(session, since, 10); });
  };
  EXPECT_THAT(changed(kNow), ElementsAre(one, two));
  EXPECT_THAT(changed(kNow + 1), ElementsAre(two));
  const auto ended = [&](std::int64_t now) {
    return read([&](Session& session) { return tickets_whose_snooze_ended(session, now, 10); });
  };
  EXPECT_THAT(ended(kNow + kMinute - 1), IsEmpty());
  EXPECT_THAT(ended(kNow + kMinute), ElementsAre(one));
  EXPECT_EQ(read([](Session& session) { return unresolved_ticket_ids(session, 10); }).size(), 2U);
}

TEST_P(TeamContract, AnAgentsMessageIsCorrectedAndTakenBack) {
  const std::string conversation = write([](Session& session) { return make_someone(session, "UANA").conversation_id; });
  write([&](Session& session) {
    Message message;
    message.id = "m1";
    message.conversation_id = conversation;
    message.author = "agent";
    message.text = "Munday";
    message.created_at = kNow;
    append(session, message);
    edit_message(session, "m1", "Monday", "{}");
  });
  EXPECT_EQ(read([](Session& session) { return get_message(session, "m1"); })->text, "Monday");
  write([](Session& session) { redact_message(session, "m1", kNow + 1); });
  const auto gone = read([](Session& session) { return get_message(session, "m1"); });
  EXPECT_EQ(gone->text, "");
  EXPECT_EQ(gone->redacted_at, kNow + 1);
  write([](Session& session) { edit_message(session, "m1", "back", "{}"); });
  EXPECT_EQ(read([](Session& session) { return get_message(session, "m1"); })->text, "") << "what was taken back stays so";
}

TEST_P(TeamContract, AClaimTakesOneChannelAndTellsALeaseThatEnded) {
  write([](Session& session) {
    for (const char* channel : {"slack", "discord"}) {
      OutboxRow row;
      row.id = base::new_id(kNow);
      row.order_key = channel;
      row.channel = channel;
      row.send = "{}";
      row.expires_at = kNow + kMinute;
      row.next_attempt_at = kNow;
      insert_row(session, row);
    }
  });
  const auto claim = [&](std::int64_t now, const std::string& channel) {
    return write([&](Session& session) { return claim_due(session, now, 10, kMinute, channel); });
  };
  EXPECT_EQ(read([](Session& session) { return next_due_at(session, "discord"); }), kNow);
  const auto first = claim(kNow, "discord");
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].channel, "discord");
  EXPECT_EQ(first[0].last_error, "");
  EXPECT_THAT(claim(kNow, "discord"), IsEmpty());
  EXPECT_EQ(read([](Session& session) { return next_due_at(session, "discord"); }), kNow + kMinute);
  const auto again = claim(kNow + kMinute, "discord");
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].last_error, kLeaseEnded) << "nobody knows whether it was sent";
  EXPECT_EQ(claim(kNow, "").size(), 1U) << "no channel: every channel";
}

}  // namespace
}  // namespace handrail::storage
