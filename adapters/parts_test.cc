// What all channels share: JSON under limits, forms, signatures and the plain-text form.
#include <gtest/gtest.h>

#include "adapters/channels.h"
#include "adapters/form.h"
#include "adapters/json_text.h"
#include "adapters/plain_text.h"
#include "adapters/signature.h"
#include "adapters/untrusted_json.h"

namespace handrail::adapters {
namespace {

TEST(UntrustedJson, DepthIsLimitedAtThirtyTwo) {
  JsonError error;
  EXPECT_TRUE(parse_json(std::string(32, '[') + std::string(32, ']'), &error));
  EXPECT_FALSE(parse_json(std::string(33, '[') + std::string(33, ']'), &error));
  EXPECT_FALSE(parse_json(std::string(100'000, '['), &error));
  EXPECT_TRUE(parse_json("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[\"", &error)) << "brackets in texts do not nest";
}

TEST(UntrustedJson, RefusesInvalidUtf8AndBrokenText) {
  JsonError error;
  EXPECT_FALSE(parse_json("{\"a\":\"\xFF\"}", &error));
  EXPECT_FALSE(parse_json("{\"a\":", &error));
  EXPECT_FALSE(error.message.empty());
}

// The grammar allows both, and platforms tolerate them in fields that nobody reads.
TEST(UntrustedJson, NumbersBeyondADoubleAndHalvesOfPairsAreTamed) {
  JsonError error;
  const std::string digits(400, '9');
  const auto json = parse_json(R"({"a":1e999,"b":[-1e999,)" + digits + R"(,2],"c":"1e999","d":"x\ud800y","e":"\ud83d\ude42","f":"\\ud800"})", &error);
  ASSERT_TRUE(json) << error.message;
  EXPECT_TRUE((*json)["a"].is_null());
  EXPECT_TRUE((*json)["b"][0].is_null());
  EXPECT_TRUE((*json)["b"][1].is_null());
  EXPECT_EQ((*json)["b"][2], 2);
  EXPECT_EQ((*json)["c"], "1e999");
  EXPECT_EQ((*json)["d"], "x\xEF\xBF\xBDy");
  EXPECT_EQ((*json)["e"], "\xF0\x9F\x99\x82");
  EXPECT_EQ((*json)["f"], "\\ud800");
  for (const char* broken : {"{\"a\":1e}", "{\"a\":\"\\u12\"}", "nan", "{\"a\":--1}", "1e999}", "\"\\"}) {
    EXPECT_FALSE(parse_json(broken, &error)) << broken;
  }
}

TEST(UntrustedJson, MissingAndOddFieldsAreAbsent) {
  JsonError error;
  const auto json = parse_json(R"({"a":{"b":[1,"x"]},"n":null})", &error);
  const Untrusted view(&*json, "");
  EXPECT_EQ(view["a"]["b"][1].text(), "x");
  EXPECT_EQ(view["a"]["b"][0].text("none"), "none");
  EXPECT_EQ(view["a"]["b"][7]["c"].text("none"), "none");
  EXPECT_FALSE(view["n"].present());
  EXPECT_EQ(view["a"]["z"].path(), "a.z");
}

TEST(Form, DecodesLikeBrowsersEncode) {
  const auto fields = parse_form("a=1+2&b=%D8%B3&c&d=%zz&a=second&=x");
  EXPECT_EQ(fields.at("a"), "1 2");
  EXPECT_EQ(fields.at("b"), "س");
  EXPECT_EQ(fields.at("c"), "");
  EXPECT_EQ(fields.at("d"), "%zz");
}

TEST(Jwt, IsReadBackUntilItExpires) {
  const std::string token = make_jwt({{"sub", "ana"}, {"exp", 2000}}, "key");
  EXPECT_EQ(read_jwt(token, "key", 1'999'000).claims["sub"], "ana");
  EXPECT_EQ(read_jwt(token, "key", 2'000'000).because, "expired");
  EXPECT_EQ(read_jwt(token, "other", 0).because, "bad_signature");
  EXPECT_EQ(read_jwt(token, "", 0).because, "bad_signature");
  EXPECT_EQ(read_jwt(make_jwt({{"sub", "ana"}}, "key"), "key", 0).because, "no_expiry");
  // {"alg":"none"} with the same claims: the algorithm is ours, not the token's.
  const std::string none = "eyJhbGciOiJub25lIn0" + token.substr(token.find('.'));
  EXPECT_EQ(read_jwt(none, "key", 0).because, "wrong_algorithm");
  EXPECT_EQ(read_jwt("x.y", "key", 0).because, "malformed");
}

TEST(Window, HoldsFiveMinutesBothWays) {
  EXPECT_TRUE(within_window(1000, 1'300'000));
  EXPECT_FALSE(within_window(1000, 1'301'000));
  EXPECT_TRUE(within_window(1300, 1'000'000));
  EXPECT_FALSE(within_window(1301, 1'000'000));
}

TEST(PlainText, SaysEverything) {
  Reply reply;
  Block heading;
  heading.type = BlockType::heading;
  heading.text = "How to cancel";
  Block step;
  step.type = BlockType::step;
  step.number = 1;
  step.title = "Open the **menu**";
  step.text = "Click `Credits`.";
  step.state = StepState::done;
  Block trap;
  trap.type = BlockType::callout;
  trap.label = "Please note";
  trap.text = "Closing does not cancel.";
  reply.blocks = {heading, step, trap};
  reply.actions = {{"a", "Next", ActionStyle::normal, ""}, {"l", "Link", ActionStyle::link, "https://x.example"}};
  EXPECT_EQ(plain_text(reply, "Answer with a number:"),
            "How to cancel\n\n\u2713 1. Open the menu\nClick Credits.\n\nPlease note: Closing does not cancel.\n\n"
            "Link: https://x.example\n\nAnswer with a number:\n1. Next");
}

TEST(ReplyJson, IsReadBackAsItWas) {
  Reply reply;
  reply.id = "r1";
  reply.locale = "fa";
  reply.direction = "rtl";
  Block step;
  step.type = BlockType::step;
  step.number = 2;
  step.total = 7;
  step.step_id = "open_credits";
  step.image = Image{"/media/a.svg", "/media/a.png", "alt"};
  reply.blocks = {step};
  reply.actions = {{"x", "X", ActionStyle::primary, ""}};
  EXPECT_EQ(to_json(reply_from_json(to_json(reply))), to_json(reply));
}

TEST(Channels, AreFoundByFolder) {
  ASSERT_NE(find_channel("slack"), nullptr);
  ASSERT_NE(find_channel("discord"), nullptr);
  ASSERT_NE(find_channel("web_chat"), nullptr);
  EXPECT_EQ(find_channel_for_path("/slack/commands")->name(), "slack");
  EXPECT_EQ(find_channel_for_path("/nowhere"), nullptr);
}

// The library's own writing is the measure.
TEST(JsonText, WritesWhatTheLibraryWrites) {
  const std::vector<nlohmann::json> values = {
      nlohmann::json(), true, false, 0, -1, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::uint64_t>::max(), 0.1, 1e300,
      std::numeric_limits<double>::infinity(), "", "plain", "\"\\/\b\f\n\r\t\x01\x1f\x7f", std::string("a\0b", 3), "كردن \u200c🙂\u2028",
      "torn \xE2\x82 and \xFF", "\xED\xA0\x80", nlohmann::json::array(), nlohmann::json::object(), nlohmann::json::parse(R"([[],[{}],[1,[2]]])"),
      nlohmann::json{{"b", 1}, {"a\"", {1, "x", nullptr}}, {"", {{"z", false}}}, {"\xFF", "\xFF"}}};
  for (const nlohmann::json& value : values) {
    EXPECT_EQ(json_text(value), value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  for (int c = 0; c < 256; ++c) {
    const nlohmann::json value = std::string(1, static_cast<char>(c));
    EXPECT_EQ(json_text(value), value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)) << c;
  }
}

}  // namespace
}  // namespace handrail::adapters
