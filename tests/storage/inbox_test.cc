#include "bot/storage/inbox.h"

#include <gmock/gmock.h>

#include "tests/storage/contract.h"

namespace handrail::storage {
namespace {

constexpr std::int64_t kLimit = 1000;  // config::kQueuedPerConversation

class InboxContract : public Contract {
 protected:
  static InboxRow row(const std::string& event_key, const std::string& post_key = "",
                      bool mentioned = false) {
    InboxRow made;
    made.id = base::new_id(kNow);
    made.event_key = event_key;
    made.post_key = post_key;
    made.conversation_key = "slack:T1:D1";
    made.mentioned = mentioned;
    made.payload = R"({"text":")" + event_key + R"("})";
    made.received_at = kNow;
    return made;
  }
  AcceptResult take(const InboxRow& inbox_row, std::int64_t limit = kLimit) {
    return write([&](Session& session) { return accept(session, inbox_row, limit); });
  }
  InboxRow stored(const std::string& id) {
    return read([&](Session& session) { return get_inbox(session, id); }).value();
  }
  std::size_t pending(const std::string& key = "slack:T1:D1") {
    return read([&](Session& session) { return pending_of(session, key, 100); }).size();
  }
};
HANDRAIL_ON_ALL_DATABASES(InboxContract);

TEST_P(InboxContract, ANewEventIsPendingWithAllItsFields) {
  InboxRow sent = row("e1", "p1");
  sent.interactive = true;
  sent.sealed_callback = "sealed";
  sent.callback_expires_at = kNow + 15 * kMinute;
  EXPECT_EQ(take(sent).outcome, Accepted::fresh);
  const InboxRow kept = stored(sent.id);
  EXPECT_EQ(kept.event_key, "e1");
  EXPECT_EQ(kept.post_key, "p1");
  EXPECT_EQ(kept.payload, R"({"text":"e1"})");
  EXPECT_TRUE(kept.interactive);
  EXPECT_FALSE(kept.mentioned);
  EXPECT_EQ(kept.sealed_callback, "sealed");
  EXPECT_EQ(kept.callback_expires_at, kNow + 15 * kMinute);
  EXPECT_EQ(kept.status, "pending");
  EXPECT_EQ(kept.received_at, kNow);
}

TEST_P(InboxContract, ARepeatedEventIsADuplicateAndTellsTheFirstAnswer) {
  const InboxRow first = row("e1");
  take(first);
  write([&](Session& session) { mark_done(session, first.id, R"({"replies":1})", kNow); });
  const AcceptResult again = take(row("e1"));
  EXPECT_EQ(again.outcome, Accepted::duplicate);
  EXPECT_EQ(again.row.id, first.id);
  EXPECT_EQ(again.row.answer, R"({"replies":1})");
  EXPECT_EQ(pending(), 0U);
}

TEST_P(InboxContract, TheMentionOfAnIgnoredPostIsDecidedAgain) {
  const InboxRow plain = row("plain", "post");
  take(plain);
  write([&](Session& session) { mark_ignored(session, plain.id, "not mentioned", kNow); });
  EXPECT_EQ(stored(plain.id).payload, "{}");
  const AcceptResult mention = take(row("mention", "post", true));
  EXPECT_EQ(mention.outcome, Accepted::upgraded);
  EXPECT_EQ(mention.row.id, plain.id);
  const InboxRow kept = stored(plain.id);
  EXPECT_TRUE(kept.mentioned);
  EXPECT_EQ(kept.status, "pending");
  EXPECT_EQ(kept.payload, R"({"text":"mention"})");
  EXPECT_EQ(take(row("mention", "post", true)).outcome, Accepted::duplicate);
}

TEST_P(InboxContract, TheMentionOfAnUndecidedPostOnlyMarksIt) {
  const InboxRow plain = row("plain", "post");
  take(plain);
  EXPECT_EQ(take(row("mention", "post", true)).outcome, Accepted::duplicate);
  EXPECT_TRUE(stored(plain.id).mentioned);
  EXPECT_EQ(pending(), 1U);
}

TEST_P(InboxContract, AnAnsweredPostIsNotDecidedAgain) {
  const InboxRow plain = row("plain", "post");
  take(plain);
  write([&](Session& session) { mark_done(session, plain.id, "", kNow); });
  EXPECT_EQ(take(row("mention", "post", true)).outcome, Accepted::duplicate);
  EXPECT_EQ(pending(), 0U);
}

TEST_P(InboxContract, ThePlainCopyAfterTheMentionIsADuplicate) {
  const InboxRow mention = row("mention", "post", true);
  take(mention);
  EXPECT_EQ(take(row("plain", "post")).outcome, Accepted::duplicate);
  EXPECT_TRUE(stored(mention.id).mentioned);
}

TEST_P(InboxContract, EventsWithoutAPostAreNotCopiesOfEachOther) {
  EXPECT_EQ(take(row("e1")).outcome, Accepted::fresh);
  EXPECT_EQ(take(row("e2")).outcome, Accepted::fresh);
  EXPECT_EQ(pending(), 2U);
}

TEST_P(InboxContract, AConversationHoldsAsManyUndecidedMessagesAsTheLimit) {
  write([&](Session& session) {
    for (int i = 1; i < kLimit; ++i) accept(session, row("e" + std::to_string(i)), kLimit);
  });
  EXPECT_EQ(take(row("at the limit")).outcome, Accepted::fresh);
  EXPECT_EQ(take(row("one past it")).outcome, Accepted::full);
  InboxRow elsewhere = row("another conversation");
  elsewhere.conversation_key = "slack:T1:D2";
  EXPECT_EQ(take(elsewhere).outcome, Accepted::fresh);
  EXPECT_EQ(take(row("e1")).outcome, Accepted::duplicate);
}

TEST_P(InboxContract, AMessageIsDecidedOnce) {
  const InboxRow first = row("e1");
  take(first);
  EXPECT_TRUE(write([&](Session& session) { return mark_done(session, first.id, "one", kNow); }));
  EXPECT_FALSE(write([&](Session& session) { return mark_done(session, first.id, "two", kNow); }));
  write([&](Session& session) { mark_ignored(session, first.id, "late", kNow); });
  EXPECT_EQ(stored(first.id).answer, "one");
  EXPECT_EQ(stored(first.id).status, "done");
}

TEST_P(InboxContract, ARestartFindsWhatIsUndecidedInOrder) {
  std::vector<std::string> ids;
  for (const char* key : {"e1", "e2", "e3"}) {
    const InboxRow made = row(key);
    take(made);
    ids.push_back(made.id);
  }
  write([&](Session& session) { mark_done(session, ids[1], "", kNow); });
  EXPECT_THAT(read([](Session& session) { return pending_conversations(session, 10); }),
              testing::ElementsAre("slack:T1:D1"));
  const auto rows = read([](Session& session) { return pending_of(session, "slack:T1:D1", 10); });
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].id, ids[0]);
  EXPECT_EQ(rows[1].id, ids[2]);
  EXPECT_EQ(read([](Session& session) { return pending_of(session, "slack:T1:D1", 1); }).size(),
            1U);
  EXPECT_EQ(read([](Session& session) { return count_pending(session); }), 2);
}

TEST_P(InboxContract, OldDecidedMessagesAndExpiredCallbacksAreForgotten) {
  InboxRow old_done = row("old done");
  old_done.id = base::new_id(kNow - 1000);
  InboxRow waiting = row("waiting");
  waiting.sealed_callback = "sealed";
  waiting.callback_expires_at = kNow + kMinute;
  take(old_done);
  take(waiting);
  write([&](Session& session) { mark_done(session, old_done.id, "", kNow); });
  // The limit and one past it: what was received at `before` stays.
  const std::int64_t cut = kNow + 10'000;
  InboxRow young = row("young");
  young.id = base::first_id_at(cut);
  take(young);
  write([&](Session& session) { mark_done(session, young.id, "", kNow); });
  EXPECT_EQ(write([&](Session& session) { return prune_inbox(session, cut, kNow); }), 1);
  EXPECT_EQ(stored(waiting.id).sealed_callback, "sealed");
  EXPECT_EQ(stored(young.id).status, "done");
  write([&](Session& session) { prune_inbox(session, cut, kNow + kMinute); });
  EXPECT_EQ(stored(waiting.id).sealed_callback, "");
  EXPECT_EQ(stored(waiting.id).status, "pending");
}

}  // namespace
}  // namespace handrail::storage
