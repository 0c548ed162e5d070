#include "bot/storage/conversations.h"

#include <gmock/gmock.h>

#include <thread>

#include "bot/storage/settings.h"
#include "tests/storage/contract.h"

namespace handrail::storage {
namespace {

using testing::ElementsAre;

class ConversationContract : public Contract {
 protected:
  void SetUp() override {
    Contract::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    someone_ = write([](Session& session) { return make_someone(session, "U1"); });
  }
  Message message(const std::string& text, const std::string& author = "person") const {
    Message made;
    made.id = base::new_id(kNow);
    made.conversation_id = someone_.conversation_id;
    made.author = author;
    made.text = text;
    made.created_at = kNow;
    return made;
  }
  std::int64_t say(const Message& made) {
    return write([&](Session& session) { return append(session, made); });
  }
  std::vector<std::string> texts(std::int64_t after = 0, std::int64_t limit = 100) {
    std::vector<std::string> list;
    for (const Message& m : read([&](Session& session) {
           return messages_after(session, someone_.conversation_id, after, limit);
         })) {
      list.push_back(m.text);
    }
    return list;
  }
  Conversation stored() {
    return read([&](Session& session) {
             return get_conversation(session, someone_.conversation_id);
           })
        .value();
  }

  Someone someone_;
};
HANDRAIL_ON_ALL_DATABASES(ConversationContract);

TEST_P(ConversationContract, TheSameKeyIsTheSameConversation) {
  const Someone again = write([](Session& session) { return make_someone(session, "U1"); });
  EXPECT_EQ(again.conversation_id, someone_.conversation_id);
  EXPECT_EQ(stored().owner, "bot");
  EXPECT_EQ(stored().state, "{}");
  EXPECT_EQ(stored().created_at, kNow);
}

TEST_P(ConversationContract, KeepsStateOwnerAddressAndRung) {
  write([&](Session& session) {
    save_state(session, someone_.conversation_id, R"({"step":2})", kNow + 1);
    set_owner(session, someone_.conversation_id, "agent");
    set_address(session, someone_.conversation_id, R"({"place":"D7"})");
    set_rung(session, someone_.conversation_id, "web_link");
  });
  EXPECT_EQ(stored().state, R"({"step":2})");
  EXPECT_EQ(stored().owner, "agent");
  EXPECT_EQ(stored().address, R"({"place":"D7"})");
  EXPECT_EQ(stored().rung, "web_link");
  const auto locked =
      write([&](Session& session) { return lock_conversation(session, someone_.conversation_id); });
  EXPECT_EQ(locked->state, R"({"step":2})");
  EXPECT_FALSE(
      write([&](Session& session) { return lock_conversation(session, "none"); }).has_value());
}

TEST_P(ConversationContract, TheNewestOfAPersonOnAChannelIsTheOneLastSaved) {
  write([&](Session& session) {
    Conversation other;
    other.key = "slack:T1:thread";
    other.person_id = someone_.person_id;
    other.channel = "slack";
    other.address = "{}";
    find_or_create_conversation(session, other, kNow + 1);
    save_state(session, someone_.conversation_id, "{}", kNow + 2);
  });
  const auto newest = read(
      [&](Session& session) { return newest_conversation(session, someone_.person_id, "slack"); });
  EXPECT_EQ(newest->id, someone_.conversation_id);
  EXPECT_FALSE(read([&](Session& session) {
    return newest_conversation(session, someone_.person_id, "discord");
  }));
}

TEST_P(ConversationContract, MessagesAreNumberedInOrder) {
  EXPECT_EQ(say(message("one")), 1);
  EXPECT_EQ(say(message("two")), 2);
  EXPECT_EQ(say(message("three")), 3);
  EXPECT_THAT(texts(), ElementsAre("one", "two", "three"));
  EXPECT_THAT(texts(1), ElementsAre("two", "three"));
  EXPECT_THAT(texts(0, 2), ElementsAre("one", "two"));
  EXPECT_THAT(texts(3), ElementsAre());
  const auto last =
      read([&](Session& session) { return last_messages(session, someone_.conversation_id, 2); });
  ASSERT_EQ(last.size(), 2U);
  EXPECT_EQ(last[0].text, "two");
  EXPECT_EQ(last[1].text, "three");
}

TEST_P(ConversationContract, ARefusedTurnLeavesNoGapInTheNumbers) {
  say(message("one"));
  EXPECT_FALSE(store()
                   .write([&](Session& session) {
                     append(session, message("refused"));
                     return base::Status(base::Error{base::Code::conflict, "no", "", ""});
                   })
                   .ok());
  EXPECT_EQ(say(message("two")), 2);
}

TEST_P(ConversationContract, WritersOfTwoProcessesShareTheNumbers) {
  const auto other = another_store();
  std::vector<std::thread> threads;
  for (Store* mine : {&store(), other.get()}) {
    threads.emplace_back([&, mine] {
      for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(mine->write([&](Session& session) {
                          append(session, message("x"));
                          return base::done();
                        })
                        .ok());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::int64_t expected = 0;
  for (const Message& m : read([&](Session& session) {
         return messages_after(session, someone_.conversation_id, 0, 100);
       })) {
    EXPECT_EQ(m.seq, ++expected);
  }
  EXPECT_EQ(expected, 40);
}

TEST_P(ConversationContract, AMessageKeepsAllItsFields) {
  Message m = message("hello", "agent");
  m.author_name = "Sam";
  m.reply = R"({"text":"hello"})";
  m.audience = "direct";
  m.inbox_id = "inbox";
  m.trace_id = "trace";
  m.post_key = "post";
  m.client_key = "client";
  m.facts = R"([{"name":"amount"}])";
  say(m);
  const auto kept =
      read([&](Session& session) { return find_by_post_key(session, "post"); }).value();
  EXPECT_EQ(kept.id, m.id);
  EXPECT_EQ(kept.author, "agent");
  EXPECT_EQ(kept.author_name, "Sam");
  EXPECT_EQ(kept.reply, m.reply);
  EXPECT_EQ(kept.audience, "direct");
  EXPECT_EQ(kept.inbox_id, "inbox");
  EXPECT_EQ(kept.trace_id, "trace");
  EXPECT_EQ(kept.client_key, "client");
  EXPECT_EQ(kept.facts, m.facts);
  EXPECT_EQ(read([&](Session& session) {
              return find_by_client_key(session, m.conversation_id, "client");
            })->id,
            m.id);
  EXPECT_FALSE(
      read([&](Session& session) { return find_by_client_key(session, m.conversation_id, ""); }));
}

TEST_P(ConversationContract, AnAgentsReplyIsStoredOncePerClientKey) {
  Message m = message("hello", "agent");
  m.client_key = "k1";
  say(m);
  m.id = base::new_id(kNow);
  EXPECT_EQ(store()
                .write([&](Session& session) {
                  append(session, m);
                  return base::done();
                })
                .error()
                .code,
            base::Code::internal);
  EXPECT_THAT(texts(), ElementsAre("hello"));
}

TEST_P(ConversationContract, RepliesToAMessageAreFoundWithoutThePersonsOwn) {
  Message asked = message("question");
  Message answered = message("answer", "bot");
  asked.inbox_id = answered.inbox_id = "i1";
  say(asked);
  say(answered);
  say(message("another", "bot"));
  const auto replies = read([](Session& session) { return replies_to(session, "i1"); });
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(replies[0].text, "answer");
  EXPECT_TRUE(read([](Session& session) { return replies_to(session, ""); }).empty());
}

TEST_P(ConversationContract, OurCopyFollowsAnEditAndADeletion) {
  Message m = message("first");
  m.post_key = "post";
  m.facts = R"([{"name":"order_id"}])";
  say(m);
  say(message("without a post key"));
  write([](Session& session) { edit_text(session, "post", "second", R"([{"name":"email"}])"); });
  EXPECT_THAT(texts(), ElementsAre("second", "without a post key"));
  const auto edited =
      read([](Session& session) { return find_by_post_key(session, "post"); }).value();
  EXPECT_EQ(edited.facts, R"([{"name":"email"}])");
  write([](Session& session) {
    redact(session, "post", kNow + 1);
    edit_text(session, "post", "too late", "[]");
    redact(session, "", kNow + 1);
  });
  EXPECT_THAT(texts(), ElementsAre("", "without a post key"));
  const auto kept =
      read([](Session& session) { return find_by_post_key(session, "post"); }).value();
  EXPECT_EQ(kept.redacted_at, kNow + 1);
  EXPECT_EQ(kept.facts, "[]");
}

TEST_P(ConversationContract, AMessageNeedsAConversation) {
  Message m = message("lost");
  m.conversation_id = "none";
  EXPECT_FALSE(store()
                   .write([&](Session& session) {
                     append(session, m);
                     return base::done();
                   })
                   .ok());
}

TEST_P(ConversationContract, ATraceIsFoundByItsOwnIdAndByItsMessage) {
  Message m = message("answer", "bot");
  m.trace_id = "t1";
  write([&](Session& session) {
    append(session, m);
    put_trace(session, "t1", m.conversation_id, R"({"intent":"refund"})", kNow);
  });
  EXPECT_EQ(read([](Session& session) { return find_trace(session, "t1"); }),
            R"({"intent":"refund"})");
  EXPECT_EQ(read([&](Session& session) { return find_trace(session, m.id); }),
            R"({"intent":"refund"})");
  EXPECT_FALSE(read([](Session& session) { return find_trace(session, "none"); }));
}

TEST_P(ConversationContract, ASettingKeepsItsFirstValue) {
  EXPECT_FALSE(read([](Session& session) { return get_setting(session, "key"); }));
  EXPECT_EQ(write([](Session& session) { return get_or_set_setting(session, "key", "one"); }),
            "one");
  EXPECT_EQ(write([](Session& session) { return get_or_set_setting(session, "key", "two"); }),
            "one");
}

}  // namespace
}  // namespace handrail::storage
