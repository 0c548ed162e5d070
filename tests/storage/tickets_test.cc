#include "bot/storage/tickets.h"

#include <gmock/gmock.h>

#include <thread>

#include "tests/storage/contract.h"

namespace handrail::storage {
namespace {

using testing::ElementsAre;

class TicketContract : public Contract {
 protected:
  void SetUp() override {
    Contract::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    ana_ = write([](Session& session) { return make_someone(session, "ana"); });
    ben_ = write([](Session& session) { return make_someone(session, "ben"); });
  }
  static Ticket wanted(const Someone& someone, const std::string& kind = "refund") {
    Ticket made;
    made.person_id = someone.person_id;
    made.conversation_id = someone.conversation_id;
    made.origin_conversation_id = "origin";
    made.kind = kind;
    made.queue = "billing";
    made.locale = "fa";
    made.channel = "slack";
    made.reason = "why";
    made.triage = R"({"facts":[]})";
    made.first_response_due_at = kNow + 240 * kMinute;
    return made;
  }
  OpenedTicket open(const Ticket& ticket, std::int64_t now = kNow) {
    return write([&](Session& session) { return open_or_join(session, ticket, now); });
  }
  Ticket stored(const std::string& id) {
    return read([&](Session& session) { return get_ticket(session, id); }).value();
  }
  std::vector<std::int64_t> numbers(const std::string& state, std::int64_t limit = 10) {
    std::vector<std::int64_t> list;
    for (const Ticket& ticket :
         read([&](Session& session) { return list_tickets(session, state, limit); })) {
      list.push_back(ticket.number);
    }
    return list;
  }

  Someone ana_;
  Someone ben_;
};
HANDRAIL_ON_ALL_DATABASES(TicketContract);

TEST_P(TicketContract, ANewTicketHasTheNextNumberAndAllItsFields) {
  EXPECT_EQ(read([](Session& session) { return next_ticket_number(session); }), 1001);
  const OpenedTicket first = open(wanted(ana_));
  EXPECT_FALSE(first.joined);
  EXPECT_EQ(first.ticket.number, 1001);
  EXPECT_EQ(open(wanted(ben_)).ticket.number, 1002);
  const Ticket kept = stored(first.ticket.id);
  EXPECT_EQ(kept.state, "open");
  EXPECT_EQ(kept.priority, "normal");
  EXPECT_EQ(kept.queue, "billing");
  EXPECT_EQ(kept.locale, "fa");
  EXPECT_EQ(kept.channel, "slack");
  EXPECT_EQ(kept.reason, "why");
  EXPECT_EQ(kept.triage, R"({"facts":[]})");
  EXPECT_EQ(kept.origin_conversation_id, "origin");
  EXPECT_EQ(kept.first_response_due_at, kNow + 240 * kMinute);
  EXPECT_EQ(kept.created_at, kNow);
  EXPECT_EQ(stored("1001").id, first.ticket.id);
  EXPECT_FALSE(read([](Session& session) { return get_ticket(session, "1003"); }));
  EXPECT_FALSE(read([](Session& session) { return get_ticket(session, "99999999999999999999"); }));
  EXPECT_FALSE(read([](Session& session) { return get_ticket(session, ""); }));
}

TEST_P(TicketContract, ASecondRequestOfOneKindJoins) {
  const OpenedTicket first = open(wanted(ana_));
  Ticket again = wanted(ana_);
  again.triage = R"({"facts":[1]})";
  const OpenedTicket second = open(again, kNow + kMinute);
  EXPECT_TRUE(second.joined);
  EXPECT_EQ(second.ticket.id, first.ticket.id);
  EXPECT_EQ(stored(first.ticket.id).triage, R"({"facts":[1]})");
  EXPECT_EQ(stored(first.ticket.id).updated_at, kNow + kMinute);
  EXPECT_EQ(stored(first.ticket.id).created_at, kNow);
  EXPECT_FALSE(open(wanted(ana_, "human")).joined);
}

TEST_P(TicketContract, AfterAResolvedTicketANewOneIsOpened) {
  Ticket first = open(wanted(ana_)).ticket;
  first.state = "resolved";
  first.outcome = "approved";
  first.resolved_at = kNow + kMinute;
  write([&](Session& session) { save_ticket(session, first); });
  const OpenedTicket second = open(wanted(ana_), kNow + 2 * kMinute);
  EXPECT_FALSE(second.joined);
  EXPECT_NE(second.ticket.id, first.id);
  EXPECT_EQ(stored(first.id).outcome, "approved");
  EXPECT_EQ(stored(first.id).resolved_at, kNow + kMinute);
}

TEST_P(TicketContract, TheDatabaseItselfAllowsOneOpenTicketOfAPersonAndKind) {
  Ticket first = open(wanted(ana_)).ticket;
  first.state = "resolved";
  write([&](Session& session) { save_ticket(session, first); });
  open(wanted(ana_));
  first.state = "open";
  EXPECT_FALSE(store()
                   .write([&](Session& session) {
                     save_ticket(session, first);
                     return base::done();
                   })
                   .ok());
  EXPECT_EQ(stored(first.id).state, "resolved");
}

TEST_P(TicketContract, TwoProcessesThatOpenAtOnceJoinOneTicket) {
  const auto other = another_store();
  std::vector<std::thread> threads;
  std::atomic<int> opened = 0;
  for (Store* mine : {&store(), other.get()}) {
    threads.emplace_back([&, mine] {
      for (const Someone* someone : {&ana_, &ben_}) {
        OpenedTicket result;
        EXPECT_TRUE(mine->write([&](Session& session) {
                          result = open_or_join(session, wanted(*someone), kNow);
                          return base::done();
                        })
                        .ok());
        if (!result.joined) ++opened;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, 2);
  EXPECT_THAT(numbers("open"), testing::UnorderedElementsAre(1001, 1002));
}

TEST_P(TicketContract, AClaimIsKept) {
  Ticket ticket = open(wanted(ana_)).ticket;
  ticket.state = "claimed";
  ticket.assignee_id = "agent";
  ticket.assignee_name = "Sam";
  ticket.priority = "high";
  ticket.queue = "second line";
  ticket.first_response_at = kNow + 1;
  write([&](Session& session) { save_ticket(session, ticket); });
  const Ticket kept = stored(ticket.id);
  EXPECT_EQ(kept.state, "claimed");
  EXPECT_EQ(kept.assignee_id, "agent");
  EXPECT_EQ(kept.assignee_name, "Sam");
  EXPECT_EQ(kept.priority, "high");
  EXPECT_EQ(kept.queue, "second line");
  EXPECT_EQ(kept.first_response_at, kNow + 1);
}

TEST_P(TicketContract, TheQueueIsOrderedByPriorityThenAge) {
  open(wanted(ana_, "refund"), kNow);  // 1001
  Ticket high = wanted(ana_, "human");
  high.priority = "high";
  open(high, kNow + 2);  // 1002
  Ticket low = wanted(ben_, "human");
  low.priority = "low";
  open(low, kNow - 1);                                              // 1003
  Ticket resolved = open(wanted(ben_, "refund"), kNow + 3).ticket;  // 1004
  resolved.state = "resolved";
  write([&](Session& session) { save_ticket(session, resolved); });
  EXPECT_THAT(numbers("open"), ElementsAre(1002, 1001, 1003));
  EXPECT_THAT(numbers("unresolved"), ElementsAre(1002, 1001, 1003));
  EXPECT_THAT(numbers("unresolved", 2), ElementsAre(1002, 1001));
  EXPECT_THAT(numbers("resolved"), ElementsAre(1004));
  EXPECT_THAT(numbers("all"), ElementsAre(1004, 1003, 1002, 1001));
}

TEST_P(TicketContract, TicketsOfAPersonAndOfAConversation) {
  const Ticket refund = open(wanted(ana_, "refund"), kNow).ticket;
  const Ticket human = open(wanted(ana_, "human"), kNow + 1).ticket;
  open(wanted(ben_), kNow);
  const auto of_person =
      read([&](Session& session) { return tickets_of_person(session, ana_.person_id, 10); });
  ASSERT_EQ(of_person.size(), 2U);
  EXPECT_EQ(of_person[0].id, human.id);
  EXPECT_EQ(of_person[1].id, refund.id);
  EXPECT_EQ(read([&](Session& session) {
              return tickets_of_conversation(session, ana_.conversation_id);
            }).size(),
            2U);
}

TEST_P(TicketContract, TheHistoryIsInOrder) {
  const Ticket ticket = open(wanted(ana_)).ticket;
  write([&](Session& session) {
    add_history(session, ticket.id, {kNow, "Sam", "claimed", ""});
    add_history(session, ticket.id, {kNow, "Sam", "resolved", "approved"});
  });
  const auto history = read([&](Session& session) { return history_of(session, ticket.id); });
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[0].what, "claimed");
  EXPECT_EQ(history[1].detail, "approved");
  EXPECT_EQ(history[1].actor, "Sam");
  EXPECT_EQ(history[1].at, kNow);
}

}  // namespace
}  // namespace handrail::storage
