// Who may send what, and when it is whose: order within a conversation, leases, and parcels that never saw the queue.
#include <gmock/gmock.h>

#include <future>

#include "bot/storage/outbox.h"
#include "tests/delivery/stage.h"

namespace handrail::delivery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class Order : public Stage {
 protected:
  // What a turn hands over: rows that are leased already, so that no worker has to claim them.
  Parcel parcel(const storage::Conversation& in, const std::vector<std::string>& texts) {
    return store_.write([&](storage::Session& session) {
      Parcel made;
      for (const std::string& text : texts) {
        Outgoing outgoing;
        outgoing.reply = reply_of(text);
        const Prepared prepared = prepare(outgoing, in.channel, address_of(in), config_, clock_.now_ms());
        EXPECT_TRUE(put(session, in, outgoing, prepared, *vault_, clock_.now_ms(), &made).ok());
      }
      return made;
    });
  }
  // Starts the worker's thread, which then stands in its first call until `go_on`.
  std::future<void> hold_first_call(std::promise<void>& go_on) {
    auto reached = std::make_shared<std::promise<void>>();
    auto released = std::make_shared<std::shared_future<void>>(go_on.get_future());
    before_answer_ = [reached, released](const base::HttpCall&, int number) {
      if (number != 1) return;
      reached->set_value();
      released->wait();
    };
    return reached->get_future();
  }
};

TEST_F(Order, AFailedSendHoldsBackItsOwnConversationAndNoOther) {
  const auto ana = conversation("slack", "UANA", "DANA");
  const auto ben = conversation("slack", "UBEN", "DBEN");
  say(ana, "ana 1");
  say(ana, "ana 2");
  say(ben, "ben 1");
  say(ben, "ben 2");
  answer("chat.postMessage", http(503));
  run();
  EXPECT_THAT(posted(), ElementsAre("ana 1", "ben 1", "ben 2"));
  advance(kFirstRetryMs);
  run();
  EXPECT_THAT(posted(), ElementsAre("ana 1", "ben 1", "ben 2", "ana 1", "ana 2"));
}

TEST_F(Order, WhatIsGivenUpDoesNotHoldBackWhatComesAfterIt) {
  const auto ana = conversation("slack", "UANA", "DANA");
  say(ana, "one");
  say(ana, "two");
  answer("chat.postMessage", slack_error("invalid_blocks"));
  run();
  EXPECT_THAT(posted(), ElementsAre("one", "two"));
  EXPECT_THAT(heard_.all(), ElementsAre("given_up slack invalid_blocks", "delivered slack"));
}

TEST_F(Order, ARowWhoseWorkerDiedIsSentWhenItsLeaseEnds) {
  say(conversation("slack", "UANA", "DANA"), "hello");
  store_.write([&](storage::Session& session) { return storage::claim_due(session, clock_.now_ms(), 10, kLeaseMs); });
  advance(kLeaseMs - 1);
  EXPECT_EQ(run(), 0);
  advance(1);
  EXPECT_EQ(run(), 1);
  EXPECT_THAT(posted(), ElementsAre("hello"));
}

TEST_F(Order, AnotherWorkerDoesNotTakeWhatIsJustBeingSent) {
  say(conversation("slack", "UANA", "DANA"), "hello");
  Worker other(*store_, http_, clock_, *vault_, config_, *tokens_, words_, heard_, {1, "", kSessionKey});
  int taken_meanwhile = -1;
  before_answer_ = [&](const base::HttpCall&, int number) {
    if (number == 1) taken_meanwhile = other.run_once();
  };
  EXPECT_EQ(run(), 1);
  EXPECT_EQ(taken_meanwhile, 0);
  EXPECT_THAT(posted(), ElementsAre("hello"));
}

TEST_F(Order, AWorkerOfOnePlatformLeavesTheOthersAlone) {
  say(conversation("slack", "UANA", "DANA"), "on Slack");
  say(conversation("discord", "1", "501"), "on Discord");
  Worker of_discord(*store_, http_, clock_, *vault_, config_, *tokens_, words_, heard_, {1, "", kSessionKey, "discord"});
  EXPECT_EQ(of_discord.run_once(), 1);
  EXPECT_THAT(posted(), ElementsAre("on Discord"));
  EXPECT_EQ(of_discord.run_once(), 0);
  run();
  EXPECT_THAT(posted(), ElementsAre("on Discord", "on Slack"));
}

TEST_F(Order, IntoOnePlaceGoesOneMessageAtATime) {
  const auto ana = conversation("slack", "UANA", "CSHARED");
  const auto ben = conversation("slack", "UBEN", "CSHARED");
  std::promise<void> go_on;
  auto reached = hold_first_call(go_on);
  worker_->start();
  worker_->take(parcel(ana, {"one"}));
  reached.wait();
  say(ben, "two");
  auto other = std::async(std::launch::async, [&] {
    Worker beside(*store_, http_, clock_, *vault_, config_, *tokens_, words_, heard_, {1, "", kSessionKey});
    return beside.run_once();
  });
  EXPECT_EQ(other.get(), 1) << "another process cannot know";
  EXPECT_EQ(calls().size(), 2U);
  say(conversation("slack", "UCEM", "CSHARED"), "three");
  auto same = std::async(std::launch::async, [&] { return worker_->run_once(); });
  EXPECT_EQ(same.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout) << "it waits for its turn";
  EXPECT_EQ(calls().size(), 2U);
  go_on.set_value();
  EXPECT_EQ(same.get(), 1);
  EXPECT_EQ(calls().size(), 3U);
}

TEST_F(Order, AWorkerLeavesTheRestInTimeWhenThePlatformIsSlow) {
  for (const std::string user : {"U1", "U2", "U3"}) say(conversation("slack", user, "D" + user), "to " + user);
  before_answer_ = [this](const base::HttpCall&, int number) {
    if (number == 1) advance(kLeaseMs / 2);
  };
  run();
  EXPECT_EQ(posted().size(), 1U) << "half of the lease is over: what is left would be sent a second time by another worker";
  advance(kLeaseMs / 2);
  run();
  EXPECT_EQ(posted().size(), 3U);
  EXPECT_EQ(heard_.count("delivered slack"), 3);
}

TEST_F(Order, AParcelIsSentInOrderWithoutBeingClaimed) {
  const auto ana = conversation("slack", "UANA", "DANA");
  std::promise<void> go_on;
  auto reached = hold_first_call(go_on);
  worker_->start();
  worker_->take(parcel(ana, {"one", "two", "three"}));
  reached.wait();
  EXPECT_EQ(worker_->run_once(), 0) << "its rows are leased: nobody else may take them";
  go_on.set_value();
  worker_->take(parcel(conversation("slack", "UBEN", "DBEN"), {"a sign that the first parcel is through"}));
  while (heard_.count("delivered slack") < 4) std::this_thread::yield();
  worker_->stop();
  const auto all = posted();
  EXPECT_THAT(std::vector<std::string>(all.begin(), all.begin() + 3), ElementsAre("one", "two", "three"));
  for (const Row& row : rows()) EXPECT_EQ(row.status, "sent");
}

TEST_F(Order, NothingOvertakesAParcelThatFailedHalfWay) {
  const auto ana = conversation("slack", "UANA", "DANA");
  answer("chat.postMessage", http(503));
  worker_->start();
  worker_->take(parcel(ana, {"one", "two"}));
  while (heard_.count("retried slack status_503") < 1) std::this_thread::yield();
  worker_->stop();
  restart_worker();
  EXPECT_EQ(run(), 0) << "the first waits for its retry, and the second for the first";
  advance(2 * kFirstRetryMs);
  run();
  EXPECT_THAT(posted(), ElementsAre("one", "one", "two"));
}

TEST_F(Order, WhatIsInHandWhenTheWorkerStopsIsDueAgainAtOnce) {
  std::promise<void> go_on;
  auto reached = hold_first_call(go_on);
  worker_->start();
  worker_->take(parcel(conversation("slack", "UANA", "DANA"), {"one", "two"}));
  worker_->take(parcel(conversation("slack", "UBEN", "DBEN"), {"three"}));
  reached.wait();
  std::thread stopping([this] { worker_->stop(); });
  while (worker_->has_room()) std::this_thread::yield();
  go_on.set_value();
  stopping.join();
  EXPECT_THAT(posted(), ElementsAre("one"));
  restart_worker();
  EXPECT_EQ(run(), 2);
  EXPECT_THAT(posted(), ElementsAre("one", "two", "three"));
}

TEST_F(Order, AParcelWhoseLeaseIsHalfOverGoesBackUnsent) {
  Parcel old = parcel(conversation("slack", "UANA", "DANA"), {"one"});
  advance(kLeaseMs / 2);
  worker_->start();
  worker_->take(std::move(old));
  while (rows().front().status == "sending" && posted().empty()) std::this_thread::yield();
  worker_->stop();
  restart_worker();
  advance(kLeaseMs);  // it may have been claimed just before the stop
  run();
  EXPECT_THAT(posted(), ElementsAre("one")) << "once, by whoever claimed it";
}

TEST_F(Order, OnlyWhatNothingUnsentPrecedesGoesIntoAParcel) {
  const auto ana = conversation("slack", "UANA", "DANA");
  say(ana, "earlier");
  EXPECT_THAT(parcel(ana, {"later"}).rows, IsEmpty());
  run();
  EXPECT_THAT(posted(), ElementsAre("earlier", "later"));
}

TEST_F(Order, AWorkerThatDoesNotRunHasNoRoom) {
  EXPECT_FALSE(worker_->has_room());
  worker_->start();
  EXPECT_TRUE(worker_->has_room());
  worker_->stop();
  EXPECT_FALSE(worker_->has_room());
}

}  // namespace
}  // namespace handrail::delivery
