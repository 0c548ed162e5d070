#include "bot/storage/outbox.h"

#include <gmock/gmock.h>

#include <thread>

#include "bot/storage/inbox.h"
#include "tests/storage/contract.h"

namespace handrail::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kLimit = 1000;
constexpr std::int64_t kLease = kMinute;

class OutboxContract : public Contract {
 protected:
  std::string queue(const std::string& order_key, const std::string& send, std::int64_t at = kNow) {
    OutboxRow row;
    row.id = base::new_id(kNow);
    row.order_key = order_key;
    row.channel = "slack";
    row.send = send;
    row.next_attempt_at = at;
    row.expires_at = kNow + 24 * 60 * kMinute;
    row.created_at = kNow;
    EXPECT_TRUE(write([&](Session& session) { return enqueue(session, row, kLimit); }));
    return row.id;
  }
  std::vector<OutboxRow> claim(std::int64_t now = kNow, std::int64_t limit = 10) {
    return write([&](Session& session) { return claim_due(session, now, limit, kLease); });
  }
  std::vector<std::string> claim_sends(std::int64_t now = kNow, std::int64_t limit = 10) {
    std::vector<std::string> sends;
    for (const OutboxRow& row : claim(now, limit)) sends.push_back(row.send);
    return sends;
  }
  void sent(const std::string& id) {
    write([&](Session& session) { mark_sent(session, id, "remote", kNow); });
  }
  std::int64_t due() {
    return read([](Session& session) { return next_due_at(session); });
  }
};
HANDRAIL_ON_ALL_DATABASES(OutboxContract);

TEST_P(OutboxContract, AConversationSendsInOrderOneAtATime) {
  const std::string first = queue("c1", "one");
  const std::string second = queue("c1", "two");
  queue("c2", "other");
  EXPECT_THAT(claim_sends(), ElementsAre("one", "other"));
  EXPECT_THAT(claim_sends(), IsEmpty());
  sent(first);
  EXPECT_THAT(claim_sends(), ElementsAre("two"));
  sent(second);
  EXPECT_THAT(claim_sends(), IsEmpty());
}

TEST_P(OutboxContract, NothingIsSentBeforeItsTime) {
  queue("c1", "later", kNow + 1);
  EXPECT_EQ(due(), kNow + 1);
  EXPECT_THAT(claim_sends(kNow), IsEmpty());
  EXPECT_THAT(claim_sends(kNow + 1), ElementsAre("later"));
}

TEST_P(OutboxContract, AWaitingRetryHoldsBackWhatComesAfterIt) {
  const std::string first = queue("c1", "one");
  queue("c1", "two");
  claim();
  write([&](Session& session) { retry_at(session, first, kNow + 5000, "503"); });
  EXPECT_THAT(claim_sends(kNow + 4999), IsEmpty());
  EXPECT_EQ(due(), kNow + 5000);
  const auto rows = claim(kNow + 5000);
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].send, "one");
  EXPECT_EQ(rows[0].attempts, 1);
  EXPECT_EQ(rows[0].last_error, "503");
}

TEST_P(OutboxContract, AWorkerThatDiesGivesItsRowsBackByTime) {
  queue("c1", "one");
  EXPECT_EQ(claim().at(0).attempts, 0);
  EXPECT_EQ(due(), kNow + kLease);
  EXPECT_THAT(claim_sends(kNow + kLease - 1), IsEmpty());
  EXPECT_EQ(claim(kNow + kLease).at(0).attempts, 1);
}

TEST_P(OutboxContract, AWorkerTooSlowForItsLeaseDoesNotBringASentRowBack) {
  const std::string id = queue("c1", "one");
  claim();
  claim(kNow + kLease);
  sent(id);
  write([&](Session& session) {
    retry_at(session, id, kNow, "late");
    mark_given_up(session, id, "late", kNow);
    replace_send(session, id, "late", "slack", "late", kNow);
  });
  EXPECT_THAT(claim_sends(kNow + 2 * kLease), IsEmpty());
  EXPECT_THAT(read([](Session& session) { return list_given_up(session, 10); }), IsEmpty());
}

TEST_P(OutboxContract, GivingUpLetsTheNextGoAndAPersonMaySendItAgain) {
  const std::string first = queue("c1", "one");
  queue("c1", "two");
  claim();
  write([&](Session& session) { mark_given_up(session, first, "channel_not_found", kNow); });
  EXPECT_THAT(claim_sends(), ElementsAre("two"));
  const auto given_up = read([](Session& session) { return list_given_up(session, 10); });
  ASSERT_EQ(given_up.size(), 1U);
  EXPECT_EQ(given_up[0].last_error, "channel_not_found");
  EXPECT_EQ(given_up[0].send, "one");
  EXPECT_EQ(read([](Session& session) { return count_outbox(session); }).given_up, 1);
  EXPECT_EQ(read([](Session& session) { return count_outbox(session); }).queued, 1);

  EXPECT_TRUE(
      write([&](Session& session) { return requeue(session, first, kNow + 1, kNow + kMinute); }));
  EXPECT_FALSE(
      write([&](Session& session) { return requeue(session, first, kNow + 1, kNow + kMinute); }));
  const auto again = claim(kNow + 1);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].id, first);
  EXPECT_EQ(again[0].attempts, 0);
  EXPECT_EQ(again[0].expires_at, kNow + kMinute);
}

TEST_P(OutboxContract, WhatASendLearnedIsKeptForTheNextWorker) {
  const std::string id = queue("c1", "open dm");
  claim();
  write([&](Session& session) { save_send(session, id, "post to D7"); });
  EXPECT_THAT(claim_sends(kNow + kLease), ElementsAre("post to D7"));
}

TEST_P(OutboxContract, TheNextRungTakesThePlaceOfTheSend) {
  const std::string id = queue("c1", "dm");
  queue("c1", "after it");
  claim();
  write([&](Session& session) {
    replace_send(session, id, "private thread", "discord", "50007", kNow);
  });
  const auto rows = claim();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].send, "private thread");
  EXPECT_EQ(rows[0].channel, "discord");
}

TEST_P(OutboxContract, AHeldRowIsSentOnlyWhenTheResponseWasLost) {
  const std::string answered = queue("c1", "in the response", kNow + 5000);
  const std::string lost = queue("c2", "lost", kNow + 5000);
  write([&](Session& session) {
    mark_sent_inline(session, answered, kNow);
    release(session, lost, kNow);
  });
  EXPECT_THAT(claim_sends(kNow + 5000), ElementsAre("lost"));
}

TEST_P(OutboxContract, TakesNoMoreThanAsked) {
  for (int i = 0; i < 5; ++i) queue("c" + std::to_string(i), "x");
  EXPECT_EQ(claim(kNow, 3).size(), 3U);
  EXPECT_EQ(claim(kNow, 3).size(), 2U);
}

TEST_P(OutboxContract, AConversationHoldsAsManyUnsentRowsAsTheLimit) {
  const auto full = write([&](Session& session) {
    OutboxRow row;
    row.order_key = "c1";
    int taken = 0;
    for (int i = 0; i < kLimit + 1; ++i) {
      row.id = base::new_id(kNow);
      taken += enqueue(session, row, kLimit) ? 1 : 0;
    }
    return taken;
  });
  EXPECT_EQ(full, kLimit);
  sent(claim(kNow, 1).at(0).id);
  queue("c1", "there is room again");
}

TEST_P(OutboxContract, TwoProcessesNeverTakeTheSameRow) {
  constexpr int kRows = 60;
  for (int i = 0; i < kRows; ++i) queue("c" + std::to_string(i / 2), std::to_string(i));
  const auto other = another_store();
  std::vector<std::vector<std::string>> taken(2);
  std::vector<std::thread> threads;
  std::atomic<int> done = 0;
  for (int p = 0; p < 2; ++p) {
    threads.emplace_back([&, p] {
      Store& mine = p == 0 ? store() : *other;
      while (done < kRows) {
        std::vector<OutboxRow> rows;
        EXPECT_TRUE(mine.write([&](Session& session) {
                          rows = claim_due(session, kNow, 3, kLease);
                          return base::done();
                        })
                        .ok());
        EXPECT_TRUE(mine.write([&](Session& session) {
                          for (const OutboxRow& row : rows) mark_sent(session, row.id, "", kNow);
                          return base::done();
                        })
                        .ok());
        for (const OutboxRow& row : rows) taken[p].push_back(row.send);
        done += static_cast<int>(rows.size());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::vector<std::string> all = taken[0];
  all.insert(all.end(), taken[1].begin(), taken[1].end());
  std::sort(all.begin(), all.end());
  EXPECT_EQ(all.size(), static_cast<std::size_t>(kRows));
  EXPECT_EQ(std::unique(all.begin(), all.end()), all.end());
}

TEST_P(OutboxContract, SentRowsForgetTheirWordsAndLaterThemselves) {
  const std::string id = queue("c1", "words");
  const std::string unsent = queue("c1", "waiting");
  claim();
  sent(id);
  const auto kept = read([&](Session& session) {
    return session.select<std::string, std::string>(
        "SELECT send, remote_id FROM outbox WHERE id = :id", id);
  });
  EXPECT_EQ(kept.at(0), std::make_tuple(std::string(), std::string("remote")));
  EXPECT_EQ(write([&](Session& session) { return prune_outbox(session, kNow + kMinute, kNow); }),
            1);
  EXPECT_THAT(claim_sends(), ElementsAre("waiting"));
}

TEST_P(OutboxContract, AnExpiredCallbackIsForgotten) {
  OutboxRow row;
  row.id = base::new_id(kNow);
  row.order_key = "c1";
  row.sealed_callback = "sealed";
  row.callback_expires_at = kNow + kMinute;
  write([&](Session& session) { enqueue(session, row, kLimit); });
  const auto callback = [&] {
    return std::get<0>(read([&](Session& session) {
                         return session.select<std::string>(
                             "SELECT sealed_callback FROM outbox WHERE id = :id", row.id);
                       }).at(0));
  };
  write([&](Session& session) { prune_outbox(session, kNow, kNow + kMinute - 1); });
  EXPECT_EQ(callback(), "sealed");
  write([&](Session& session) { prune_outbox(session, kNow, kNow + kMinute); });
  EXPECT_EQ(callback(), "");
}

TEST_P(OutboxContract, NothingWaitingIsDueNever) { EXPECT_EQ(due(), 0); }

}  // namespace
}  // namespace handrail::storage
