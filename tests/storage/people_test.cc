#include "bot/storage/people.h"

#include <gmock/gmock.h>

#include "bot/storage/accounts_table.h"
#include "bot/storage/contacts.h"
#include "bot/storage/conversations.h"
#include "bot/storage/inbox.h"
#include "bot/storage/outbox.h"
#include "bot/storage/settings.h"
#include "bot/storage/tickets.h"
#include "tests/storage/contract.h"

namespace handrail::storage {
namespace {

using testing::HasSubstr;
using testing::Not;

class PeopleContract : public Contract {
 protected:
  static Identity identity(const std::string& channel, const std::string& user) {
    return {channel, "T1", user, "", "", "", false};
  }
  std::string person_of(const std::string& channel, const std::string& user) {
    return read([&](Session& session) { return find_identity(session, channel, "T1", user); })
        .value()
        .person_id;
  }
  Ticket open_ticket(const Someone& someone, const std::string& kind, std::int64_t at) {
    Ticket wanted;
    wanted.person_id = someone.person_id;
    wanted.conversation_id = someone.conversation_id;
    wanted.kind = kind;
    wanted.queue = "support";
    return write([&](Session& session) {
      set_owner(session, someone.conversation_id, "queue");
      return open_or_join(session, wanted, at).ticket;
    });
  }
  Someone make(const std::string& user, const std::string& channel) {
    return write([&](Session& session) { return make_someone(session, user, channel); });
  }
  void link(const std::string& channel, const std::string& user, const std::string& account) {
    write(
        [&](Session& session) { link_identity(session, identity(channel, user), account, kNow); });
  }
};
HANDRAIL_ON_ALL_DATABASES(PeopleContract);

TEST_P(PeopleContract, AnIdentityIsOnePersonAndNotLinked) {
  Identity wanted = identity("slack", "U1");
  wanted.name = "Ana";
  wanted.platform_locale = "fa";
  wanted.linked = true;  // cannot be claimed, only given
  const Identity made =
      write([&](Session& session) { return find_or_create_identity(session, wanted, kNow); });
  EXPECT_FALSE(made.linked);
  const Identity again = write([&](Session& session) {
    return find_or_create_identity(session, identity("slack", "U1"), kNow);
  });
  EXPECT_EQ(again.person_id, made.person_id);
  EXPECT_EQ(again.name, "Ana");
  EXPECT_EQ(again.platform_locale, "fa");
  EXPECT_EQ(read([&](Session& session) { return get_person(session, made.person_id); })->account_id,
            "");
}

TEST_P(PeopleContract, TheSameUserIdInAnotherWorkspaceIsSomeoneElse) {
  Identity other = identity("slack", "U1");
  other.workspace = "T2";
  const auto [a, b] = write([&](Session& session) {
    return std::make_pair(find_or_create_identity(session, identity("slack", "U1"), kNow).person_id,
                          find_or_create_identity(session, other, kNow).person_id);
  });
  EXPECT_NE(a, b);
}

TEST_P(PeopleContract, NameAndLocaleFollowThePlatform) {
  Identity wanted = identity("slack", "U1");
  wanted.name = "Ana";
  write([&](Session& session) { find_or_create_identity(session, wanted, kNow); });
  wanted.name = "Ana B";
  wanted.platform_locale = "en";
  write([&](Session& session) { find_or_create_identity(session, wanted, kNow); });
  const auto kept =
      read([](Session& session) { return find_identity(session, "slack", "T1", "U1"); }).value();
  EXPECT_EQ(kept.name, "Ana B");
  EXPECT_EQ(kept.platform_locale, "en");
}

TEST_P(PeopleContract, TheSameAccountOnTwoChannelsIsOnePerson) {
  const Someone slack = make("U1", "slack");
  const Someone discord = make("D1", "discord");
  const Ticket refund = open_ticket(discord, "refund", kNow);
  link("slack", "U1", "acc");
  link("discord", "D1", "acc");
  EXPECT_EQ(person_of("slack", "U1"), person_of("discord", "D1"));
  const std::string person = person_of("slack", "U1");
  EXPECT_EQ(read([&](Session& session) {
              return get_conversation(session, discord.conversation_id);
            })->person_id,
            person);
  EXPECT_EQ(read([&](Session& session) { return get_ticket(session, refund.id); })->person_id,
            person);
  const auto identities = read([&](Session& session) { return identities_of(session, person); });
  ASSERT_EQ(identities.size(), 2U);
  EXPECT_TRUE(identities[0].linked && identities[1].linked);
  EXPECT_FALSE(read([&](Session& session) { return get_person(session, discord.person_id); }));
}

TEST_P(PeopleContract, LinkingAgainChangesNothing) {
  make("U1", "slack");
  link("slack", "U1", "acc");
  const std::string person = person_of("slack", "U1");
  link("slack", "U1", "acc");
  EXPECT_EQ(person_of("slack", "U1"), person);
}

TEST_P(PeopleContract, TwoOpenTicketsOfOneKindBecomeTheOlderOne) {
  for (const bool second_is_older : {false, true}) {
    const std::string account = second_is_older ? "acc1" : "acc2";
    const Someone first = make("U-" + account, "slack");
    const Someone second = make("D-" + account, "discord");
    const Ticket ticket_first = open_ticket(first, "refund", second_is_older ? kNow + 1 : kNow);
    const Ticket ticket_second = open_ticket(second, "refund", second_is_older ? kNow : kNow + 1);
    const Ticket other_kind = open_ticket(second, "human", kNow);
    link("slack", "U-" + account, account);
    link("discord", "D-" + account, account);
    const Ticket& kept = second_is_older ? ticket_second : ticket_first;
    const Ticket& closed = second_is_older ? ticket_first : ticket_second;
    const auto now_kept =
        read([&](Session& session) { return get_ticket(session, kept.id); }).value();
    const auto now_closed =
        read([&](Session& session) { return get_ticket(session, closed.id); }).value();
    EXPECT_EQ(now_kept.state, "open");
    EXPECT_EQ(now_closed.state, "resolved");
    EXPECT_EQ(now_closed.outcome, "merged");
    EXPECT_EQ(now_closed.person_id, now_kept.person_id);
    EXPECT_EQ(read([&](Session& session) { return get_ticket(session, other_kind.id); })->state,
              "open");
    EXPECT_EQ(read([&](Session& session) { return history_of(session, closed.id); }).at(0).detail,
              "#" + std::to_string(kept.number));
    // The bot answers again where nothing is open any more, and only there.
    const auto owner = [&](const std::string& id) {
      return read([&](Session& session) { return get_conversation(session, id); })->owner;
    };
    EXPECT_EQ(owner(first.conversation_id), second_is_older ? "bot" : "queue");
    EXPECT_EQ(owner(second.conversation_id), "queue");
  }
}

TEST_P(PeopleContract,
       AnIdentityThatChangesAccountTakesItsConversationButNotTheOldAccountsTickets) {
  const Someone slack = make("U1", "slack");
  const Someone discord = make("D1", "discord");
  link("slack", "U1", "acc1");
  link("discord", "D1", "acc1");
  const std::string former = person_of("slack", "U1");
  const Ticket refund =
      open_ticket({former, slack.conversation_id, slack.conversation_key}, "refund", kNow);
  link("slack", "U1", "acc2");
  const std::string present = person_of("slack", "U1");
  EXPECT_NE(present, former);
  EXPECT_EQ(person_of("discord", "D1"), former);
  EXPECT_EQ(read([&](Session& session) {
              return get_conversation(session, slack.conversation_id);
            })->person_id,
            present);
  EXPECT_EQ(read([&](Session& session) {
              return get_conversation(session, discord.conversation_id);
            })->person_id,
            former);
  EXPECT_EQ(read([&](Session& session) { return get_ticket(session, refund.id); })->person_id,
            former);
  EXPECT_EQ(read([&](Session& session) { return get_person(session, former); })->account_id,
            "acc1");
}

TEST_P(PeopleContract, ALinkWorksOnceAndForItsTime) {
  write([](Session& session) {
    create_link(session, "hash1", identity("slack", "U1"), kNow + 15 * kMinute);
    create_link(session, "hash2", identity("slack", "U2"), kNow + 15 * kMinute);
  });
  const auto use = [&](const std::string& hash, std::int64_t now) {
    return write([&](Session& session) { return use_link(session, hash, now); });
  };
  EXPECT_FALSE(use("wrong", kNow));
  EXPECT_EQ(use("hash1", kNow + 15 * kMinute - 1)->user, "U1");
  EXPECT_FALSE(use("hash1", kNow + 15 * kMinute - 1));
  EXPECT_FALSE(use("hash2", kNow + 15 * kMinute));
  write([](Session& session) { prune_links(session, kNow + 15 * kMinute); });
  EXPECT_FALSE(use("hash2", kNow));
}

TEST_P(PeopleContract, ThePersonOfAnAccountIsMadeOnce) {
  const auto [a, b] = write([](Session& session) {
    return std::make_pair(find_or_create_person_of_account(session, "acc", kNow).id,
                          find_or_create_person_of_account(session, "acc", kNow).id);
  });
  EXPECT_EQ(a, b);
  EXPECT_EQ(read([](Session& session) { return find_contact(session, "acc"); }), a);
  EXPECT_EQ(read([&, id = a](Session& session) { return find_contact(session, id); }), a);
  EXPECT_FALSE(read([](Session& session) { return find_contact(session, ""); }));
}

class ContactContract : public PeopleContract {
 protected:
  void SetUp() override {
    PeopleContract::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    make("U1", "slack");
    link("slack", "U1", "acc");
    someone_ = write([](Session& session) {
      Identity named{"slack", "T1", "U1", "", "Secret Name", "", false};
      find_or_create_identity(session, named, kNow);
      put_account(session, "acc", R"({"id":"acc","plan":"Secret Plan"})", kNow);
      return make_someone(session, "U1", "slack");
    });
    ticket_ = open_ticket(someone_, "refund", kNow);
    write([&](Session& session) {
      InboxRow done;
      done.id = "i1";
      done.event_key = "e1";
      done.conversation_key = someone_.conversation_key;
      done.payload = R"({"text":"secret words"})";
      accept(session, done, 10);
      mark_done(session, "i1", "secret answer", kNow);
      done.id = "i2";
      done.event_key = "e2";
      accept(session, done, 10);
      Message m;
      m.id = "m1";
      m.conversation_id = someone_.conversation_id;
      m.author = "person";
      m.text = "secret words";
      m.inbox_id = "i1";
      m.trace_id = "t1";
      append(session, m);
      put_trace(session, "t1", someone_.conversation_id, "secret trace", kNow);
      OutboxRow row;
      row.order_key = someone_.conversation_id;
      row.send = "secret send";
      for (const char* id : {"o1", "o2"}) {
        row.id = id;
        enqueue(session, row, 10);
      }
      mark_given_up(session, "o1", "closed", kNow);
      Ticket changed = ticket_;
      changed.triage = R"({"facts":["secret fact"]})";
      save_ticket(session, changed);
      add_history(session, ticket_.id, {kNow, "Sam", "note", "secret note"});
      create_link(session, "hash", identity("slack", "U1"), kNow + kMinute);
      save_state(session, someone_.conversation_id, "secret state", kNow);
    });
  }
  Someone someone_;
  Ticket ticket_;
};
HANDRAIL_ON_ALL_DATABASES(ContactContract);

TEST_P(ContactContract, TheExportHoldsEverything) {
  const std::string all =
      read([&](Session& session) { return export_person(session, someone_.person_id); }).dump();
  for (const char* part :
       {"Secret Name", "Secret Plan", "secret words", "secret fact", "\"U1\"", "refund"}) {
    EXPECT_THAT(all, HasSubstr(part));
  }
  EXPECT_TRUE(read([](Session& session) { return export_person(session, "none"); }).is_null());
}

TEST_P(ContactContract, ErasingLeavesNoWordInAnyTable) {
  EXPECT_TRUE(
      write([&](Session& session) { return erase_person(session, someone_.person_id, kNow + 1); }));
  const auto everything = read([](Session& session) {
    std::string all;
    const auto add = [&](const char* query) {
      for (const auto& [text] : session.select<std::string>(query)) all += text + "\n";
    };
    add("/* test */ SELECT channel || ' ' || platform_user || ' ' || name FROM identities");
    add("/* test */ SELECT platform_user FROM links");
    add("/* test */ SELECT body FROM accounts");
    add("/* test */ SELECT account_id FROM people");
    add("/* test */ SELECT conversation_key || address || state FROM conversations");
    add("/* test */ SELECT payload || answer || sealed_callback FROM inbox");
    add("/* test */ SELECT text || reply || author_name || facts FROM messages");
    add("/* test */ SELECT body FROM traces");
    add("/* test */ SELECT send || sealed_callback FROM outbox");
    add("/* test */ SELECT reason || triage FROM tickets");
    add("/* test */ SELECT detail FROM ticket_history");
    return all;
  });
  EXPECT_THAT(everything, Not(HasSubstr("ecret")));
  EXPECT_THAT(everything, Not(HasSubstr("U1")));
  EXPECT_THAT(everything, Not(HasSubstr("acc")));
  const Ticket left =
      read([&](Session& session) { return get_ticket(session, ticket_.id); }).value();
  EXPECT_EQ(left.number, ticket_.number);
  EXPECT_EQ(left.state, "resolved");
  EXPECT_EQ(left.outcome, "erased");
  EXPECT_TRUE(read([](Session& session) { return pending_conversations(session, 10); }).empty());
  EXPECT_FALSE(read([&](Session& session) { return find_contact(session, someone_.person_id); }));
}

TEST_P(ContactContract, WhoWritesAfterBeingErasedIsANewPerson) {
  write([&](Session& session) { erase_person(session, someone_.person_id, kNow + 1); });
  const Someone again = make("U1", "slack");
  EXPECT_NE(again.person_id, someone_.person_id);
  EXPECT_NE(again.conversation_id, someone_.conversation_id);
}

TEST_P(PeopleContract, AnUnlinkedIdentityIsAStrangerAgainAndTheAccountKeepsItsOthers) {
  link("slack", "UANA", "ana");
  link("discord", "77", "ana");
  const auto before = read([&](Session& session) { return linked_identities(session, "ana"); });
  EXPECT_EQ(before.size(), 2U);
  EXPECT_TRUE(write([&](Session& session) { return unlink_identity(session, identity("slack", "UANA"), kNow); }));
  EXPECT_FALSE(write([&](Session& session) { return unlink_identity(session, identity("slack", "UANA"), kNow); }));
  const auto after = read([&](Session& session) { return linked_identities(session, "ana"); });
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after.front().channel, "discord");
  const auto stranger = read([&](Session& session) { return find_identity(session, "slack", identity("slack", "UANA").workspace, "UANA"); });
  ASSERT_TRUE(stranger.has_value());
  EXPECT_FALSE(stranger->linked);
  EXPECT_NE(stranger->person_id, after.front().person_id);
}

}  // namespace
}  // namespace handrail::storage
