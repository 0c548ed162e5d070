// The wire contract of Discord, what comes in: each test is named after the rule that it holds (sections 1, 2, 5 and 6). Rules
// that channel_test.cc and gateway_events_test.cc hold already are not repeated here; what goes out is in contract_out_test.cc.
#include "adapters/discord/gateway_events.h"
#include "adapters/discord/interactions.h"
#include "adapters/test_support.h"

namespace handrail::adapters {
namespace {

using nlohmann::json;
using namespace testing;

constexpr std::int64_t kNow = 1'795'430'010'000;

const Channel& discord() { return *find_channel("discord"); }

OwnIds own_ids() {
  OwnIds own;
  own.bot_user = "900";
  own.application_id = "1100000000000000000";
  own.topics = {{"cancel", {{"en", "Cancel my plan"}, {"de", "Abo kündigen"}}}, {"refund", {{"en", "Get a refund"}}}};
  return own;
}

Parsed parse(const json& body, const OwnIds& own = own_ids()) {
  return discord().parse({"/discord/interactions", {}, body.dump()}, kNow, own);
}

json help() { return fixture_json("discord", "command__help_direct"); }
json help_in_server() { return fixture_json("discord", "command__help_server"); }

json protocol_answer(const Parsed& parsed) {
  const auto* outcome = std::get_if<ProtocolAnswer>(&parsed);
  if (outcome == nullptr) {
    ADD_FAILURE() << "no protocol answer: outcome " << parsed.index();
    return json::object();
  }
  EXPECT_EQ(outcome->answer.status, 200);
  EXPECT_EQ(outcome->answer.content_type, "application/json");
  return json::parse(outcome->answer.body);
}

void expect_polite(const Parsed& parsed, const std::string& what) {
  const json answer = protocol_answer(parsed);
  EXPECT_EQ(answer["type"], 4) << what;
  EXPECT_EQ(answer["data"]["flags"], 64) << what;
  EXPECT_EQ(answer["data"]["allowed_mentions"], json::parse(R"({"parse":[]})")) << what;
}

// --- Section 1: signature ------------------------------------------------------------------------------------------------

struct Signed {
  HttpRequest request;
  std::int64_t at = 0;
  std::string key;
};

Signed vector_of(std::size_t index) {
  const json v = fixture_json("discord", "vectors")["discord"][index];
  const std::string timestamp = v["timestamp"];
  return {{"/discord/interactions", {{"x-signature-timestamp", timestamp}, {"x-signature-ed25519", v["signature"]}}, v["body"]},
          std::stoll(timestamp) * 1000,
          v["public_key"]};
}

TEST(DiscordContractSignature, AMissingShortOrOddHeaderIsABadSignature) {
  const Signed good = vector_of(0);
  const std::string hex = good.request.headers[1].second;
  ASSERT_EQ(discord().verify(good.request, good.at, {good.key}).verdict, Verdict::accepted);
  for (const std::string& wrong : {std::string(), hex.substr(2), hex.substr(1), hex + "00", "x" + hex.substr(1), " " + hex}) {
    Signed changed = good;
    changed.request.headers[1].second = wrong;
    EXPECT_EQ(discord().verify(changed.request, good.at, {good.key}).verdict, Verdict::refused) << wrong;
  }
  for (const char* wrong : {"", "x", "1700000000 ", "-1700000000", "1700000000.0", "1700000001"}) {
    Signed changed = good;
    changed.request.headers[0].second = wrong;
    EXPECT_EQ(discord().verify(changed.request, good.at, {good.key}).verdict, Verdict::refused) << wrong;
  }
}

TEST(DiscordContractSignature, TheRawBodyIsSignedNotItsMeaning) {
  Signed changed = vector_of(1);
  ASSERT_EQ(discord().verify(changed.request, changed.at, {changed.key}).verdict, Verdict::accepted);
  changed.request.body = json::parse(changed.request.body).dump(-1, ' ', true);
  EXPECT_EQ(discord().verify(changed.request, changed.at, {changed.key}).verdict, Verdict::refused);
}

TEST(DiscordContractSignature, AnotherOrABrokenPublicKeyRefuses) {
  const Signed good = vector_of(0);
  std::string other = good.key;
  other[0] = other[0] == 'd' ? 'e' : 'd';
  for (const std::string& key : {other, good.key.substr(2), std::string("zz"), good.key + "00", std::string(64, '0')}) {
    EXPECT_EQ(discord().verify(good.request, good.at, {key}).verdict, Verdict::refused) << key;
  }
}

// --- Section 1: types and fields -----------------------------------------------------------------------------------------

TEST(DiscordContractTypes, APingNeedsNothingButItsType) {
  EXPECT_EQ(protocol_answer(parse({{"type", 1}})), json({{"type", 1}}));
}

TEST(DiscordContractTypes, AnythingButOneToFiveIsUnknown) {
  for (const json& type : {json(0), json(6), json(-1), json("2"), json(2.5), json()}) {
    json body = help();
    body["type"] = type;
    EXPECT_TRUE(std::holds_alternative<Unknown>(parse(body))) << type;
  }
}

TEST(DiscordContractTypes, IdsAreTextNeverNumbers) {
  for (const char* member : {"id", "token"}) {
    json body = help();
    body[member] = 1200000000000000001;
    EXPECT_EQ(ignored(parse(body)), "incomplete_interaction") << member;
  }
  json body = help();
  body["id"] = "18446744073709551615";
  EXPECT_EQ(only_message(parse(body)).event_key, "discord:18446744073709551615") << "64 bits arrive whole";
}

TEST(DiscordContractTypes, AnInteractionIsTakenOnceByItsId) {
  json again = help();
  again["token"] = "another";
  EXPECT_EQ(only_message(parse(again)).event_key, only_message(parse(help())).event_key);
}

TEST(DiscordContractFields, ThePersonIsTheMemberInServersAndTheUserElsewhere) {
  json server = help_in_server();
  server["user"] = {{"id", "666"}, {"username", "other"}};
  EXPECT_EQ(only_message(parse(server)).from.user, "1400000000000000000");
  json named = help();
  named["user"].erase("global_name");
  EXPECT_EQ(only_message(parse(named)).user_name, "ana");
}

TEST(DiscordContractFields, AnAnswerIsEphemeralWhereOthersWouldReadIt) {
  struct Case {
    int context;
    bool guild;
    Place place;
    bool ephemeral;
  };
  for (const Case& c : {Case{0, true, Place::channel, true}, Case{1, false, Place::direct, false}, Case{2, false, Place::group, true}}) {
    json body = c.guild ? help_in_server() : help();
    body["context"] = c.context;
    const InboundMessage message = only_message(parse(body));
    EXPECT_EQ(message.from.place, c.place) << c.context;
    EXPECT_EQ(message.ephemeral, c.ephemeral) << c.context;
    EXPECT_TRUE(message.interactive);
  }
}

TEST(DiscordContractFields, TheLocaleIsThePersonsOnEveryTypeAndNeverTheServers) {
  for (const char* name : {"command__help_server", "component__button", "modal__label_form", "command__message"}) {
    json body = fixture_json("discord", name);
    body["locale"] = "pt-BR";
    body["guild_locale"] = "ja";
    EXPECT_EQ(only_message(parse(body)).platform_locale, "pt-BR") << name;
    body.erase("locale");
    EXPECT_EQ(only_message(parse(body)).platform_locale, "") << name;
  }
}

TEST(DiscordContractFields, ApplicationAndChannelMayStandElsewhere) {
  json body = help();
  body.erase("application_id");
  body.erase("channel_id");
  body["channel"] = {{"id", "1399"}};
  EXPECT_EQ(only_message(parse(body)).from.callback, "1100000000000000000/aW50");
  EXPECT_EQ(only_message(parse(body)).from.place_id, "1399");
}

// --- Section 1: commands, components, modals -----------------------------------------------------------------------------

TEST(DiscordContractCommands, SubcommandsNestInGroupsToo) {
  json body = help();
  body["data"]["options"] = json::parse(
      R"([{"name":"about","type":2,"options":[{"name":"open","type":1,"options":[{"name":"topic","type":3,"value":"refund"}]}]}])");
  EXPECT_EQ(only_message(parse(body)).text, "refund");
  body["data"].erase("options");
  EXPECT_EQ(only_message(parse(body)).text, "") << "the topic may be left out";
}

TEST(DiscordContractCommands, AMessageCommandBringsItsTargetAlsoWhenThatIsEmpty) {
  json body = fixture_json("discord", "command__message");
  body["data"]["resolved"]["messages"]["999"] = {{"content", "not the target"}};
  EXPECT_EQ(only_message(parse(body)).text, "I was charged twice");
  body["data"].erase("resolved");
  EXPECT_EQ(only_message(parse(body)).text, "");
}

TEST(DiscordContractCommands, AUserCommandIsNotOursAndAnsweredPolitely) {
  json body = help_in_server();
  body["data"] = {{"type", 2}, {"name", "Get help for"}, {"target_id", "14"}, {"resolved", {{"users", {{"14", {{"id", "14"}}}}}}}};
  expect_polite(parse(body), "user command");
}

TEST(DiscordContractAutocomplete, AtMostTwentyFiveChoicesOfAtMostAHundredCharacters) {
  OwnIds own;
  for (int i = 0; i < 40; ++i) own.topics.push_back({"t" + std::to_string(i), {{"en", std::string(150, 'x')}}});
  json body = fixture_json("discord", "autocomplete__partial");
  body["data"]["options"][0]["value"] = "x";
  const json choices = protocol_answer(parse(body, own))["data"]["choices"];
  EXPECT_EQ(choices.size(), 25U);
  for (const json& choice : choices) EXPECT_EQ(locales::count_code_points(choice["name"].get<std::string>()), 100U);
}

TEST(DiscordContractAutocomplete, TheFocusedValueIsPartialAndMayStandInASubcommand) {
  json body = fixture_json("discord", "autocomplete__partial");
  body["locale"] = "en-US";
  body["data"]["options"] = json::parse(
      R"([{"name":"open","type":1,"options":[{"name":"kind","type":3,"value":"cancel"},{"name":"topic","type":3,"value":"REF","focused":true}]}])");
  const json choices = protocol_answer(parse(body))["data"]["choices"];
  EXPECT_EQ(choices, json::parse(R"([{"name":"Get a refund","value":"refund"}])"));
}

TEST(DiscordContractAutocomplete, NothingTypedOffersEverything) {
  json body = fixture_json("discord", "autocomplete__partial");
  body["data"]["options"][0]["value"] = "";
  EXPECT_EQ(protocol_answer(parse(body))["data"]["choices"].size(), 2U);
}

TEST(DiscordContractAutocomplete, AnErrorCannotBeShownSoAListIsAlwaysAnswered) {
  json nothing_fits = fixture_json("discord", "autocomplete__partial");
  nothing_fits["data"]["options"][0]["value"] = "zzz";
  EXPECT_EQ(protocol_answer(parse(nothing_fits)), json::parse(R"({"type":8,"data":{"choices":[]}})"));
  EXPECT_EQ(protocol_answer(parse(nothing_fits, OwnIds{}))["data"]["choices"], json::array());
  for (const json& odd : {json(), json(7), json::array(), json::object(), json{{"options", 7}}, json{{"options", {{{"focused", true}}}}}}) {
    json body = nothing_fits;
    body["data"] = odd;
    const json answer = protocol_answer(parse(body));
    EXPECT_EQ(answer["type"], 8) << odd;
    EXPECT_TRUE(answer["data"]["choices"].is_array()) << odd;
  }
}

TEST(DiscordContractAutocomplete, EachOfDiscordsLocalesFindsOurLanguage) {
  const std::pair<const char*, const char*> cases[] = {
      {"en-US", "en"}, {"en-GB", "en"}, {"es-ES", "es"}, {"es-419", "es"}, {"pt-BR", "pt"}, {"sv-SE", "sv"}, {"no", "nb"},
      {"zh-CN", "zh-Hans"}, {"zh-TW", "zh-Hant"}, {"ja", "ja"}, {"hi", "hi"}, {"vi", "en"}, {"", "en"}, {"not a tag", "en"},
  };
  OwnIds own;
  own.topics = {{"t", {}}};
  for (const char* tag : {"en", "es", "pt", "sv", "nb", "zh-Hans", "zh-Hant", "ja", "hi"}) own.topics[0].titles.emplace_back(tag, tag);
  for (const auto& [theirs, ours] : cases) {
    json body = fixture_json("discord", "autocomplete__partial");
    body["locale"] = theirs;
    body["data"]["options"][0]["value"] = "";
    EXPECT_EQ(protocol_answer(parse(body, own))["data"]["choices"][0]["name"], ours) << theirs;
  }
}

TEST(DiscordContractComponents, ASelectOfAnyKindBringsItsFirstValue) {
  for (const int type : {3, 5, 6, 7, 8}) {
    json body = fixture_json("discord", "component__select");
    body["data"]["component_type"] = type;
    body["data"]["values"] = {"topic:refund", "topic:cancel"};
    EXPECT_EQ(only_message(parse(body)).action, "topic:refund") << type;
  }
}

TEST(DiscordContractComponents, ACustomIdHoldsAHundredCharactersAndNoMoreIsBelieved) {
  json body = fixture_json("discord", "component__button");
  body["data"]["custom_id"] = std::string(100, 'x');
  EXPECT_EQ(only_message(parse(body)).action.size(), 100U);
  for (const std::string& wrong : {std::string(101, 'x'), std::string()}) {
    body["data"]["custom_id"] = wrong;
    expect_polite(parse(body), wrong);
  }
}

TEST(DiscordContractModals, AFormKeepsItsLimitsWhateverTheWords) {
  OwnIds own;
  own.modal_words = {{"en", {{"title", std::string(200, 't')}, {"label", std::string(200, 'l')}, {"placeholder", std::string(200, 'p')}}}};
  const json modal = discord::contact_modal(own, "en-US");
  EXPECT_EQ(modal["type"], 9);
  EXPECT_EQ(modal["data"]["title"], std::string(45, 't'));
  EXPECT_LE(modal["data"]["custom_id"].get<std::string>().size(), 100U);
  ASSERT_EQ(modal["data"]["components"].size(), 1U);
  const json& label = modal["data"]["components"][0];
  EXPECT_EQ(label["type"], 18);
  EXPECT_EQ(label["label"], std::string(45, 'l'));
  EXPECT_EQ(label["component"]["placeholder"], std::string(100, 'p'));
  EXPECT_LE(label["component"]["max_length"].get<int>(), 4000);
}

TEST(DiscordContractModals, AnUnansweredInputIsNullAndOtherInputsAreNotTheSubject) {
  json body = fixture_json("discord", "modal__label_form");
  body["data"]["components"] = json::parse(
      R"([{"type":18,"component":{"type":4,"custom_id":"name","value":"Ana"}},{"type":18,"component":{"type":4,"custom_id":"subject","value":null}}])");
  EXPECT_EQ(only_message(parse(body)).fields["subject"], "");
}

TEST(DiscordContractModals, ASubmittedFormIsNeverAnsweredWithAForm) {
  InboundMessage form;
  form.kind = InputKind::form;
  Answers answers;
  answers.replies = {one_paragraph("en", "Thank you")};
  EXPECT_EQ(json::parse(discord().respond(form, answers, {}).body)["type"], 4);
  answers.deferred = true;
  EXPECT_EQ(json::parse(discord().respond(form, answers, {}).body)["type"], 5);
}

TEST(DiscordContractAnswers, ADeferralSetsTheEphemeralFlagAndNothingElse) {
  InboundMessage message;
  message.kind = InputKind::command;
  Answers answers;
  answers.deferred = true;
  EXPECT_EQ(json::parse(discord().respond(message, answers, {}).body), json({{"type", 5}}));
  message.ephemeral = true;
  EXPECT_EQ(json::parse(discord().respond(message, answers, {}).body), json::parse(R"({"type":5,"data":{"flags":64}})"));
}

TEST(DiscordContractAnswers, AMessageMentionsNobodyAndIsJson) {
  InboundMessage message;
  message.kind = InputKind::command;
  Answers answers;
  answers.replies = {one_paragraph("en", "Hi @everyone")};
  const HttpAnswer answer = discord().respond(message, answers, {});
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(json::parse(answer.body)["data"]["allowed_mentions"], json::parse(R"({"parse":[]})"));
  EXPECT_EQ(json::parse(answer.body)["data"].value("flags", 0), 0) << "what only they read needs no flag";
}

// --- Section 5: gateway --------------------------------------------------------------------------------------------------

json posted() {
  return {{"id", "1600000000000000000"}, {"channel_id", "1300000000000000000"}, {"type", 0}, {"content", "hi"},
          {"author", {{"id", "14"}, {"username", "ana"}}}};
}

TEST(DiscordContractGateway, ADoubledEventHasTheSameKey) {
  const auto key = [](const json& d) { return only_message(discord::parse_gateway_event("MESSAGE_CREATE", d, own_ids())).event_key; };
  EXPECT_EQ(key(posted()), key(posted()));
  json other = posted();
  other["id"] = "1600000000000000001";
  EXPECT_NE(key(other), key(posted()));
}

TEST(DiscordContractGateway, OurOwnSendEchoesWithItsNonceAndIsIgnored) {
  json echo = posted();
  echo["author"] = {{"id", "900"}, {"bot", true}};
  echo["nonce"] = "01ABC-0";
  EXPECT_EQ(ignored(discord::parse_gateway_event("MESSAGE_CREATE", echo, own_ids())), "own_message");
}

TEST(DiscordContractGateway, OnlyUsualMessagesAndRepliesAreRead) {
  for (int type = 0; type < 40; ++type) {
    json d = posted();
    d["type"] = type;
    const Parsed parsed = discord::parse_gateway_event("MESSAGE_CREATE", d, own_ids());
    EXPECT_EQ(std::holds_alternative<Messages>(parsed), type == 0 || type == 19) << type;
  }
}

TEST(DiscordContractGateway, AMessageNamesNoLocale) {
  json d = posted();
  d["author"]["locale"] = "de";
  EXPECT_EQ(only_message(discord::parse_gateway_event("MESSAGE_CREATE", d, own_ids())).platform_locale, "");
}

// --- Section 6: webhook events -------------------------------------------------------------------------------------------

TEST(DiscordContractWebhookEvents, PingAndEventsWant204AndNothingInIt) {
  for (const char* body : {R"({"version":1,"application_id":"1","type":0})",
                           R"({"version":1,"type":1,"event":{"type":"APPLICATION_AUTHORIZED","timestamp":"x","data":{}}})",
                           R"({"version":1,"type":1,"event":{"type":"SOMETHING_NEW"}})"}) {
    const Parsed parsed = discord().parse({"/discord/events", {}, body}, kNow, own_ids());
    ASSERT_TRUE(std::holds_alternative<ProtocolAnswer>(parsed)) << body;
    EXPECT_EQ(std::get<ProtocolAnswer>(parsed).answer.status, 204) << body;
    EXPECT_EQ(std::get<ProtocolAnswer>(parsed).answer.body, "") << body;
  }
  EXPECT_TRUE(std::holds_alternative<Malformed>(discord().parse({"/discord/events", {}, "{"}, kNow, own_ids())));
}

}  // namespace
}  // namespace handrail::adapters
