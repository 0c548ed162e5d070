// The wire contract of Slack, what goes out: each test is named after the rule that it holds (sections 5 to 7). Rules that
// channel_test.cc holds already are not repeated here; the limits are held by rendering_properties_test.cc.
#include "adapters/form.h"
#include "adapters/slack/mrkdwn.h"
#include "adapters/test_support.h"

namespace handrail::adapters {
namespace {

using nlohmann::json;
using namespace testing;

const Channel& slack() { return *find_channel("slack"); }

// --- Section 5: Web API calls --------------------------------------------------------------------------------------------

Send send_of(const std::string& kind, const std::string& place_id = "C100") {
  Send send;
  send.kind = kind;
  send.to.workspace = "T100";
  send.to.place = kind == "direct" ? Place::direct : Place::channel;
  send.to.place_id = kind == "direct" ? "" : place_id;
  send.to.user = "U200";
  send.to.thread = kind == "direct" ? "" : "1.1";
  send.target = kind == "update" || kind == "remove" ? "5.5" : "";
  send.to.callback = kind == "callback" ? "https://hooks.slack.com/actions/T100/1/x" : "";
  send.body = {{"text", "hi"}, {"blocks", json::array({{{"type", "divider"}}})}};
  return send;
}

Call first_call(const Send& send) { return std::get<NextCall>(slack().next_step(send, std::nullopt)).call; }

Step refused(const Send& send, const std::string& error) {
  return slack().next_step(send, answered(200, json{{"ok", false}, {"error", error}}.dump()));
}

TEST(SlackContractCalls, AJsonBodyNamesItsCharset) {
  for (const char* kind : {"post", "direct", "ephemeral", "update", "remove", "callback"}) {
    const Call call = first_call(send_of(kind));
    EXPECT_EQ(call.content_type, "application/json; charset=utf-8") << kind;
    EXPECT_TRUE(json::accept(call.body)) << kind;
    EXPECT_EQ(call.method, "POST") << kind;
  }
}

TEST(SlackContractCalls, EachMethodHasItsFieldsAndTheBotsToken) {
  struct Case {
    const char* kind;
    const char* method;
    json fields;
  };
  const json blocks = json::array({{{"type", "divider"}}});
  const Case cases[] = {
      {"post", "chat.postMessage",
       {{"channel", "C100"}, {"thread_ts", "1.1"}, {"text", "hi"}, {"blocks", blocks}, {"unfurl_links", false}, {"unfurl_media", false}}},
      {"ephemeral", "chat.postEphemeral", {{"channel", "C100"}, {"thread_ts", "1.1"}, {"user", "U200"}, {"text", "hi"}, {"blocks", blocks}}},
      {"direct", "conversations.open", {{"users", "U200"}}},
      {"update", "chat.update", {{"channel", "C100"}, {"ts", "5.5"}, {"text", "hi"}, {"blocks", blocks}}},
      {"remove", "chat.delete", {{"channel", "C100"}, {"ts", "5.5"}}},
  };
  for (const Case& c : cases) {
    const Call call = first_call(send_of(c.kind));
    EXPECT_EQ(call.url, c.method);
    EXPECT_EQ(call.auth, Auth::bot_token) << c.kind;
    EXPECT_EQ(json::parse(call.body), c.fields) << c.kind << ": an update without its blocks would remove them";
  }
}

TEST(SlackContractCalls, AResponseUrlIsPostedToWithoutTokenForThePersonAlone) {
  const Call call = first_call(send_of("callback"));
  EXPECT_EQ(call.url, "https://hooks.slack.com/actions/T100/1/x");
  EXPECT_EQ(call.auth, Auth::none);
  EXPECT_EQ(json::parse(call.body)["response_type"], "ephemeral");
  EXPECT_EQ(json::parse(call.body)["replace_original"], false);
}

TEST(SlackContractCalls, ALimitIsPerMethodAndWorkspace) {
  Send other_team = send_of("post");
  other_team.to.workspace = "T200";
  EXPECT_EQ(first_call(send_of("post")).rate_bucket, first_call(send_of("post", "C999")).rate_bucket);
  EXPECT_NE(first_call(send_of("post")).rate_bucket, first_call(other_team).rate_bucket);
  EXPECT_NE(first_call(send_of("post")).rate_bucket, first_call(send_of("update")).rate_bucket);
  const Step step = slack().next_step(send_of("post"), HttpResult{429, {{"retry-after", "30"}}, R"({"ok":false,"error":"ratelimited"})"});
  EXPECT_EQ(std::get<RetryAfter>(step).wait_ms, 30'000);
  EXPECT_FALSE(std::get<RetryAfter>(step).whole_platform) << "other methods go on";
}

TEST(SlackContractCalls, AWarningIsNoError) {
  const Step step = slack().next_step(
      send_of("post"),
      answered(200, R"({"ok":true,"channel":"C100","ts":"5.5","warning":"missing_charset","response_metadata":{"warnings":["missing_charset"]}})"));
  ASSERT_TRUE(std::holds_alternative<Sent>(step));
  EXPECT_EQ(std::get<Sent>(step).remote_id, "5.5");
}

TEST(SlackContractCalls, AnEphemeralMessageIsKnownByMessageTs) {
  EXPECT_EQ(std::get<Sent>(slack().next_step(send_of("ephemeral"), answered(200, R"({"ok":true,"message_ts":"6.6"})"))).remote_id, "6.6");
}

TEST(SlackContractErrors, WhatWeDidWrongIsNotSentAgain) {
  for (const char* error : {"no_text", "invalid_blocks", "msg_blocks_too_long", "msg_too_long", "missing_scope", "cant_update_message",
                            "message_not_found", "edit_window_closed", "invalid_arguments", "an_error_of_next_year"}) {
    const Step step = refused(send_of("post"), error);
    ASSERT_TRUE(std::holds_alternative<GiveUp>(step)) << error;
    const GiveUp& given_up = std::get<GiveUp>(step);
    EXPECT_EQ(given_up.because, error);
    EXPECT_FALSE(given_up.disconnected || given_up.place_closed || given_up.dm_closed || given_up.callback_dead) << error;
  }
}

TEST(SlackContractErrors, WhatMayHaveBeenDoneInPartIsLookedForFirst) {
  for (const char* error : {"internal_error", "fatal_error", "service_unavailable", "request_timeout"}) {
    const Step step = refused(send_of("post"), error);
    ASSERT_TRUE(std::holds_alternative<RetryAfter>(step)) << error;
    EXPECT_TRUE(std::get<RetryAfter>(step).may_exist) << error;
  }
  for (const char* error : {"ratelimited", "rate_limited"}) {
    const Step step = refused(send_of("post"), error);
    ASSERT_TRUE(std::holds_alternative<RetryAfter>(step)) << error;
    EXPECT_FALSE(std::get<RetryAfter>(step).may_exist) << error;
  }
}

TEST(SlackContractErrors, AFatalErrorEndsTheInstallationWhateverTheCall) {
  for (const char* error : {"account_inactive", "token_revoked", "invalid_auth", "not_authed"}) {
    const HttpResult result = answered(200, json{{"ok", false}, {"error", error}}.dump());
    EXPECT_TRUE(slack().refuses_token(result)) << error;
    for (const char* kind : {"post", "direct", "ephemeral", "update"}) {
      const Step step = slack().next_step(send_of(kind), result);
      ASSERT_TRUE(std::holds_alternative<GiveUp>(step)) << kind << error;
      EXPECT_TRUE(std::get<GiveUp>(step).disconnected) << kind << error;
    }
  }
  for (const char* harmless : {R"({"ok":true})", R"({"ok":false,"error":"missing_scope"})", "<html>", ""}) {
    EXPECT_FALSE(slack().refuses_token(answered(200, harmless))) << harmless;
  }
}

TEST(SlackContractErrors, APersonWhoCannotBeWrittenToClosesOnlyTheDirectMessage) {
  for (const char* error : {"user_not_found", "user_disabled", "user_not_visible", "messages_tab_disabled", "channel_not_found"}) {
    const Step step = refused(send_of("direct"), error);
    ASSERT_TRUE(std::holds_alternative<GiveUp>(step)) << error;
    EXPECT_TRUE(std::get<GiveUp>(step).dm_closed) << error;
    EXPECT_FALSE(std::get<GiveUp>(step).place_closed) << error;
  }
  const Step absent = refused(send_of("ephemeral"), "user_not_in_channel");
  EXPECT_TRUE(std::get<GiveUp>(absent).place_closed) << "they see it only in a channel that they are in";
}

// --- Section 6: what Block Kit refuses -----------------------------------------------------------------------------------

Reply reply_of(BlockType type, const std::string& words) {
  Reply reply;
  reply.direction = "ltr";
  Block block;
  block.type = type;
  block.text = words;
  reply.blocks = {block};
  return reply;
}

std::vector<std::string> types_of(const Reply& reply) {
  std::vector<std::string> types;
  for (const Send& send : slack().render(reply, {}, {})) {
    for (const json& block : send.body["blocks"]) types.push_back(block["type"]);
  }
  return types;
}

TEST(SlackContractBlocks, AHeaderHoldsAHundredAndFiftyCharactersAndALongerOneIsASection) {
  EXPECT_EQ(types_of(reply_of(BlockType::heading, std::string(150, 'x'))), std::vector<std::string>{"header"});
  EXPECT_EQ(types_of(reply_of(BlockType::heading, std::string(151, 'x'))), std::vector<std::string>{"section"});
}

TEST(SlackContractBlocks, WhiteSpaceAloneIsNoBlock) {
  for (const BlockType type : {BlockType::heading, BlockType::paragraph, BlockType::image}) {
    EXPECT_TRUE(types_of(reply_of(type, " \n ")).empty());
  }
}

TEST(SlackContractBlocks, ButtonsOfOneActionHaveDifferentIdsAndTheSameValue) {
  Reply reply = reply_of(BlockType::paragraph, "Choose");
  reply.actions = {{"next", "Next", ActionStyle::primary, ""}, {"next", "Go on", ActionStyle::normal, ""}};
  const json buttons = slack().render(reply, {}, {}).at(0).body["blocks"].back()["elements"];
  EXPECT_NE(buttons[0]["action_id"], buttons[1]["action_id"]);
  EXPECT_EQ(buttons[0]["value"], buttons[1]["value"]);
}

TEST(SlackContractBlocks, AnAddressOfThreeThousandIsAButtonAndALongerOneIsSaid) {
  const std::string longest = "https://x.example/" + std::string(3000 - 18, 'a');
  Reply reply = reply_of(BlockType::paragraph, "Read");
  reply.actions = {{"", "Guide", ActionStyle::link, longest}};
  EXPECT_EQ(types_of(reply), (std::vector<std::string>{"section", "actions"}));
  reply.actions[0].url += "a";
  for (const std::string& type : types_of(reply)) EXPECT_EQ(type, "section");
}

TEST(SlackContractBlocks, TwoRowsOfButtonsAreTwoParagraphsOfTheText) {
  Reply reply = reply_of(BlockType::paragraph, "Choose");
  for (int i = 1; i <= 26; ++i) reply.actions.push_back({"a" + std::to_string(i), "Choice " + std::to_string(i), ActionStyle::normal, ""});
  const std::string text = slack().render(reply, {}, {}).at(0).body["text"];
  EXPECT_NE(text.find("Choice 25\n\nChoice 26"), std::string::npos) << text;
}

TEST(SlackContractBlocks, AMessageHoldsFiftyBlocksAndAStepKeepsItsPicture) {
  for (const std::size_t alt_characters : {1, 1000}) {
    Reply reply = reply_of(BlockType::heading, "Guide");
    for (int i = 1; i <= 40; ++i) {
      Block step;
      step.type = BlockType::step;
      step.number = i;
      step.title = "Do it";
      step.image = Image{"/media/t/a.svg", "/media/t/a.png", std::string(alt_characters, 'x')};
      reply.blocks.push_back(step);
    }
    RenderOptions options;
    options.public_url = "https://bot.example";
    const auto sends = slack().render(reply, {}, options);
    EXPECT_GE(sends.size(), 2U);
    for (const Send& send : sends) {
      const json& blocks = send.body["blocks"];
      EXPECT_LE(blocks.size(), 50U);
      EXPECT_LE(blocks.dump().size(), 13'000U) << "msg_blocks_too_long";
      EXPECT_NE(blocks.front()["type"], "image") << "its step stands in the message before";
    }
  }
}

TEST(SlackContractBlocks, TheTextOfManyShortLinesRightToLeftStaysBelowFourThousand) {
  std::string lines;
  for (int i = 0; i < 1900; ++i) lines += "س\n";
  Reply reply = reply_of(BlockType::paragraph, lines);
  reply.direction = "rtl";
  for (const Send& send : slack().render(reply, {}, {})) {
    EXPECT_LE(locales::count_code_points(send.body["text"].get<std::string>()), 4000U) << "chat.update: msg_too_long";
  }
}

// --- Section 7: text -----------------------------------------------------------------------------------------------------

TEST(SlackContractText, ExactlyThreeCharactersAreEscapedAmpersandFirst) {
  const std::pair<const char*, const char*> cases[] = {
      {"a & b", "a &amp; b"},           {"<!channel>", "&lt;!channel&gt;"}, {"<@U1> <https://x|y>", "&lt;@U1&gt; &lt;https://x|y&gt;"},
      {"&lt;", "&amp;lt;"},             {"&amp;", "&amp;amp;"},             {"\"quoted\" it's © é 🙂", "\"quoted\" it's © é 🙂"},
      {"&nbsp;", "&amp;nbsp;"},
  };
  for (const auto& [raw, escaped] : cases) EXPECT_EQ(slack::escape(raw), escaped);
}

TEST(SlackContractText, InboundTokensAreDecodedAndAmpersandsLast) {
  const std::pair<const char*, const char*> cases[] = {
      {"&amp;lt;b&amp;gt;", "&lt;b&gt;"},
      {"&lt;@U1&gt;", "<@U1>"},
      {"see <https://x.example?a=1&amp;b=2>", "see https://x.example?a=1&b=2"},
      {"see <https://x.example|the page>", "see https://x.example"},
      {"<mailto:help@x.example|help@x.example>", "help@x.example"},
      {"ask <@U1|ben> or <@U1>", "ask @ben or <@U1>"},
      {"in <#C1|general> or <#C1>", "in #general or <#C1>"},
      {"<!subteam^S1|@support> please", "@support please"},
      {"<!subteam^S1> please", "please"},
      {"on <!date^1795430000^{date}|23 November>", "on 23 November"},
      {"<!channel> <!here|here> help", "here help"},
      {"<@U0BOT> help <@U0BOT|handrail>", "help"},
      {"a < b", "a < b"},
      {"<>", ""},
      {"<@U1|a &lt;b&gt;>", "@a <b>"},
  };
  for (const auto& [raw, decoded] : cases) EXPECT_EQ(slack::decode(raw, "U0BOT"), decoded) << raw;
}

TEST(SlackContractText, EmojiStayShortcodesForTheFoldToRead) {
  EXPECT_EQ(slack::decode(":cry: hi :wave::skin-tone-3:", ""), ":cry: hi :wave::skin-tone-3:");
}

TEST(SlackContractText, MrkdwnIsNotMarkdown) {
  const std::pair<const char*, const char*> cases[] = {
      {"**bold**", "*bold*"},
      {"`a_b`", "`a_b`"},
      {"`<b>`", "`&lt;b&gt;`"},
      {"2 * 3", "2 \u200B* 3"},
      {"_a_ ~b~", "\u200B_a\u200B_ \u200B~b\u200B~"},
      {"half `a_b", "half `a\u200B_b"},
  };
  for (const auto& [raw, shown] : cases) EXPECT_EQ(slack::to_mrkdwn(raw), shown) << raw;
}

TEST(SlackContractText, AnAddressStaysOneThatCanBeClicked) {
  EXPECT_EQ(slack::to_mrkdwn("see https://x.example/my_account?a=1&b=~c."), "see https://x.example/my_account?a=1&amp;b=~c.");
  EXPECT_EQ(slack::to_mrkdwn("**https://x.example/a_b** c_d"), "*https://x.example/a_b* c\u200B_d");
  EXPECT_EQ(slack::to_mrkdwn("xhttps://a_b"), "xhttps://a\u200B_b") << "a word that only ends like one";
}

}  // namespace
}  // namespace handrail::adapters
