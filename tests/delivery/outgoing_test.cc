// Saying something: the message and its sends in one transaction, within the limit, and restored as they were rendered.
#include "bot/delivery/outgoing.h"

#include <gmock/gmock.h>

#include "bot/base/id.h"
#include "bot/storage/outbox.h"
#include "tests/delivery/stage.h"

namespace handrail::delivery {
namespace {

using adapters::Address;
using adapters::Audience;
using adapters::Place;
using testing::ElementsAre;

class Saying : public Stage {
 protected:
  base::Result<Said> try_to_say(const storage::Conversation& in, const std::string& text) {
    base::Result<Said> result = Said{};
    const base::Status written = (*store_).write([&](storage::Session& session) {
      Outgoing outgoing;
      outgoing.reply = reply_of(text);
      result = delivery::say(session, in, address_of(in), outgoing, config_, *vault_, clock_.now_ms());
      return result ? base::done() : base::Status(result.error());
    });
    EXPECT_EQ(written.ok(), result.ok());
    return result;
  }
  void fill(const storage::Conversation& in, int rows) {
    store_.write([&](storage::Session& session) {
      storage::OutboxRow row;
      row.order_key = in.id;
      row.channel = in.channel;
      row.next_attempt_at = clock_.now_ms() + kMinuteMs;
      for (int i = 0; i < rows; ++i) {
        row.id = base::new_id(clock_.now_ms());
        storage::insert_row(session, row);
      }
      return rows;
    });
  }
  std::size_t messages_of(const storage::Conversation& in) {
    return store_.read([&](storage::Session& session) { return storage::messages_after(session, in.id, 0, 5000); }).size();
  }
};

TEST_F(Saying, AThousandSendsMayWaitInAConversationAndNoMore) {
  const auto ana = conversation("slack", "UANA", "DANA");
  fill(ana, static_cast<int>(config::kQueuedPerConversation) - 1);
  EXPECT_TRUE(try_to_say(ana, "the thousandth").ok());
  const auto refused = try_to_say(ana, "one too many");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, base::Code::limited);
  EXPECT_EQ(messages_of(ana), 1U) << "what is not sent was not said either";
  EXPECT_TRUE(try_to_say(conversation("slack", "UBEN", "DBEN"), "somebody else").ok());
}

TEST_F(Saying, AllPartsOfAReplyFitOrNone) {
  const auto ana = conversation("discord", "1", "501");
  fill(ana, static_cast<int>(config::kQueuedPerConversation) - 1);
  std::string two_parts;
  while (two_parts.size() < 2500) two_parts += "a sentence of several words. ";
  EXPECT_FALSE(try_to_say(ana, two_parts).ok());
  EXPECT_TRUE(try_to_say(ana, "one part").ok());
}

TEST_F(Saying, TheWebChatIsNotPushedTo) {
  const auto visitor = conversation("web_chat", "visitor:1", "c1");
  EXPECT_TRUE(try_to_say(visitor, "hello").ok());
  EXPECT_EQ(messages_of(visitor), 1U);
  EXPECT_TRUE(rows().empty());
}

TEST_F(Saying, ARowHoldsNoWordsThatTheMessageHolds) {
  const auto ana = conversation("slack", "UANA", "DANA");
  const Said said = say(ana, "words that are kept once");
  EXPECT_EQ(row_of(said).row.send.find("words that are kept once"), std::string::npos);
  run();
  EXPECT_THAT(posted(), ElementsAre("words that are kept once"));
}

TEST_F(Saying, EveryPartIsRestoredAsItWasRendered) {
  adapters::Reply reply = reply_of("");
  for (int step = 1; step <= 12; ++step) {
    adapters::Block block;
    block.type = adapters::BlockType::step;
    block.number = step;
    block.title = "Step";
    while (block.text.size() < 1500) block.text += "Words of step " + std::to_string(step) + ". ";
    reply.blocks.push_back(block);
  }
  reply.actions.push_back({"guide:next", "Next", adapters::ActionStyle::normal, ""});
  for (const Address& to : {Address{"discord", "", "501", "", "1", Place::direct, "", 0},
                            Address{"discord", "", "888", "", "1", Place::channel, "42/t", kNow + kMinuteMs},
                            Address{"slack", "T1", "DANA", "", "UANA", Place::direct, "", 0},
                            Address{"slack", "T1", "C1", "1.1", "UANA", Place::thread, "", 0}}) {
    for (const Audience audience : {Audience::here, Audience::person_only, Audience::direct}) {
      Outgoing outgoing;
      outgoing.reply = reply;
      outgoing.audience = audience;
      const auto in = conversation(to.channel, to.user, "501");
      const Prepared prepared = prepare(outgoing, to.channel, to, config_, kNow);
      ASSERT_GT(prepared.sends.size(), 1U) << "a reply that needs several messages";
      store_.write([&](storage::Session& session) {
        return put(session, in, outgoing, prepared, *vault_, kNow, nullptr).ok();
      });
      std::vector<adapters::Send> restored;
      for (const Row& row : rows()) {
        if (row.row.message_id != prepared.reply.id) continue;
        const auto message =
            store_.read([&](storage::Session& session) { return storage::get_message(session, row.row.message_id); });
        restored.push_back(restore(row.row, message, config_));
      }
      ASSERT_EQ(restored.size(), prepared.sends.size());
      for (std::size_t i = 0; i < restored.size(); ++i) {
        EXPECT_EQ(adapters::to_json(restored[i]), adapters::to_json(*prepared.sends[i])) << to.channel << " part " << i;
      }
    }
  }
}

TEST_F(Saying, WhatGoesOutInAResponseIsHeldAndRepairsItself) {
  const auto ana = conversation("discord", "1");
  const auto held = [&](const std::string& text) {
    return store_.write([&](storage::Session& session) {
      Outgoing outgoing;
      outgoing.reply = reply_of(text);
      outgoing.audience = Audience::person_only;
      outgoing.inline_answer = Outgoing::Inline::held;
      return *delivery::say(session, ana, discord_command("1"), outgoing, config_, *vault_, clock_.now_ms());
    });
  };
  const Said answered = held("went out");
  ASSERT_FALSE(answered.held_outbox_id.empty());
  store_.write([&](storage::Session& session) { return answered_inline(session, answered.held_outbox_id, kNow).ok(); });
  held("was lost");
  advance(kInlineRepairAfterMs - 1);
  run();
  EXPECT_TRUE(posted().empty());
  advance(1);
  run();
  EXPECT_THAT(posted(), ElementsAre("was lost"));
  const Said deferred = held("could not wait");
  store_.write([&](storage::Session& session) { return release_held(session, deferred.held_outbox_id, clock_.now_ms()).ok(); });
  run();
  EXPECT_THAT(posted(), ElementsAre("was lost")) << "the response that it edits is only being written";
  advance(kHeadStartMs);
  run();
  EXPECT_THAT(posted(), ElementsAre("was lost", "could not wait"));
}

}  // namespace
}  // namespace handrail::delivery
