// The web chat: tokens, what a message may be, and the shape of the answer.
#include <gtest/gtest.h>

#include "adapters/channels.h"
#include "adapters/web_chat/tokens.h"

namespace handrail::adapters {
namespace {

using nlohmann::json;

constexpr std::int64_t kNow = 1'795'430'000'000;

Parsed parse(const std::string& body) {
  return find_channel("web_chat")->parse({"/api/v1/chat/messages", {}, body}, kNow, {});
}

std::string refused_field(const json& body) {
  const Parsed parsed = parse(body.dump());
  const auto* malformed = std::get_if<Malformed>(&parsed);
  return malformed ? malformed->field : "accepted";
}

TEST(WebChatTokens, OneKindIsNeverGoodAsAnother) {
  const web_chat::SessionToken session{"c1", "u1"};
  const std::string chat = web_chat::make_session_token(session, "key", kNow + 1000);
  const std::string link = web_chat::make_link_token(session, "key", kNow + 1000);
  EXPECT_EQ(web_chat::read_session_token(chat, "key", kNow).session.conversation_id, "c1");
  EXPECT_EQ(web_chat::read_session_token(chat, "key", kNow).session.user, "u1");
  EXPECT_EQ(web_chat::read_session_token(link, "key", kNow).because, "malformed");
  EXPECT_EQ(web_chat::read_link_token(chat, "key", kNow).because, "malformed");
  EXPECT_EQ(web_chat::read_session_token(chat, "key", kNow + 1000).because, "expired");
  EXPECT_EQ(web_chat::read_session_token(chat, "other", kNow).because, "bad_signature");
}

TEST(WebChatTokens, AnIdentityNeedsASubject) {
  const auto because = [](const json& claims) {
    return web_chat::read_identity_token(web_chat::make_identity_token(claims, "s"), "s", kNow)
        .because;
  };
  EXPECT_EQ(because({{"sub", "acc_1"}, {"exp", kNow / 1000 + 60}}), "");
  EXPECT_EQ(because({{"exp", kNow / 1000 + 60}}), "no_subject");
  EXPECT_EQ(because({{"sub", 7}, {"exp", kNow / 1000 + 60}}), "no_subject");
  EXPECT_EQ(because({{"sub", ""}, {"exp", kNow / 1000 + 60}}), "no_subject");
  EXPECT_EQ(because({{"sub", "acc_1"}}), "no_expiry");
}

TEST(WebChatVerify, WantsABearerSession) {
  const Channel& chat = *find_channel("web_chat");
  HttpRequest request;
  EXPECT_EQ(chat.verify(request, kNow, {""}).verdict, Verdict::not_configured);
  EXPECT_EQ(chat.verify(request, kNow, {"key"}).verdict, Verdict::refused);
  const std::string token = web_chat::make_session_token({"c1", "u1"}, "key", kNow + 1000);
  request.headers = {{"authorization", "Bearer " + token}};
  EXPECT_EQ(chat.verify(request, kNow, {"key"}).verdict, Verdict::accepted);
  request.headers = {{"authorization", token}};
  EXPECT_EQ(chat.verify(request, kNow, {"key"}).verdict, Verdict::refused);
}

TEST(WebChatParse, TakesExactlyOneOfTextAndAction) {
  EXPECT_EQ(refused_field({{"client_message_id", "m1"}, {"text", "hi"}}), "accepted");
  EXPECT_EQ(refused_field({{"client_message_id", "m1"}, {"action", "guide:next"}}), "accepted");
  EXPECT_EQ(refused_field({{"client_message_id", "m1"}}), "text");
  EXPECT_EQ(refused_field({{"client_message_id", "m1"}, {"text", "hi"}, {"action", "a"}}), "text");
  EXPECT_EQ(refused_field({{"client_message_id", "m1"}, {"text", " \n"}}), "text");
  EXPECT_EQ(refused_field(json::array()), "");
}

TEST(WebChatParse, HoldsItsLimits) {
  const auto id_of = [](std::size_t length) {
    return json{{"client_message_id", std::string(length, 'i')}, {"text", "hi"}};
  };
  EXPECT_EQ(refused_field(id_of(100)), "accepted");
  EXPECT_EQ(refused_field(id_of(101)), "client_message_id");
  EXPECT_EQ(refused_field(id_of(0)), "client_message_id");
  const auto action_of = [](std::size_t length) {
    return json{{"client_message_id", "m"}, {"action", std::string(length, 'a')}};
  };
  EXPECT_EQ(refused_field(action_of(100)), "accepted");
  EXPECT_EQ(refused_field(action_of(101)), "action");
  EXPECT_EQ(refused_field({{"client_message_id", "m"}, {"text", std::string(5000, 'x')}}),
            "accepted")
      << "longer texts are kept";
}

TEST(WebChatRespond, SaysTheRepliesOrThatTheyFollow) {
  const Channel& chat = *find_channel("web_chat");
  Answers answers;
  answers.message_id = "m_1";
  EXPECT_EQ(json::parse(chat.respond({}, answers, {}).body),
            json({{"message_id", "m_1"}, {"replies", json::array()}}));
  answers.deferred = true;
  const HttpAnswer later = chat.respond({}, answers, {});
  EXPECT_EQ(later.status, 202);
  EXPECT_EQ(json::parse(later.body), json({{"message_id", "m_1"}}));
}

}  // namespace
}  // namespace handrail::adapters
