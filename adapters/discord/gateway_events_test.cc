#include "adapters/discord/gateway_events.h"

#include <gtest/gtest.h>

namespace handrail::adapters::discord {
namespace {

using nlohmann::json;

const OwnIds kOwn{"900", "", "42", {}, {}};

json post() {
  return {{"id", "1600000000000000000"}, {"channel_id", "13"}, {"type", 0}, {"content", "how do I cancel?"},
          {"author", {{"id", "14"}, {"username", "ana"}, {"global_name", "Ana"}}}, {"mentions", json::array()}};
}

Parsed parse(const json& d, const char* name = "MESSAGE_CREATE") { return parse_gateway_event(name, d, kOwn); }
InboundMessage message_of(const Parsed& parsed) {
  const auto* messages = std::get_if<Messages>(&parsed);
  if (messages == nullptr || messages->messages.empty()) {
    ADD_FAILURE() << "no message";
    return {};
  }
  return messages->messages.front();
}
std::string ignored(const Parsed& parsed) {
  const auto* found = std::get_if<Ignored>(&parsed);
  return found == nullptr ? "" : found->because;
}

TEST(GatewayEvents, AMessageWithoutAServerIsADirectOne) {
  const InboundMessage message = message_of(parse(post()));
  EXPECT_EQ(message.kind, InputKind::text);
  EXPECT_EQ(message.from.place, Place::direct);
  EXPECT_EQ(message.from.place_id, "13");
  EXPECT_EQ(message.from.user, "14");
  EXPECT_EQ(message.user_name, "Ana");
  EXPECT_EQ(message.text, "how do I cancel?");
  EXPECT_EQ(message.event_key, "discord:1600000000000000000");
  EXPECT_FALSE(message.interactive);
}

TEST(GatewayEvents, AMentionIsMarkedAndTakenOutOfTheText) {
  json d = post();
  d["guild_id"] = "1";
  EXPECT_FALSE(message_of(parse(d)).mentioned);
  EXPECT_EQ(message_of(parse(d)).from.place, Place::channel);
  d["content"] = "<@900> <@!900>  I want a refund ";
  d["mentions"] = {{{"id", "900"}}};
  d["channel_type"] = 11;
  EXPECT_TRUE(message_of(parse(d)).mentioned);
  EXPECT_EQ(message_of(parse(d)).text, "I want a refund");
  EXPECT_EQ(message_of(parse(d)).from.place, Place::thread);
}

TEST(GatewayEvents, OwnBotWebhookAndSystemMessagesAreIgnored) {
  json own = post();
  own["author"]["id"] = "900";
  EXPECT_EQ(ignored(parse(own)), "own_message");
  json bot = post();
  bot["author"]["bot"] = true;
  EXPECT_EQ(ignored(parse(bot)), "bot_message");
  json webhook = post();
  webhook["webhook_id"] = "5";
  EXPECT_EQ(ignored(parse(webhook)), "bot_message");
  json joined = post();
  joined["type"] = 7;
  EXPECT_EQ(ignored(parse(joined)), "system_message");
  json reply = post();
  reply["type"] = 19;
  EXPECT_EQ(message_of(parse(reply)).text, "how do I cancel?");
}

TEST(GatewayEvents, WithoutTheContentIntentAnEmptyPostIsIgnored) {
  json empty = post();
  empty["content"] = "";
  EXPECT_EQ(ignored(parse(empty)), "no_text");
}

TEST(GatewayEvents, AnEditHasItsTimeAndALinkPreviewHasNot) {
  json d = post();
  d["edited_timestamp"] = nullptr;
  EXPECT_EQ(ignored(parse(d, "MESSAGE_UPDATE")), "not_an_edit");
  d["edited_timestamp"] = "2026-11-25T10:00:00Z";
  const InboundMessage edit = message_of(parse(d, "MESSAGE_UPDATE"));
  EXPECT_EQ(edit.kind, InputKind::edit);
  EXPECT_EQ(edit.edited_key, message_of(parse(post())).post_key);
  EXPECT_NE(edit.event_key, message_of(parse(post())).event_key);
}

TEST(GatewayEvents, DeletionsNameThePostAloneOrInBulk) {
  const std::string key = message_of(parse(post())).post_key;
  const json one = {{"id", "1600000000000000000"}, {"channel_id", "13"}};
  EXPECT_EQ(message_of(parse(one, "MESSAGE_DELETE")).edited_key, key);
  const json many = {{"ids", {"1600000000000000000", "2", 3}}, {"channel_id", "13"}, {"guild_id", "1"}};
  const auto parsed = parse(many, "MESSAGE_DELETE_BULK");
  ASSERT_EQ(std::get<Messages>(parsed).messages.size(), 2u);
  EXPECT_EQ(message_of(parsed).edited_key, key);
}

TEST(GatewayEvents, WrongTypesAndOtherEventsAreIgnored) {
  for (const json& d : {json(), json::array(), json(7), json::object(), json{{"id", 5}, {"channel_id", 6}, {"author", "x"}}}) {
    for (const char* name : {"MESSAGE_CREATE", "MESSAGE_UPDATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"}) {
      EXPECT_EQ(ignored(parse(d, name)), "incomplete_event") << name << d.dump();
    }
  }
  EXPECT_EQ(ignored(parse(post(), "TYPING_START")), "not_read");
}

}  // namespace
}  // namespace handrail::adapters::discord
