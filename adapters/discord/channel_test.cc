// Discord, from signed bytes to messages and from replies to calls. Payloads: fixtures/, see fixtures/SOURCE.md.
#include "adapters/test_support.h"

namespace handrail::adapters {
namespace {

using nlohmann::json;
using namespace testing;

constexpr std::int64_t kNow = 1'795'430'010'000;

const Channel& discord() { return *find_channel("discord"); }

OwnIds own_ids() {
  OwnIds own;
  own.topics = {{"cancel", {{"en", "Cancel my plan"}, {"de", "Abo kündigen"}}}, {"refund", {{"en", "Get a refund"}}}};
  own.modal_words = {{"en", {{"title", "Contact support"}, {"label", "What happened?"}, {"placeholder", ""}}},
                     {"de", {{"title", "Support fragen"}, {"label", std::string(60, 'x')}, {"placeholder", ""}}}};
  return own;
}

Parsed parse(const std::string& body) { return discord().parse({"/discord/interactions", {}, body}, kNow, own_ids()); }
Parsed parse_fixture(const std::string& name) { return parse(fixture("discord", name)); }

json protocol_answer(const Parsed& parsed) {
  const auto* outcome = std::get_if<ProtocolAnswer>(&parsed);
  if (outcome == nullptr) {
    ADD_FAILURE() << "no protocol answer: outcome " << parsed.index();
    return json::object();
  }
  EXPECT_EQ(outcome->answer.content_type, "application/json");
  return json::parse(outcome->answer.body);
}

TEST(DiscordSignature, VectorsHoldForFiveMinutesBothWays) {
  const json vectors = fixture_json("discord", "vectors");
  for (const json& vector : vectors["discord"]) {
    const std::string timestamp = vector["timestamp"];
    const HttpRequest request{"/discord/interactions",
                              {{"x-signature-timestamp", timestamp}, {"x-signature-ed25519", vector["signature"]}},
                              vector["body"]};
    const Secrets secrets{vector["public_key"]};
    for (const std::int64_t seconds : {-301, -300, 0, 300, 301}) {
      const bool good = vector["valid"].get<bool>() && std::abs(seconds) <= 300;
      EXPECT_EQ(discord().verify(request, (std::stoll(timestamp) + seconds) * 1000, secrets).verdict,
                good ? Verdict::accepted : Verdict::refused)
          << timestamp << " " << seconds;
    }
    EXPECT_EQ(discord().verify(request, std::stoll(timestamp) * 1000, {}).verdict, Verdict::not_configured);
    HttpRequest broken = request;
    broken.headers[1].second = "zz";
    EXPECT_EQ(discord().verify(broken, std::stoll(timestamp) * 1000, secrets).verdict, Verdict::refused);
    broken.headers.clear();
    EXPECT_EQ(discord().verify(broken, std::stoll(timestamp) * 1000, secrets).verdict, Verdict::refused);
  }
}

TEST(DiscordInteraction, PingIsAnsweredWithPong) {
  EXPECT_EQ(protocol_answer(parse_fixture("ping__probe")), json({{"type", 1}}));
  const Parsed event = discord().parse({"/discord/events", {}, R"({"type":0})"}, kNow, own_ids());
  EXPECT_EQ(std::get<ProtocolAnswer>(event).answer.status, 204);
}

TEST(DiscordInteraction, AutocompleteFindsTopicsInThePersonsLanguage) {
  const json answer = protocol_answer(parse_fixture("autocomplete__partial"));
  EXPECT_EQ(answer["type"], 8);
  EXPECT_EQ(answer["data"]["choices"], json::parse(R"([{"name":"Abo kündigen","value":"cancel"}])"));
}

TEST(DiscordInteraction, HelpInADirectMessage) {
  const InboundMessage message = only_message(parse_fixture("command__help_direct"));
  EXPECT_EQ(message.event_key, "discord:1200000000000000001");
  EXPECT_EQ(message.kind, InputKind::command);
  EXPECT_EQ(message.text, "reset password");
  EXPECT_EQ(message.platform_locale, "de");
  EXPECT_EQ(message.user_name, "Ana");
  EXPECT_EQ(message.from.place, Place::direct);
  EXPECT_EQ(message.from.callback, "1100000000000000000/aW50");
  EXPECT_LT(message.from.callback_expires_at, kNow + 15 * 60 * 1000);
  EXPECT_FALSE(message.ephemeral);
}

TEST(DiscordInteraction, HelpInAServerIsForThePersonAlone) {
  const InboundMessage message = only_message(parse_fixture("command__help_server"));
  EXPECT_EQ(message.text, "cancel") << "options may be nested in a subcommand";
  EXPECT_EQ(message.from.user, "1400000000000000000");
  EXPECT_EQ(message.from.place, Place::channel);
  EXPECT_TRUE(message.ephemeral);
}

TEST(DiscordInteraction, MessageCommandsButtonsAndSelects) {
  EXPECT_EQ(only_message(parse_fixture("command__message")).text, "I was charged twice");
  EXPECT_EQ(only_message(parse_fixture("component__button")).action, "guide:next");
  EXPECT_EQ(only_message(parse_fixture("component__select")).action, "topic:refund");
  EXPECT_EQ(protocol_answer(parse_fixture("command__unknown"))["data"]["flags"], 64);
}

TEST(DiscordInteraction, TicketButtonOpensAModalInThePersonsLanguage) {
  const json answer = protocol_answer(parse_fixture("component__ticket_new"));
  EXPECT_EQ(answer["type"], 9);
  EXPECT_EQ(answer["data"]["title"], "Support fragen");
  EXPECT_EQ(answer["data"]["components"][0]["label"].get<std::string>().size(), 45U);
}

TEST(DiscordInteraction, BothFormsOfAModalAreRead) {
  for (const char* name : {"modal__label_form", "modal__row_form"}) {
    const InboundMessage form = only_message(parse_fixture(name));
    EXPECT_EQ(form.kind, InputKind::form) << name;
    EXPECT_EQ(form.action, "ticket:new") << name;
    EXPECT_EQ(form.fields["subject"], "VPN") << name;
  }
  EXPECT_EQ(protocol_answer(parse_fixture("modal__unknown"))["type"], 4);
}

TEST(DiscordTolerance, OddFieldsNeverThrow) {
  EXPECT_TRUE(std::holds_alternative<Malformed>(parse("{")));
  EXPECT_TRUE(std::holds_alternative<Unknown>(parse("[]")));
  EXPECT_TRUE(std::holds_alternative<Unknown>(parse(R"({"type":99})")));
  EXPECT_EQ(ignored(parse(R"({"type":2})")), "incomplete_interaction");
  for (const char* name : {"command__help_server", "command__message", "component__select", "modal__row_form"}) {
    const json whole = fixture_json("discord", name);
    const json flat = whole.flatten();
    for (const auto& [path, value] : flat.items()) {
      for (const json& odd : {json(7), json(nullptr), json::array(), json::object(), json("")}) {
        json changed = whole;
        changed[json::json_pointer(path)] = odd;
        EXPECT_NO_THROW(parse(changed.dump())) << name << path;
      }
    }
  }
}

Reply reply_of(const std::string& words) {
  Reply reply;
  Block block;
  block.text = words;
  reply.blocks = {block};
  return reply;
}

TEST(DiscordRespond, SaysOneMessageOrDefers) {
  InboundMessage message;
  message.kind = InputKind::action;
  message.ephemeral = true;
  Answers answers;
  EXPECT_EQ(json::parse(discord().respond(message, answers, {}).body)["type"], 6);
  answers.replies = {reply_of("Hello")};
  const HttpAnswer said = discord().respond(message, answers, {});
  EXPECT_TRUE(said.says_replies);
  EXPECT_EQ(json::parse(said.body)["data"]["content"], "Hello");
  EXPECT_EQ(json::parse(said.body)["data"]["flags"], 64);
  answers.replies = {reply_of(std::string(3000, 'x'))};
  EXPECT_FALSE(discord().respond(message, answers, {}).says_replies);
  answers.replies = {reply_of("Hello")};
  answers.deferred = true;
  EXPECT_EQ(json::parse(discord().respond(message, answers, {}).body)["type"], 5);
  answers.deferred = false;
  answers.replies[0].blocks[0].image = Image{"a.svg", "a.png", "alt"};
  EXPECT_EQ(json::parse(discord().respond(message, answers, {}).body)["type"], 5) << "pictures are attached by a call";
}

TEST(DiscordRender, KeepsEveryLimitAndSmugglesNothing) {
  std::mt19937 random(20261124);
  const auto length = [](const json& text) { return locales::count_code_points(text.get<std::string>()); };
  for (int round = 0; round < 40; ++round) {
    const Reply reply = random_reply(random);
    std::size_t buttons = 0;
    for (const Send& send : discord().render(reply, {}, {})) {
      const json& message = send.body["message"];
      const std::string whole = message.dump();
      EXPECT_EQ(message["allowed_mentions"], json::parse(R"({"parse":[]})"));
      EXPECT_LE(send.nonce.size(), 25U);
      if (message.contains("content")) {
        EXPECT_LE(length(message["content"]), 2000U);
        const std::string content = message["content"];
        for (const char* token : {"@everyone", "@here", "<@", "<#"}) EXPECT_EQ(content.find(token), std::string::npos) << token;
      }
      const json embeds = message.value("embeds", json::array());
      EXPECT_LE(embeds.size(), 10U);
      std::size_t sum = 0;
      for (const json& embed : embeds) {
        const std::string title = embed.value("title", ""), description = embed.value("description", "");
        EXPECT_LE(locales::count_code_points(title), 256U);
        EXPECT_LE(locales::count_code_points(description), 4096U);
        sum += locales::count_code_points(title) + locales::count_code_points(description);
        EXPECT_EQ((title + description).find("@everyone"), std::string::npos);
      }
      EXPECT_LE(sum, 6000U);
      const json rows = message.value("components", json::array());
      EXPECT_LE(rows.size(), 5U);
      for (const json& row : rows) {
        EXPECT_LE(row["components"].size(), 5U);
        buttons += row["components"].size();
        for (const json& button : row["components"]) EXPECT_LE(length(button["label"]), 80U);
      }
    }
    EXPECT_EQ(buttons, reply.actions.size()) << "no button is lost";
  }
}

TEST(DiscordRender, LongStepsGoOnAndHeadingsStayHeadingsRightToLeft) {
  Reply reply;
  reply.direction = "rtl";
  Block heading;
  heading.type = BlockType::heading;
  heading.text = "لغو";
  Block step;
  step.type = BlockType::step;
  step.number = 1;
  step.title = "First";
  for (int i = 0; i < 1500; ++i) step.text += "word" + std::to_string(i) + " ";
  reply.blocks = {heading, step};
  std::string said;
  const auto sends = discord().render(reply, {}, {});
  for (const Send& send : sends) said += send.body["message"].dump();
  EXPECT_NE(said.find("word1499 "), std::string::npos);
  EXPECT_EQ(sends[0].body["message"]["content"], "### \u200Fلغو");
}

Send send_of(const std::string& kind) {
  Send send;
  send.kind = kind;
  send.to.user = "1400";
  send.to.place_id = kind == "direct" ? "" : "1300";
  send.to.place = kind == "direct" ? Place::direct : Place::channel;
  if (kind == "callback" || kind == "followup") send.to.callback = "1100/tok";
  send.body = {{"message", {{"content", "hi"}}}};
  send.nonce = "n-0";
  return send;
}

GiveUp refused(const std::string& kind, int status, int code) {
  const Step step = discord().next_step(send_of(kind), answered(status, json{{"code", code}}.dump()));
  const auto* result = std::get_if<GiveUp>(&step);
  if (result == nullptr) ADD_FAILURE() << "did not give up: " << code;
  return result == nullptr ? GiveUp{} : *result;
}

TEST(DiscordDelivery, OpensTheDirectMessageThenPostsWithItsNonce) {
  Send send = send_of("direct");
  EXPECT_EQ(std::get<NextCall>(discord().next_step(send, std::nullopt)).call.url, "/users/@me/channels");
  const Step then = discord().next_step(send, answered(200, R"({"id":"1301"})"));
  EXPECT_EQ(std::get<NextCall>(then).call.url, "/channels/1301/messages");
  EXPECT_EQ(json::parse(std::get<NextCall>(then).call.body)["nonce"], "n-0");
  send.progress = std::get<NextCall>(then).progress;
  const Step done = discord().next_step(send, answered(200, R"({"id":"77"})"));
  EXPECT_EQ(std::get<Sent>(done).remote_id, "77");
  EXPECT_EQ(std::get<Sent>(done).place_id, "1301");
}

TEST(DiscordDelivery, PrivateThreadIsOpenedJoinedAndWrittenTo) {
  Send send = send_of("private_thread");
  EXPECT_EQ(std::get<NextCall>(discord().next_step(send, std::nullopt)).call.url, "/channels/1300/threads");
  Step step = discord().next_step(send, answered(201, R"({"id":"88"})"));
  EXPECT_EQ(std::get<NextCall>(step).call.method, "PUT");
  EXPECT_EQ(std::get<NextCall>(step).call.url, "/channels/88/thread-members/1400");
  send.progress = std::get<NextCall>(step).progress;
  step = discord().next_step(send, answered(204, ""));
  EXPECT_EQ(std::get<NextCall>(step).call.url, "/channels/88/messages");
  send.progress = std::get<NextCall>(step).progress;
  EXPECT_EQ(std::get<Sent>(discord().next_step(send, answered(200, R"({"id":"99"})"))).place_id, "88");
}

TEST(DiscordDelivery, AThreadUnderAMessageIsOpenedOnceAndWrittenTo) {
  Send send;
  send.kind = "thread_under";
  send.to.channel = "discord";
  send.to.place_id = "10";
  send.target = "77";
  send.body = {{"thread_name", "No. 4"}, {"message", {{"content", "hi"}}}};
  for (const auto& opened : {HttpResult{201, {}, R"({"id":"77"})"}, HttpResult{400, {}, R"({"code":160004})"}}) {
    const auto open = std::get<NextCall>(discord().next_step(send, std::nullopt));
    EXPECT_EQ(open.call.url, "/channels/10/messages/77/threads");
    EXPECT_EQ(json::parse(open.call.body)["name"], "No. 4");
    const auto write = std::get<NextCall>(discord().next_step(send, opened));
    EXPECT_EQ(write.call.url, "/channels/77/messages");
    Send further = send;
    further.progress = write.progress;
    const auto sent = std::get<Sent>(discord().next_step(further, HttpResult{200, {}, R"({"id":"99"})"}));
    EXPECT_EQ(sent.remote_id, "99");
    EXPECT_EQ(sent.place_id, "77");
  }
}

TEST(DiscordDelivery, AMessageOfOursIsChangedAndRemoved) {
  Send send;
  send.kind = "update";
  send.to.place_id = "10";
  send.target = "77";
  send.body = {{"message", {{"content", "new"}}}};
  auto next = std::get<NextCall>(discord().next_step(send, std::nullopt));
  EXPECT_EQ(next.call.method + " " + next.call.url, "PATCH /channels/10/messages/77");
  EXPECT_EQ(json::parse(next.call.body)["content"], "new");
  EXPECT_TRUE(std::holds_alternative<Sent>(discord().next_step(send, HttpResult{200, {}, R"({"id":"77"})"})));
  send.kind = "remove";
  next = std::get<NextCall>(discord().next_step(send, std::nullopt));
  EXPECT_EQ(next.call.method + " " + next.call.url + next.call.body, "DELETE /channels/10/messages/77");
  EXPECT_TRUE(std::holds_alternative<Sent>(discord().next_step(send, HttpResult{204, {}, ""})));
  EXPECT_TRUE(std::holds_alternative<Sent>(discord().next_step(send, HttpResult{404, {}, R"({"code":10008})"})));
}

TEST(DiscordDelivery, AnIdSaysWhenItWasPosted) {
  EXPECT_EQ(discord().posted_at("175928847299117063"), 1'462'015'105'796);
  for (const char* no_id : {"", "x", "-1", "99999999999999999999999"}) EXPECT_EQ(discord().posted_at(no_id), 0) << no_id;
}

TEST(DiscordDelivery, CallbacksEditOrFollowUpWithoutTheToken) {
  const Step edit = discord().next_step(send_of("callback"), std::nullopt);
  EXPECT_EQ(std::get<NextCall>(edit).call.method, "PATCH");
  EXPECT_EQ(std::get<NextCall>(edit).call.url, "/webhooks/1100/tok/messages/@original");
  EXPECT_EQ(std::get<NextCall>(edit).call.auth, Auth::none);
  const Step more = discord().next_step(send_of("followup"), std::nullopt);
  EXPECT_EQ(std::get<NextCall>(more).call.url, "/webhooks/1100/tok");
}

TEST(DiscordDelivery, WaitsWhenItMayHelp) {
  const Send send = send_of("post");
  for (const HttpResult& result : {answered(0, ""), answered(502, "<html>"), answered(400, R"({"code":130000})")}) {
    EXPECT_TRUE(std::holds_alternative<RetryAfter>(discord().next_step(send, result))) << result.status;
  }
  const auto wait = [&](const HttpResult& result) { return std::get<RetryAfter>(discord().next_step(send, result)); };
  EXPECT_EQ(wait(answered(429, R"({"retry_after":1.234,"global":true})")).wait_ms, 1234);
  EXPECT_TRUE(wait(answered(429, R"({"retry_after":1,"global":true})")).whole_platform);
  EXPECT_FALSE(wait(answered(429, R"({"retry_after":"x","global":"odd"})")).whole_platform);
  EXPECT_EQ(wait({429, {{"retry-after", "3"}}, "<html>"}).wait_ms, 3000);
  EXPECT_EQ(wait({429, {{"retry-after", "nan"}}, ""}).wait_ms, 1000);
  EXPECT_EQ(wait(answered(429, "")).wait_ms, 1000);
  EXPECT_EQ(wait(answered(400, R"({"code":40003})")).wait_ms, 60'000);
}

TEST(DiscordDelivery, GivesUpForTheRightReason) {
  for (const int code : {50007, 50278}) EXPECT_TRUE(refused("direct", 403, code).dm_closed) << code;
  EXPECT_TRUE(refused("direct", 400, 50007).dm_closed) << "the code decides, not the status";
  for (const int code : {50001, 50013, 10003, 160005, 160006}) EXPECT_TRUE(refused("post", 403, code).place_closed) << code;
  for (const int code : {10062, 10015, 50027}) EXPECT_TRUE(refused("callback", 404, code).callback_dead) << code;
  EXPECT_TRUE(refused("post", 401, 0).disconnected);
  EXPECT_FALSE(refused("callback", 401, 0).disconnected) << "only the interaction's token is refused";
  const GiveUp ours = refused("post", 400, 50035);
  EXPECT_EQ(ours.because, "50035");
  EXPECT_FALSE(ours.dm_closed || ours.place_closed || ours.callback_dead || ours.disconnected);
}

TEST(DiscordLadder, GoesFromCallbackToDirectToPrivateThreadAndEnds) {
  GiveUp dead;
  dead.callback_dead = true;
  GiveUp closed;
  closed.dm_closed = true;
  const auto direct = discord().next_rung(send_of("callback"), dead, "link");
  ASSERT_TRUE(direct);
  EXPECT_EQ(direct->kind, "direct");
  EXPECT_EQ(direct->to.place_id, "");
  const auto thread = discord().next_rung(*direct, closed, "link");
  ASSERT_TRUE(thread);
  EXPECT_EQ(thread->kind, "private_thread");
  EXPECT_EQ(thread->to.place_id, "1300");
  GiveUp place;
  place.place_closed = true;
  EXPECT_FALSE(discord().next_rung(*thread, place, "link")) << "no callback is left to say the link with";
}

TEST(DiscordLadder, LastRungIsAPrivateNoteWithTheLink) {
  Send send = send_of("direct");
  send.to.callback = "1100/tok";
  GiveUp closed;
  closed.dm_closed = true;
  const auto note = discord().next_rung(send, closed, "Read on: https://bot.example/c/1");
  ASSERT_TRUE(note);
  EXPECT_EQ(note->kind, "followup");
  const Step call = discord().next_step(*note, std::nullopt);
  const json body = json::parse(std::get<NextCall>(call).call.body);
  EXPECT_EQ(body["flags"], 64);
  EXPECT_EQ(body["content"], "Read on: https://bot.example/c/1");
  EXPECT_FALSE(discord().next_rung(send, closed, ""));
}

}  // namespace
}  // namespace handrail::adapters
