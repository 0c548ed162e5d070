// The wire contract of Discord, what goes out: each test is named after the rule that it holds (sections 3 and 4). Rules that
// channel_test.cc holds already are not repeated here; the limits are held by rendering_properties_test.cc.
#include <set>

#include "adapters/discord/markdown.h"
#include "adapters/test_support.h"

namespace handrail::adapters {
namespace {

using nlohmann::json;
using namespace testing;

const Channel& discord() { return *find_channel("discord"); }
const json kNobody = json::parse(R"({"parse":[]})");

Send send_of(const std::string& kind) {
  Send send;
  send.kind = kind;
  send.to.user = "1400";
  send.to.place_id = kind == "direct" ? "" : "1300";
  send.to.place = kind == "direct" ? Place::direct : Place::channel;
  if (kind == "callback" || kind == "followup") send.to.callback = "1100/tok";
  send.target = kind == "update" || kind == "remove" || kind == "thread_under" ? "77" : "";
  send.body = {{"message", {{"content", "hi"}, {"allowed_mentions", kNobody}}}};
  send.nonce = "n-0";
  return send;
}

Call first_call(const Send& send) { return std::get<NextCall>(discord().next_step(send, std::nullopt)).call; }

Step refused(const std::string& kind, int status, int code) {
  return discord().next_step(send_of(kind), answered(status, json{{"code", code}, {"message", "said"}}.dump()));
}

// --- Section 3: calls ----------------------------------------------------------------------------------------------------

TEST(DiscordContractCalls, EachCallHasItsMethodAddressTokenAndJson) {
  struct Case {
    const char* kind;
    const char* line;
    Auth auth;
  };
  for (const Case& c : {Case{"post", "POST /channels/1300/messages", Auth::bot_token},
                        Case{"direct", "POST /users/@me/channels", Auth::bot_token},
                        Case{"private_thread", "POST /channels/1300/threads", Auth::bot_token},
                        Case{"thread_under", "POST /channels/1300/messages/77/threads", Auth::bot_token},
                        Case{"update", "PATCH /channels/1300/messages/77", Auth::bot_token},
                        Case{"callback", "PATCH /webhooks/1100/tok/messages/@original", Auth::none},
                        Case{"followup", "POST /webhooks/1100/tok", Auth::none}}) {
    const Call call = first_call(send_of(c.kind));
    EXPECT_EQ(call.method + " " + call.url, c.line);
    EXPECT_EQ(call.auth, c.auth) << c.kind;
    EXPECT_EQ(call.content_type, "application/json") << c.kind;
    EXPECT_TRUE(json::accept(call.body)) << c.kind;
  }
  EXPECT_EQ(json::parse(first_call(send_of("direct")).body), json({{"recipient_id", "1400"}}));
}

TEST(DiscordContractCalls, APrivateThreadIsForThePersonAndItsNameIsOneToAHundredCharacters) {
  Send send = send_of("private_thread");
  const auto opened = [&] { return json::parse(first_call(send).body); };
  EXPECT_EQ(opened()["type"], 12);
  EXPECT_EQ(opened()["invitable"], false);
  EXPECT_TRUE(std::set<int>({60, 1440, 4320, 10080}).count(opened()["auto_archive_duration"].get<int>()));
  EXPECT_FALSE(opened()["name"].get<std::string>().empty());
  send.body["thread_name"] = "";
  EXPECT_FALSE(opened()["name"].get<std::string>().empty());
  std::string long_name;
  for (int i = 0; i < 101; ++i) long_name += "é";
  send.body["thread_name"] = long_name;
  EXPECT_EQ(locales::count_code_points(opened()["name"].get<std::string>()), 100U);
}

TEST(DiscordContractCalls, ANonceHasAtMostTwentyFiveCharactersAndIsTheSameOnEachAttempt) {
  RenderOptions options;
  options.nonce_seed = "01HXXXXXXXXXXXXXXXXXXXXXXXXXXX";
  Address to;
  to.place_id = "1300";
  Reply reply;
  reply.text = std::string(9000, 'x');
  const auto sends = discord().render(reply, to, options);
  std::set<std::string> nonces;
  for (const Send& send : sends) {
    EXPECT_LE(send.nonce.size(), 25U);
    EXPECT_TRUE(nonces.insert(send.nonce).second) << "each message of a reply has its own";
    const json first = json::parse(first_call(send).body);
    EXPECT_EQ(first["nonce"], send.nonce);
    EXPECT_EQ(first["enforce_nonce"], true);
    EXPECT_TRUE(std::holds_alternative<RetryAfter>(discord().next_step(send, answered(503, ""))));
    EXPECT_EQ(json::parse(first_call(send_from_json(to_json(send))).body), first) << "also after a restart";
  }
  EXPECT_EQ(discord().render(reply, to, options).at(0).nonce, sends.at(0).nonce);
}

TEST(DiscordContractCalls, ADeferredAnswerIsEditedFirstThenFollowedUpForTheSameEyes) {
  Address to;
  to.place = Place::channel;
  to.place_id = "1300";
  to.callback = "1100/tok";
  Reply reply;
  reply.text = std::string(5000, 'x');
  const auto sends = discord().render(reply, to, {});
  ASSERT_GE(sends.size(), 3U);
  EXPECT_EQ(sends[0].kind, "callback");
  EXPECT_EQ(json::parse(first_call(sends[0]).body).value("flags", 0), 0) << "who sees it was fixed by the deferral";
  for (std::size_t i = 1; i < sends.size(); ++i) {
    EXPECT_EQ(sends[i].kind, "followup");
    EXPECT_EQ(json::parse(first_call(sends[i]).body)["flags"], 64);
  }
}

// --- Section 3: rate limits ----------------------------------------------------------------------------------------------

TEST(DiscordContractRateLimits, AGlobalOneStopsThePlatformAndOthersOnlyTheirBucket) {
  using Headers = std::vector<std::pair<std::string, std::string>>;
  struct Case {
    Headers headers;
    const char* body;
    std::int64_t wait_ms;
    bool whole;
  };
  const Case cases[] = {
      {{{"x-ratelimit-scope", "user"}, {"retry-after", "2"}}, R"({"retry_after":1.5,"global":false})", 1500, false},
      {{{"x-ratelimit-scope", "shared"}}, R"({"retry_after":0.2,"global":false})", 200, false},
      {{{"x-ratelimit-global", "true"}}, R"({"retry_after":3,"global":false})", 3000, true},
      {{{"x-ratelimit-scope", "global"}}, R"({"retry_after":3})", 3000, true},
      {{}, R"({"retry_after":64.57,"global":true,"code":0})", 64'570, true},
      {{{"retry-after", "65"}}, "error code: 1015", 65'000, false},
      {{}, "<!DOCTYPE html>", 1000, false},
      {{}, R"({"retry_after":-1})", 1000, false},
      {{}, R"({"retry_after":1e300})", 3'600'000, false},
  };
  for (const Case& c : cases) {
    const Step step = discord().next_step(send_of("post"), HttpResult{429, c.headers, c.body});
    ASSERT_TRUE(std::holds_alternative<RetryAfter>(step)) << c.body;
    EXPECT_EQ(std::get<RetryAfter>(step).wait_ms, c.wait_ms) << c.body;
    EXPECT_EQ(std::get<RetryAfter>(step).whole_platform, c.whole) << c.body;
  }
}

TEST(DiscordContractRateLimits, WhenNoneIsLeftTheBucketWaitsForItsReset) {
  const auto pause = [](const char* remaining, const char* reset) {
    return discord().pause_after(HttpResult{200, {{"x-ratelimit-remaining", remaining}, {"x-ratelimit-reset-after", reset}}, ""});
  };
  EXPECT_EQ(pause("0", "1.234"), 1234);
  EXPECT_EQ(pause("1", "1.234"), 0);
  EXPECT_EQ(pause("0", "odd"), 0);
  EXPECT_EQ(pause("0", "-3"), 0);
  EXPECT_EQ(pause("0", "1e12"), 3'600'000);
  EXPECT_EQ(discord().pause_after(HttpResult{200, {{"x-ratelimit-remaining", "0"}}, ""}), 0);
}

TEST(DiscordContractRateLimits, ABucketIsACallOfOneChannelOrWebhook) {
  Send elsewhere = send_of("post");
  elsewhere.to.place_id = "1399";
  Send other_token = send_of("followup");
  other_token.to.callback = "1100/other";
  EXPECT_EQ(first_call(send_of("post")).rate_bucket, first_call(send_of("update")).rate_bucket);
  EXPECT_NE(first_call(send_of("post")).rate_bucket, first_call(elsewhere).rate_bucket);
  EXPECT_NE(first_call(send_of("post")).rate_bucket, first_call(send_of("direct")).rate_bucket);
  EXPECT_NE(first_call(send_of("followup")).rate_bucket, first_call(other_token).rate_bucket);
}

// --- Section 3: error codes ----------------------------------------------------------------------------------------------

enum class Then { dm_closed, place_closed, callback_dead, disconnected, nothing_more, retry };

Then then_of(const Step& step) {
  if (std::holds_alternative<RetryAfter>(step)) return Then::retry;
  const auto* given_up = std::get_if<GiveUp>(&step);
  if (given_up == nullptr) ADD_FAILURE() << "neither given up nor tried again: " << step.index();
  if (given_up == nullptr) return Then::retry;
  if (given_up->disconnected) return Then::disconnected;
  if (given_up->dm_closed) return Then::dm_closed;
  if (given_up->callback_dead) return Then::callback_dead;
  return given_up->place_closed ? Then::place_closed : Then::nothing_more;
}

TEST(DiscordContractErrors, EachCodeIsActedOnAsTheTableSays) {
  struct Case {
    const char* kind;
    int status;
    int code;
    Then then;
  };
  const Case cases[] = {
      {"post", 403, 50007, Then::dm_closed},         {"direct", 400, 50007, Then::dm_closed},       {"direct", 403, 50278, Then::dm_closed},
      {"direct", 400, 40003, Then::retry},           {"post", 403, 50001, Then::place_closed},      {"post", 403, 50013, Then::place_closed},
      {"post", 404, 10003, Then::place_closed},      {"post", 404, 10004, Then::place_closed},      {"update", 404, 10008, Then::nothing_more},
      {"callback", 404, 10008, Then::callback_dead}, {"direct", 404, 10013, Then::nothing_more},    {"followup", 404, 10015, Then::callback_dead},
      {"callback", 404, 10062, Then::callback_dead}, {"callback", 400, 40060, Then::callback_dead}, {"post", 401, 40001, Then::disconnected},
      {"post", 401, 0, Then::disconnected},          {"post", 400, 50035, Then::nothing_more},      {"post", 400, 50006, Then::nothing_more},
      {"post", 400, 50109, Then::nothing_more},      {"post", 400, 200000, Then::nothing_more},     {"post", 403, 240000, Then::nothing_more},
      {"post", 400, 160005, Then::place_closed},     {"private_thread", 400, 160006, Then::place_closed},
      {"post", 503, 130000, Then::retry},            {"post", 400, 130000, Then::retry},            {"post", 500, 0, Then::retry},
      {"update", 403, 50005, Then::nothing_more},    {"update", 400, 30046, Then::nothing_more},    {"followup", 404, 0, Then::callback_dead},
  };
  for (const Case& c : cases) EXPECT_EQ(then_of(refused(c.kind, c.status, c.code)), c.then) << c.kind << " " << c.status << " " << c.code;
}

TEST(DiscordContractErrors, AnInvalidBodyNamesThePathButNotTheWords) {
  const json tree = json::parse(
      R"({"code":50035,"message":"Invalid Form Body","errors":{"embeds":{"0":{"title":{"_errors":[{"code":"X","message":"what a person wrote"}]}}}}})");
  const Step step = discord().next_step(send_of("post"), answered(400, tree.dump()));
  ASSERT_TRUE(std::holds_alternative<GiveUp>(step));
  EXPECT_EQ(std::get<GiveUp>(step).because, "50035 embeds.0.title");
}

TEST(DiscordContractErrors, ABadTokenStopsAllCallsButADeadInteractionDoesNot) {
  EXPECT_TRUE(discord().refuses_token(answered(401, R"({"message":"401: Unauthorized","code":0})")));
  EXPECT_FALSE(discord().refuses_token(answered(403, R"({"code":50001})")));
  EXPECT_EQ(then_of(refused("followup", 401, 50027)), Then::callback_dead);
}

TEST(DiscordContractErrors, ADirectMessageChannelThatIsGoneIsOpenedAnew) {
  Send send = send_of("post");
  send.to.place = Place::direct;
  const Step step = discord().next_step(send, answered(404, R"({"code":10003})"));
  const auto next = discord().next_rung(send, std::get<GiveUp>(step), "link");
  ASSERT_TRUE(next);
  EXPECT_EQ(first_call(*next).url, "/users/@me/channels") << "the reference is dropped";
}

// --- Section 4: messages -------------------------------------------------------------------------------------------------

json only_body(const Reply& reply) {
  const auto sends = discord().render(reply, {}, {});
  EXPECT_EQ(sends.size(), 1U);
  return sends.empty() ? json::object() : sends.front().body["message"];
}

Reply step_of(const std::string& title, const std::string& text) {
  Reply reply;
  Block step;
  step.type = BlockType::step;
  step.number = 1;
  step.title = title;
  step.text = text;
  reply.blocks = {step};
  return reply;
}

TEST(DiscordContractMessages, ContentOfTwoThousandIsOneMessageAndOneMoreIsTwo) {
  EXPECT_EQ(discord().render(one_paragraph("en", std::string(2000, 'x')), {}, {}).size(), 1U);
  EXPECT_EQ(discord().render(one_paragraph("en", std::string(2001, 'x')), {}, {}).size(), 2U);
}

TEST(DiscordContractMessages, ATitleOfTwoHundredAndFiftySixGoesOnInTheDescription) {
  const json whole = only_body(step_of(std::string(253, 'a'), "text"))["embeds"][0];
  EXPECT_EQ(whole["title"], "1. " + std::string(253, 'a'));
  EXPECT_EQ(whole["description"], "text");
  const json divided = only_body(step_of(std::string(200, 'a') + " " + std::string(100, 'b'), "text"))["embeds"][0];
  EXPECT_EQ(divided["title"], "1. " + std::string(200, 'a') + " ");
  EXPECT_EQ(divided["description"], std::string(100, 'b') + "\ntext");
}

TEST(DiscordContractMessages, AMessageOfNothingIsNotSent) {
  EXPECT_TRUE(discord().render(one_paragraph("en", " \n "), {}, {}).empty()) << "50006";
  EXPECT_EQ(discord().render(one_paragraph("fa", "x" + std::string(4000, ' ')), {}, {}).size(), 1U) << "nor a part of it";
  Reply reply;
  Block callout;
  callout.type = BlockType::callout;
  Block picture;
  picture.type = BlockType::image;
  picture.image = Image{};
  reply.blocks = {callout, picture};
  EXPECT_TRUE(discord().render(reply, {}, {}).empty()) << "an embed of nothing is refused";
}

TEST(DiscordContractMessages, ACustomIdIsUniqueInItsMessage) {
  Reply reply = one_paragraph("en", "Choose");
  reply.actions = {{"next", "Next", ActionStyle::primary, ""}, {"next", "Go on", ActionStyle::normal, ""}, {"stop", "Stop", ActionStyle::danger, ""}};
  const json row = only_body(reply)["components"][0]["components"];
  ASSERT_EQ(row.size(), 2U) << "a second button that does the same is left out";
  EXPECT_EQ(row[0]["custom_id"], "next");
  EXPECT_EQ(row[1]["custom_id"], "stop");
  reply.actions.clear();
  for (int i = 0; i <= 25; ++i) reply.actions.push_back({"a" + std::to_string(i % 25), "A", ActionStyle::normal, ""});
  const auto sends = discord().render(reply, {}, {});
  ASSERT_EQ(sends.size(), 2U);
  EXPECT_EQ(sends[1].body["message"]["components"][0]["components"][0]["custom_id"], "a0") << "another message may say it again";
}

TEST(DiscordContractMessages, AnAddressOfFiveHundredAndTwelveIsAButtonAndALongerOneIsSaid) {
  const std::string longest = "https://x.example/" + std::string(512 - 18, 'a');
  Reply reply = one_paragraph("en", "Read");
  reply.actions = {{"", "Guide", ActionStyle::link, longest}};
  const json button = only_body(reply)["components"][0]["components"][0];
  EXPECT_EQ(button["style"], 5);
  EXPECT_EQ(button["url"], longest);
  EXPECT_FALSE(button.contains("custom_id")) << "a link has none";
  reply.actions[0].url += "a";
  EXPECT_FALSE(only_body(reply).contains("components"));
  EXPECT_EQ(only_body(reply)["content"], "Read\n\nGuide: " + longest + "a");
}

TEST(DiscordContractMessages, ButtonStylesAreTheContracts) {
  Reply reply = one_paragraph("en", "Choose");
  reply.actions = {{"a", "A", ActionStyle::primary, ""}, {"b", "B", ActionStyle::normal, ""}, {"c", "C", ActionStyle::danger, ""}};
  const json row = only_body(reply)["components"][0];
  EXPECT_EQ(row["type"], 1);
  EXPECT_EQ(row["components"][0]["style"], 1);
  EXPECT_EQ(row["components"][1]["style"], 2);
  EXPECT_EQ(row["components"][2]["style"], 4);
}

TEST(DiscordContractMessages, EverythingThatIsSentMentionsNobody) {
  Reply reply = one_paragraph("en", "Hi <@1>");
  Address to;
  to.place_id = "1300";
  to.place = Place::channel;
  for (const Audience audience : {Audience::here, Audience::person_only, Audience::direct}) {
    RenderOptions options;
    options.audience = audience;
    for (const Send& send : discord().render(reply, to, options)) EXPECT_EQ(send.body["message"]["allowed_mentions"], kNobody);
  }
  Send direct = send_of("direct");
  direct.to.callback = "1100/tok";
  GiveUp closed;
  closed.dm_closed = true;
  const auto note = discord().next_rung(direct, closed, "Read on @everyone");
  ASSERT_TRUE(note);
  EXPECT_EQ(json::parse(first_call(*note).body)["allowed_mentions"], kNobody);
}

TEST(DiscordContractMarkdown, ForeignTextIsEscapedAndItsTokensAreParted) {
  const std::pair<const char*, const char*> cases[] = {
      {"**bold** and `a_b`", "**bold** and `a_b`"},
      {"\\ * _ ~ | >", "\\\\ \\* \\_ \\~ \\| \\>"},
      {"[bank](https://evil.example)", "\\[bank\\]\\(https://evil.example\\)"},
      {"# head\n- item\n12. item\n  - inner", "\\# head\n\\- item\n12\\. item\n  \\- inner"},
      {"C# is - not. 1. here", "C# is - not. 1. here"},
      {"<@1> <@!1> <@&1>", "<\u200B@1\\> <\u200B@!1\\> <\u200B@&1\\>"},
      {"<#1> <:a:1> <t:1:R> </help:1>", "<\u200B#1\\> <\u200B:a:1\\> <\u200Bt:1:R\\> <\u200B/help:1\\>"},
      {"@everyone @here", "@\u200Beveryone @\u200Bhere"},
      {"```js\nx\n```", "\\`\\`\\`js\nx\n\\`\\`\\`"},
      {"`a``b`", "\\`a\\`\\`b\\`"},
      {"half `a_b", "half \\`a\\_b"},
      {"`@everyone <@1>`", "`@\u200Beveryone <\u200B@1>`"},
  };
  for (const auto& [raw, shown] : cases) EXPECT_EQ(discord::to_markdown(raw), shown) << raw;
}

TEST(DiscordContractMarkdown, AddressesOfTheWebAndOfMailStayOnes) {
  EXPECT_EQ(discord::to_markdown("see https://x.example/my_account?a=1&b=~c."), "see https://x.example/my_account?a=1&b=~c.");
  EXPECT_EQ(discord::to_markdown("write to help@x.example or @ana"), "write to help@x.example or @ana");
  EXPECT_EQ(discord::to_markdown("https://x.example/@everyone_a_"), "https://x.example/@\u200Beveryone\\_a\\_");
  EXPECT_EQ(discord::to_plain("help@x.example <@1> @here"), "help@x.example <\u200B@1> @\u200Bhere");
}

}  // namespace
}  // namespace handrail::adapters
