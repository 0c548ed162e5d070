// Slack, from signed bytes to messages and from replies to calls. Payloads: payloads/, see payloads/SOURCE.md.
#include <set>

#include "adapters/form.h"
#include "adapters/signature.h"
#include "adapters/test_support.h"

namespace handrail::adapters {
namespace {

using nlohmann::json;
using namespace testing;

constexpr std::int64_t kNow = 1'795'430'010'000;

const Channel& slack() { return *find_channel("slack"); }

OwnIds own_ids() {
  OwnIds own;
  own.bot_user = "U0BOT";
  own.bot_id = "B0BOT";
  return own;
}

Parsed parse_event(const std::string& body) {
  return slack().parse({"/slack/events", {}, body}, kNow, own_ids());
}
Parsed parse_event_fixture(const std::string& name) { return parse_event(fixture("slack", name)); }
Parsed parse_interaction(const std::string& payload) {
  return slack().parse({"/slack/interactions", {}, "payload=" + form_encoded(payload)}, kNow, own_ids());
}
Parsed parse_command(const std::string& body) {
  return slack().parse({"/slack/commands", {}, body}, kNow, own_ids());
}

struct Vector {
  HttpRequest request;
  Secrets secrets;
  std::int64_t signed_at = 0;
};

Vector signature_vector() {
  const json data = fixture_json("slack", "vectors")["slack"][0];
  Vector vector;
  vector.request = {"/slack/commands",
                    {{"x-slack-request-timestamp", data["timestamp"]}, {"x-slack-signature", data["signature"]}},
                    data["body"]};
  vector.secrets.signing_secret = data["secret"];
  vector.signed_at = std::stoll(data["timestamp"].get<std::string>()) * 1000;
  return vector;
}

TEST(SlackSignature, HoldsForFiveMinutesBothWays) {
  const Vector v = signature_vector();
  for (const std::int64_t seconds : {-300, 0, 300}) {
    EXPECT_EQ(slack().verify(v.request, v.signed_at + seconds * 1000, v.secrets).verdict, Verdict::accepted) << seconds;
  }
  for (const std::int64_t seconds : {-301, 301}) {
    EXPECT_EQ(slack().verify(v.request, v.signed_at + seconds * 1000, v.secrets).verdict, Verdict::refused) << seconds;
  }
}

TEST(SlackSignature, RefusesWhateverIsMissingOrChanged) {
  const Vector v = signature_vector();
  EXPECT_EQ(slack().verify(v.request, v.signed_at, {}).verdict, Verdict::not_configured);
  HttpRequest changed = v.request;
  changed.body += " ";
  EXPECT_EQ(slack().verify(changed, v.signed_at, v.secrets).verdict, Verdict::refused);
  for (std::size_t header = 0; header < 2; ++header) {
    for (const std::string value : {"", "x", "v1=00", "-1531420618"}) {
      changed = v.request;
      changed.headers[header].second = value;
      EXPECT_EQ(slack().verify(changed, v.signed_at, v.secrets).verdict, Verdict::refused) << header << value;
    }
    changed = v.request;
    changed.headers.erase(changed.headers.begin() + static_cast<std::ptrdiff_t>(header));
    EXPECT_EQ(slack().verify(changed, v.signed_at, v.secrets).verdict, Verdict::refused);
  }
}

TEST(SlackEvents, DirectMessageIsDecodedAndAnsweredInTheStream) {
  const InboundMessage message = only_message(parse_event_fixture("message__direct"));
  EXPECT_EQ(message.event_key, "slack:Ev01");
  EXPECT_EQ(message.post_key, "slack:T100:D100:1795430000.000100");
  EXPECT_EQ(message.text, "My printer is <offline>");
  EXPECT_EQ(message.from.place, Place::direct);
  EXPECT_EQ(message.from.thread, "");
  EXPECT_EQ(message.from.workspace, "T100");
  EXPECT_EQ(message.from.user, "U200");
  EXPECT_EQ(message.sent_at, 1'795'430'000'000);
  EXPECT_FALSE(message.mentioned);
}

TEST(SlackEvents, ReplyInAThreadIsAnsweredUnderItsParent) {
  const InboundMessage message = only_message(parse_event_fixture("message__channel_thread"));
  EXPECT_EQ(message.from.place, Place::thread);
  EXPECT_EQ(message.from.thread, "1795429000.000100");
}

TEST(SlackEvents, BothCopiesOfAMentionShareThePostAndAreMentions) {
  const InboundMessage copy = only_message(parse_event_fixture("message__mention_copy"));
  const InboundMessage mention = only_message(parse_event_fixture("app_mention__channel"));
  EXPECT_NE(copy.event_key, mention.event_key);
  EXPECT_EQ(copy.post_key, mention.post_key);
  EXPECT_TRUE(copy.mentioned);
  EXPECT_TRUE(mention.mentioned);
  EXPECT_EQ(mention.text, "cancel my plan");
  EXPECT_EQ(mention.from.thread, "1795430000.000100");
}

TEST(SlackEvents, AnIdThatOnlyBeginsLikeOursIsNoMention) {
  const auto mentioned = [](const std::string& text) {
    json body = fixture_json("slack", "message__channel_thread");
    body["event"]["text"] = text;
    return only_message(parse_event(body.dump())).mentioned;
  };
  EXPECT_FALSE(mentioned("<@U0BOT2> hi"));
  EXPECT_TRUE(mentioned("<@U0BOT> hi"));
  EXPECT_TRUE(mentioned("<@U0BOT|handrail> hi"));
}

TEST(SlackEvents, WhatNobodySaidToUsIsIgnored) {
  EXPECT_EQ(ignored(parse_event_fixture("message__own")), "own_message");
  EXPECT_EQ(ignored(parse_event_fixture("message__other_bot")), "bot_message");
  EXPECT_EQ(ignored(parse_event_fixture("message__hidden")), "hidden");
  EXPECT_EQ(ignored(parse_event_fixture("message__channel_join")), "subtype");
  EXPECT_EQ(ignored(parse_event_fixture("message_changed__unfurl")), "not_a_real_edit");
  EXPECT_EQ(ignored(parse_event_fixture("app_rate_limited__minute")), "app_rate_limited");
}

TEST(SlackEvents, SubtypesAreReadKnownOrNamed) {
  EXPECT_EQ(only_message(parse_event_fixture("message__file_share")).text, "see the picture");
  const Parsed parsed = parse_event_fixture("message__new_subtype");
  ASSERT_TRUE(std::holds_alternative<Unknown>(parsed));
  EXPECT_EQ(std::get<Unknown>(parsed).what, "message.hologram");
}

TEST(SlackEvents, EditsAndDeletionsNameThePostTheyAreAbout) {
  const InboundMessage edit = only_message(parse_event_fixture("message_changed__edit"));
  EXPECT_EQ(edit.kind, InputKind::edit);
  EXPECT_EQ(edit.text, "cancel");
  EXPECT_EQ(edit.edited_key, "slack:T100:C100:1795430000.000100");
  EXPECT_EQ(edit.from.user, "U200");
  const InboundMessage deletion = only_message(parse_event_fixture("message_deleted__person"));
  EXPECT_EQ(deletion.kind, InputKind::deletion);
  EXPECT_EQ(deletion.edited_key, edit.edited_key);
}

TEST(SlackEvents, ChallengeIsEchoedAndLifecycleIsPassedOn) {
  const Parsed challenge = parse_event_fixture("url_verification__challenge");
  ASSERT_TRUE(std::holds_alternative<ProtocolAnswer>(challenge));
  EXPECT_EQ(json::parse(std::get<ProtocolAnswer>(challenge).answer.body)["challenge"], "3eZbrw1aBm2r");
  EXPECT_EQ(only_message(parse_event_fixture("app_uninstalled__team")).action, "uninstalled");
  EXPECT_EQ(only_message(parse_event_fixture("tokens_revoked__bot")).action, "tokens_revoked");
}

TEST(SlackEvents, BrokenBodiesAreMalformedAndNewTypesUnknown) {
  EXPECT_TRUE(std::holds_alternative<Malformed>(parse_event("{")));
  EXPECT_TRUE(std::holds_alternative<Unknown>(parse_event("[]")));
  EXPECT_TRUE(std::holds_alternative<Unknown>(parse_event(R"({"type":"surprise"})")));
  EXPECT_TRUE(std::holds_alternative<Unknown>(
      parse_event(R"({"type":"event_callback","event_id":"E","event":{"type":"reaction_added"}})")));
}

TEST(SlackCommand, HelpIsAnsweredToThePersonAlone) {
  const InboundMessage message = only_message(
      parse_command("team_id=T100&channel_id=C100&user_id=U200&user_name=ana&command=%2Fhelp&text=a+%26lt%3B+b"
                    "&trigger_id=1.2&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F1"));
  EXPECT_EQ(message.kind, InputKind::command);
  EXPECT_EQ(message.text, "a < b");
  EXPECT_EQ(message.event_key, "slack:command:T100:U200:1.2");
  EXPECT_TRUE(message.interactive);
  EXPECT_TRUE(message.ephemeral);
  EXPECT_EQ(message.from.callback, "https://hooks.slack.com/commands/1");
  EXPECT_EQ(message.from.callback_expires_at, kNow + 30 * 60 * 1000);
}

TEST(SlackCommand, ADmBetweenOtherPeopleIsNotTakenForOurs) {
  const InboundMessage message = only_message(parse_command("team_id=T100&channel_id=D999&user_id=U200&command=%2Fhelp&trigger_id=1"));
  EXPECT_EQ(message.from.place, Place::direct);
  EXPECT_EQ(message.from.place_id, "") << "an agent's answer posted there would be refused";
}

TEST(SlackCommand, ProbesUnknownCommandsAndBadTextAreNoMessages) {
  const Parsed probe = parse_command("ssl_check=1&token=x");
  ASSERT_TRUE(std::holds_alternative<ProtocolAnswer>(probe));
  EXPECT_EQ(std::get<ProtocolAnswer>(probe).answer.status, 200);
  EXPECT_EQ(std::get<ProtocolAnswer>(probe).answer.body, "");
  const Parsed unknown = parse_command("command=%2Fdance&user_id=U200");
  ASSERT_TRUE(std::holds_alternative<ProtocolAnswer>(unknown));
  EXPECT_EQ(json::parse(std::get<ProtocolAnswer>(unknown).answer.body)["response_type"], "ephemeral");
  EXPECT_EQ(ignored(parse_command("command=%2Fhelp")), "incomplete_command");
  EXPECT_TRUE(std::holds_alternative<Malformed>(parse_command("command=%2Fhelp&user_id=U&text=%FF")));
}

TEST(SlackInteraction, ButtonBringsItsActionBack) {
  const InboundMessage message = only_message(parse_interaction(fixture("slack", "block_actions__button")));
  EXPECT_EQ(message.kind, InputKind::action);
  EXPECT_EQ(message.action, "guide:next");
  EXPECT_EQ(message.from.place, Place::direct);
  EXPECT_EQ(message.from.callback, "") << "an ordinary message is answered by posting, not by its hook";
  const InboundMessage hidden = only_message(parse_interaction(fixture("slack", "block_actions__ephemeral_button")));
  EXPECT_TRUE(hidden.ephemeral);
  EXPECT_EQ(hidden.from.thread, "") << "an ephemeral message is no thread's parent";
  EXPECT_EQ(hidden.from.callback, "https://hooks.slack.com/actions/T100/1/x");
}

TEST(SlackInteraction, FormsAndShortcutsBecomeMessages) {
  const InboundMessage form = only_message(parse_interaction(fixture("slack", "view_submission__ticket")));
  EXPECT_EQ(form.kind, InputKind::form);
  EXPECT_EQ(form.action, "ticket:new");
  EXPECT_EQ(form.fields["subject"], "VPN fails");
  const InboundMessage shortcut = only_message(parse_interaction(fixture("slack", "message_action__help")));
  EXPECT_EQ(shortcut.kind, InputKind::command);
  EXPECT_EQ(shortcut.text, "how do I https://x.example?");
  EXPECT_TRUE(shortcut.ephemeral);
}

TEST(SlackInteraction, OtherKindsAreNamedOrAnswered) {
  EXPECT_EQ(ignored(parse_interaction(R"({"type":"view_closed"})")), "view_closed");
  EXPECT_TRUE(std::holds_alternative<ProtocolAnswer>(parse_interaction(R"({"type":"block_suggestion"})")));
  EXPECT_TRUE(std::holds_alternative<Unknown>(parse_interaction(R"({"type":"surprise"})")));
  EXPECT_TRUE(std::holds_alternative<Malformed>(parse_interaction("{")));
  EXPECT_TRUE(std::holds_alternative<Malformed>(slack().parse({"/slack/interactions", {}, "x=1"}, kNow, own_ids())));
}

// Slack's own inventories hold every field there is; none of them may make reading fail.
TEST(SlackTolerance, EveryFieldSlackKnowsIsTolerated) {
  for (const char* name : {"MessagePayload", "AppMentionPayload"}) {
    json payload = fixture_json("slack", std::string("inventory/") + name);
    payload["type"] = "event_callback";
    payload["event_id"] = "Ev1";
    json& event = payload["event"];
    EXPECT_FALSE(std::holds_alternative<Malformed>(parse_event(payload.dump()))) << name;
    event.erase("bot_id");
    event.erase("bot_profile");
    event["user"] = "U200";
    event["channel"] = "C100";
    event["ts"] = "1795430000.000100";
    event["text"] = "hello";
    event.erase("hidden");
    EXPECT_EQ(only_message(parse_event(payload.dump())).text, "hello") << name;
  }
  json actions = fixture_json("slack", "inventory/BlockActionPayload");
  EXPECT_EQ(ignored(parse_interaction(actions.dump())), "incomplete_interaction");
  json view = fixture_json("slack", "inventory/ViewSubmissionPayload");
  view["view"]["callback_id"] = "ticket_new";
  view["user"]["id"] = "U200";
  EXPECT_EQ(only_message(parse_interaction(view.dump())).fields["subject"], "");
  std::string form;
  const json command = fixture_json("slack", "inventory/SlashCommandPayload");
  for (const auto& [field, value] : command.items()) {
    form += field + "=" + (field == "command" ? "%2Fhelp" : field == "user_id" ? "U200" : "") + "&";
  }
  EXPECT_EQ(only_message(parse_command(form)).from.user, "U200");
}

// Every field of every payload, turned into another type: reading never throws.
TEST(SlackTolerance, OddTypesNeverThrow) {
  for (const char* name : {"message__direct", "message_changed__edit", "message_deleted__person"}) {
    const json whole = fixture_json("slack", name);
    const json flat = whole.flatten();
    for (const auto& [path, value] : flat.items()) {
      for (const json& odd : {json(7), json(nullptr), json::array(), json::object(), json("")}) {
        json changed = whole;
        changed[json::json_pointer(path)] = odd;
        EXPECT_NO_THROW(parse_event(changed.dump())) << name << path;
        EXPECT_NO_THROW(parse_interaction(changed.dump())) << name << path;
      }
    }
  }
}

Reply short_reply() {
  Reply reply;
  reply.id = "R1";
  reply.direction = "ltr";
  reply.text = "Press & hold";
  reply.actions = {{"next", "Next", ActionStyle::primary, ""},
                   {"", "Guide", ActionStyle::link, "https://a.example"},
                   {"", "Terms", ActionStyle::link, "https://b.example"}};
  return reply;
}

TEST(SlackRespond, SpeaksOnlyInTheAnswerToACommand) {
  InboundMessage command;
  command.kind = InputKind::command;
  command.interactive = true;
  Answers answers;
  answers.replies = {short_reply()};
  const HttpAnswer said = slack().respond(command, answers, {});
  EXPECT_TRUE(said.says_replies);
  EXPECT_EQ(json::parse(said.body)["response_type"], "ephemeral");
  answers.replies.push_back(short_reply());
  EXPECT_FALSE(slack().respond(command, answers, {}).says_replies) << "a response holds one message";
  answers.replies.pop_back();
  answers.deferred = true;
  EXPECT_FALSE(slack().respond(command, answers, {}).says_replies);
  const HttpAnswer event = slack().respond(InboundMessage{}, Answers{}, {});
  EXPECT_EQ(event.status, 200);
  EXPECT_EQ(event.body, "");
}

TEST(SlackRender, ActionIdsDifferWithinAMessageAndTheTextSaysEveryLink) {
  const json body = slack().render(short_reply(), {}, {}).at(0).body;
  std::set<std::string> ids;
  for (const json& element : body["blocks"].back()["elements"]) ids.insert(element["action_id"].get<std::string>());
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(body["text"], "Press &amp; hold\n\nNext\nGuide: https://a.example\nTerms: https://b.example");
}

TEST(SlackRender, KeepsEveryLimitWhateverTheWords) {
  std::mt19937 random(20261124);
  RenderOptions options;
  options.public_url = "https://bot.example";
  for (int round = 0; round < 40; ++round) {
    for (const Send& send : slack().render(random_reply(random), {}, options)) {
      const std::string text = send.body["text"];
      EXPECT_EQ(text.find('<'), std::string::npos) << "nothing may be a token";
      EXPECT_LE(send.body["blocks"].size(), 50U);
      for (const json& block : send.body["blocks"]) {
        const std::string type = block["type"];
        if (type == "section") {
          const std::string words = block["text"]["text"];
          EXPECT_LE(locales::count_code_points(words), 3000U);
          EXPECT_FALSE(words.empty());
          EXPECT_EQ(words.find('<'), std::string::npos);
        } else if (type == "header") {
          EXPECT_LE(locales::count_code_points(block["text"]["text"].get<std::string>()), 150U);
          EXPECT_EQ(block["text"]["type"], "plain_text");
        } else if (type == "image") {
          EXPECT_LE(locales::count_code_points(block["alt_text"].get<std::string>()), 2000U);
        } else if (type == "actions") {
          EXPECT_LE(block["elements"].size(), 25U);
          for (const json& button : block["elements"]) {
            EXPECT_LE(locales::count_code_points(button["text"]["text"].get<std::string>()), 75U);
          }
        }
      }
    }
  }
}

TEST(SlackRender, OneVeryLongParagraphIsDividedAndNotCut) {
  Reply reply;
  Block block;
  for (int i = 0; i < 6000; ++i) block.text += "word" + std::to_string(i) + "& ";
  reply.blocks = {block};
  std::string said;
  const auto sends = slack().render(reply, {}, {});
  EXPECT_GT(sends.size(), 1U);
  for (const Send& send : sends) {
    std::size_t size = 0;
    for (const json& part : send.body["blocks"]) {
      size += part.dump().size();
      said += part["text"]["text"].get<std::string>();
    }
    EXPECT_LE(size, 13'000U);
    EXPECT_LE(send.body["text"].get<std::string>().size(), 4000U);
  }
  for (int i = 0; i < 6000; i += 500) EXPECT_NE(said.find("word" + std::to_string(i) + "&amp; "), std::string::npos) << i;
}

TEST(SlackRender, PicturesNeedAnAddressSlackCanReach) {
  Reply reply;
  Block picture;
  picture.type = BlockType::image;
  picture.image = Image{"/media/a.svg", "/media/a.png", "The menu"};
  reply.blocks = {picture};
  RenderOptions options;
  options.public_url = "http://localhost";
  EXPECT_EQ(slack().render(reply, {}, options).at(0).body["blocks"][0]["text"]["text"], "The menu");
  options.public_url = "https://bot.example";
  EXPECT_EQ(slack().render(reply, {}, options).at(0).body["blocks"][0]["image_url"], "https://bot.example/media/a.png");
}

Send post(const std::string& kind, Place place = Place::channel) {
  Send send;
  send.kind = kind;
  send.to.workspace = "T100";
  send.to.place = place;
  send.to.place_id = place == Place::direct ? "" : "C100";
  send.to.user = "U200";
  send.to.thread = place == Place::direct ? "" : "1.1";
  send.body = {{"text", "hi"}};
  return send;
}

GiveUp gave_up(const Step& step) {
  const auto* result = std::get_if<GiveUp>(&step);
  if (result == nullptr) ADD_FAILURE() << "did not give up: outcome " << step.index();
  return result == nullptr ? GiveUp{} : *result;
}

TEST(SlackDelivery, OpensTheDirectMessageThenPostsToIt) {
  Send send = post("direct", Place::direct);
  const Step open = slack().next_step(send, std::nullopt);
  EXPECT_EQ(std::get<NextCall>(open).call.url, "conversations.open");
  const Step then = slack().next_step(send, answered(200, R"({"ok":true,"channel":{"id":"D100"}})"));
  ASSERT_TRUE(std::holds_alternative<NextCall>(then));
  EXPECT_EQ(std::get<NextCall>(then).call.url, "chat.postMessage");
  send.progress = std::get<NextCall>(then).progress;
  const Step done = slack().next_step(send, answered(200, R"({"ok":true,"channel":"D100","ts":"5.5"})"));
  EXPECT_EQ(std::get<Sent>(done).remote_id, "5.5");
  EXPECT_EQ(std::get<Sent>(done).place_id, "D100");
}

TEST(SlackDelivery, PostsUnderTheThreadWithoutPreviews) {
  const Step step = slack().next_step(post("post"), std::nullopt);
  const json body = json::parse(std::get<NextCall>(step).call.body);
  EXPECT_EQ(body["thread_ts"], "1.1");
  EXPECT_EQ(body["unfurl_links"], false);
  const Step ephemeral = slack().next_step(post("ephemeral"), std::nullopt);
  EXPECT_EQ(std::get<NextCall>(ephemeral).call.url, "chat.postEphemeral");
}

TEST(SlackDelivery, TriesAgainWhenItMayHelp) {
  const Send send = post("post");
  for (const HttpResult& result :
       {answered(0, ""), answered(503, ""), answered(200, "<html>"), answered(200, R"({"ok":false,"error":"internal_error"})"),
        answered(200, R"({"ok":false,"error":"ratelimited"})")}) {
    EXPECT_TRUE(std::holds_alternative<RetryAfter>(slack().next_step(send, result))) << result.status << result.body;
  }
  const std::pair<const char*, std::int64_t> waits[] = {
      {"7", 7000}, {"0", 1000}, {"soon", 1000}, {"99999999999999999999", 3'600'000}};
  for (const auto& [header, wait_ms] : waits) {
    const Step step = slack().next_step(send, HttpResult{429, {{"retry-after", header}}, ""});
    EXPECT_EQ(std::get<RetryAfter>(step).wait_ms, wait_ms) << header;
  }
}

// Contract section 5: no idempotency key, so the message is looked for before it is made again.
TEST(SlackDelivery, AfterALostAnswerTheMessageIsLookedForByItsKey) {
  for (const HttpResult& lost : {answered(0, ""), answered(503, ""), answered(200, "<html>"),
                                 answered(200, R"({"ok":false,"error":"fatal_error"})")}) {
    EXPECT_TRUE(std::get<RetryAfter>(slack().next_step(post("post"), lost)).may_exist) << lost.status << lost.body;
  }
  EXPECT_FALSE(std::get<RetryAfter>(slack().next_step(post("post"), HttpResult{429, {}, ""})).may_exist);

  Send send = post("post");
  send.nonce = "01ABC-0";
  const json first = json::parse(std::get<NextCall>(slack().next_step(send, std::nullopt)).call.body);
  EXPECT_EQ(first["metadata"]["event_payload"]["key"], "01ABC-0");

  send.progress[kMayExistSince] = 1'795'430'000'000;
  const auto look = std::get<NextCall>(slack().next_step(send, std::nullopt));
  EXPECT_EQ(look.call.url, "conversations.replies");
  const auto asked = parse_form(look.call.body);
  EXPECT_EQ(asked.at("channel"), "C100");
  EXPECT_EQ(asked.at("ts"), "1.1");
  EXPECT_EQ(asked.at("oldest"), "1795430000.000000");
  send.progress = look.progress;
  const json there = {{"ok", true},
                      {"messages", {{{"ts", "1.1"}}, {{"ts", "7.7"}, {"metadata", {{"event_payload", {{"key", "01ABC-0"}}}}}}}}};
  EXPECT_EQ(std::get<Sent>(slack().next_step(send, answered(200, there.dump()))).remote_id, "7.7");

  for (const char* not_there : {R"({"ok":true,"messages":[]})", R"({"ok":true})", R"({"ok":false,"error":"missing_scope"})"}) {
    const auto again = std::get<NextCall>(slack().next_step(send, answered(200, not_there)));
    EXPECT_EQ(again.call.url, "chat.postMessage") << not_there;
    EXPECT_FALSE(again.progress.contains(kMayExistSince)) << "its own answer is read as an answer to the post";
  }
}

TEST(SlackDelivery, AHistoryThatCannotBeReadDoesNotHoldTheMessageForEver) {
  Send send = post("post");
  send.progress[kMayExistSince] = 1'795'430'000'000;
  int looks = 0;
  for (;; ++looks) {
    ASSERT_LT(looks, 10);
    const auto next = std::get<NextCall>(slack().next_step(send, std::nullopt));
    if (next.call.url == "chat.postMessage") break;
    send.progress = next.progress;
    EXPECT_TRUE(std::holds_alternative<RetryAfter>(slack().next_step(send, answered(500, ""))));
  }
  EXPECT_EQ(looks, 5);
}

TEST(SlackDelivery, AMessageOfOursIsChangedAndRemoved) {
  Send send = post("update");
  send.target = "5.5";
  auto next = std::get<NextCall>(slack().next_step(send, std::nullopt));
  EXPECT_EQ(next.call.url, "chat.update");
  EXPECT_EQ(json::parse(next.call.body)["ts"], "5.5");
  EXPECT_EQ(json::parse(next.call.body)["text"], "hi");
  send.kind = "remove";
  next = std::get<NextCall>(slack().next_step(send, std::nullopt));
  EXPECT_EQ(next.call.url, "chat.delete");
  EXPECT_EQ(json::parse(next.call.body), (json{{"channel", "C100"}, {"ts", "5.5"}}));
  const Step gone = slack().next_step(send, answered(200, R"({"ok":false,"error":"message_not_found"})"));
  EXPECT_TRUE(std::holds_alternative<Sent>(gone)) << "somebody else removed it: that was wanted";
}

TEST(SlackDelivery, ATsSaysWhenItWasPosted) {
  EXPECT_EQ(slack().posted_at("1795430000.000100"), 1'795'430'000'000);
  EXPECT_EQ(slack().posted_at("1795430000.999900"), 1'795'430'000'999);
  for (const char* no_ts : {"", "1795430000", "x.000100", "1.1", "17954300001795430000.000100"}) EXPECT_EQ(slack().posted_at(no_ts), 0) << no_ts;
}

TEST(SlackDelivery, GivesUpForTheRightReason) {
  const auto refused = [](const Send& send, const std::string& error) {
    return gave_up(slack().next_step(send, answered(200, json{{"ok", false}, {"error", error}}.dump())));
  };
  for (const char* error : {"token_revoked", "invalid_auth", "account_inactive", "not_authed"}) {
    EXPECT_TRUE(refused(post("post"), error).disconnected) << error;
  }
  for (const char* error : {"not_in_channel", "is_archived", "channel_not_found", "restricted_action"}) {
    EXPECT_TRUE(refused(post("post"), error).place_closed) << error;
  }
  for (const char* error : {"user_disabled", "messages_tab_disabled", "cannot_dm_bot", "channel_not_found"}) {
    EXPECT_TRUE(refused(post("direct", Place::direct), error).dm_closed) << error;
  }
  const GiveUp ours = refused(post("post"), "invalid_blocks");
  EXPECT_EQ(ours.because, "invalid_blocks");
  EXPECT_FALSE(ours.disconnected || ours.place_closed || ours.dm_closed || ours.callback_dead);
}

TEST(SlackDelivery, HooksAnswerOrDie) {
  Send send = post("callback");
  EXPECT_TRUE(gave_up(slack().next_step(send, std::nullopt)).callback_dead) << "forgotten after it expired";
  send.to.callback = "https://hooks.slack.com/actions/T100/1/x";
  const Step call = slack().next_step(send, std::nullopt);
  EXPECT_EQ(std::get<NextCall>(call).call.auth, Auth::none);
  EXPECT_TRUE(std::holds_alternative<Sent>(slack().next_step(send, answered(200, "ok"))));
  EXPECT_TRUE(std::holds_alternative<Sent>(slack().next_step(send, answered(200, R"({"ok":true})"))));
  EXPECT_TRUE(gave_up(slack().next_step(send, answered(404, "no_such_hook"))).callback_dead);
  EXPECT_TRUE(gave_up(slack().next_step(send, answered(200, R"({"ok":false,"error":"expired_url"})"))).callback_dead);
}

TEST(SlackLadder, DeadHookBecomesAnEphemeralNoteThenADirectMessageThenEnds) {
  Send send = post("callback");
  send.to.callback = "https://hooks.slack.com/x";
  GiveUp dead;
  dead.callback_dead = true;
  const auto next = slack().next_rung(send, dead, "link");
  ASSERT_TRUE(next);
  EXPECT_EQ(next->kind, "ephemeral");
  EXPECT_EQ(next->to.callback, "");
  GiveUp closed;
  closed.place_closed = true;
  const auto direct = slack().next_rung(*next, closed, "link");
  ASSERT_TRUE(direct) << "a command may be given where the bot is no member";
  EXPECT_EQ(direct->kind, "direct");
  EXPECT_EQ(direct->to.place_id, "");
  GiveUp refused;
  refused.dm_closed = true;
  EXPECT_FALSE(slack().next_rung(*direct, refused, "link")) << "nothing is left that only they would see";
}

TEST(SlackLadder, ClosedDirectMessageBecomesALinkWhereThePersonAsked) {
  Send send = post("direct", Place::direct);
  send.progress = {{"origin_place", "C100"}, {"origin_thread", "1.1"}};
  GiveUp closed;
  closed.dm_closed = true;
  const auto next = slack().next_rung(send, closed, "Read <here>");
  ASSERT_TRUE(next);
  EXPECT_EQ(next->kind, "ephemeral");
  EXPECT_EQ(next->to.place_id, "C100");
  EXPECT_EQ(next->to.thread, "1.1");
  EXPECT_EQ(next->body["text"], "Read &lt;here&gt;");
  EXPECT_FALSE(slack().next_rung(*next, closed, "Read"));
  EXPECT_FALSE(slack().next_rung(send, closed, "")) << "without a link there is nothing to say";
}

TEST(SlackProfile, IsAskedForWithTheLocaleAsAForm) {
  const auto call = slack().profile_call("U042");
  ASSERT_TRUE(call);
  EXPECT_EQ(call->url, "users.info");
  EXPECT_EQ(call->content_type, "application/x-www-form-urlencoded");
  EXPECT_EQ(call->body, "user=U042&include_locale=true");
  EXPECT_FALSE(slack().profile_call(""));
  EXPECT_FALSE(slack().profile_call("U1&token=x")) << "only what looks like an id of Slack goes into a form";
}

TEST(SlackProfile, SaysNameAndLanguage) {
  const auto profile =
      slack().read_profile(answered(200, R"({"ok":true,"user":{"locale":"de-DE","real_name":"R","profile":{"display_name":"Uli"}}})"));
  ASSERT_TRUE(profile);
  EXPECT_EQ(profile->name, "Uli");
  EXPECT_EQ(profile->locale, "de-DE");
  EXPECT_FALSE(slack().read_profile(answered(200, R"({"ok":false,"error":"user_not_found"})")));
  EXPECT_FALSE(slack().read_profile(answered(429, "")));
}

}  // namespace
}  // namespace handrail::adapters
