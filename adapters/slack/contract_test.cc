// The wire contract of Slack, what comes in: each test is named after the rule that it holds (sections 1 to 4). Rules that
// channel_test.cc holds already are not repeated here; what goes out is in contract_out_test.cc.
#include "adapters/signature.h"
#include "adapters/test_support.h"

namespace handrail::adapters {
namespace {

using nlohmann::json;
using namespace testing;

constexpr std::int64_t kNow = 1'795'430'010'000;
constexpr const char* kSecret = "8f742231b10e8888abcd99yyyzzz85a5";

const Channel& slack() { return *find_channel("slack"); }

OwnIds own_ids() {
  OwnIds own;
  own.bot_user = "U0BOT";
  own.bot_id = "B0BOT";
  return own;
}

Parsed parse_event(const json& body, const OwnIds& own = own_ids()) {
  return slack().parse({"/slack/events", {}, body.dump()}, kNow, own);
}
Parsed parse_interaction(const json& payload) {
  return slack().parse({"/slack/interactions", {}, "payload=" + form_encoded(payload.dump())}, kNow, own_ids());
}
Parsed parse_command(const std::string& body) { return slack().parse({"/slack/commands", {}, body}, kNow, own_ids()); }

json said_in_channel() { return fixture_json("slack", "message__channel_thread"); }
json pressed() { return fixture_json("slack", "block_actions__button"); }

HttpRequest signed_request(const std::string& body, const std::string& timestamp, const std::string& secret = kSecret) {
  const std::string signature = "v0=" + hmac_sha256_hex(secret, "v0:" + timestamp + ":" + body);
  return {"/slack/events", {{"x-slack-request-timestamp", timestamp}, {"x-slack-signature", signature}}, body};
}

Verdict verdict(const HttpRequest& request, std::int64_t seconds, const std::string& secret = kSecret) {
  return slack().verify(request, seconds * 1000, {secret}).verdict;
}

// --- Section 1: request signing ------------------------------------------------------------------------------------------

TEST(SlackContractSigning, SignatureIsV0AndLowercaseHexAndNothingElse) {
  const HttpRequest good = signed_request("{}", "1795430000");
  ASSERT_EQ(verdict(good, 1'795'430'000), Verdict::accepted);
  const std::string signature = good.headers[1].second;
  std::string upper = signature;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const std::string& wrong : {upper, signature.substr(3), "v1=" + signature.substr(3), "v0" + signature.substr(3), signature + "0",
                                   signature.substr(0, signature.size() - 1), " " + signature, signature + " ", std::string("v0=")}) {
    HttpRequest request = good;
    request.headers[1].second = wrong;
    EXPECT_EQ(verdict(request, 1'795'430'000), Verdict::refused) << wrong;
  }
}

TEST(SlackContractSigning, TimestampIsPlainSecondsAlsoWhenItIsSigned) {
  for (const char* wrong : {"", "now", "1795430000.5", "+1795430000", " 1795430000", "1795430000 ", "0x6B040000", "-1795430000",
                            "99999999999999999999"}) {
    EXPECT_EQ(verdict(signed_request("{}", wrong), 1'795'430'000), Verdict::refused) << wrong;
  }
}

TEST(SlackContractSigning, BaseIsTheRawBodyBeforeAnyDecoding) {
  HttpRequest request = signed_request("text=caf%C3%A9&x=1+2", "1795430000");
  ASSERT_EQ(verdict(request, 1'795'430'000), Verdict::accepted);
  for (const char* same_meaning : {"text=caf\xC3\xA9&x=1 2", "text=caf%c3%a9&x=1+2", "text=caf%C3%A9&x=1%202"}) {
    request.body = same_meaning;
    EXPECT_EQ(verdict(request, 1'795'430'000), Verdict::refused) << same_meaning;
  }
}

TEST(SlackContractSigning, AnEmptySecretRefusesEvenWhatIsSignedWithIt) {
  EXPECT_NE(verdict(signed_request("{}", "1795430000", ""), 1'795'430'000, ""), Verdict::accepted);
}

TEST(SlackContractSigning, TheTokenInTheBodyIsNeverTrusted) {
  const HttpRequest request{"/slack/events", {}, R"({"token":"8f742231b10e8888abcd99yyyzzz85a5","type":"url_verification"})"};
  EXPECT_EQ(verdict(request, 1'795'430'000), Verdict::refused);
}

TEST(SlackContractSigning, ARetryIsSignedAfresh) {
  const std::string body = said_in_channel().dump();
  EXPECT_EQ(verdict(signed_request(body, "1795430000"), 1'795'430'000), Verdict::accepted);
  EXPECT_EQ(verdict(signed_request(body, "1795430360"), 1'795'430'360), Verdict::accepted);
  EXPECT_EQ(verdict(signed_request(body, "1795430000"), 1'795'430'360), Verdict::refused) << "the old signature has aged";
}

// --- Section 2: events ---------------------------------------------------------------------------------------------------

TEST(SlackContractEvents, ChallengeIsAnsweredWith200AsJsonAndHasNoSideEffect) {
  const Parsed parsed = parse_event({{"type", "url_verification"}, {"challenge", "a\"b"}, {"token", "x"}});
  const auto* answer = std::get_if<ProtocolAnswer>(&parsed);
  ASSERT_NE(answer, nullptr);
  EXPECT_EQ(answer->answer.status, 200);
  EXPECT_EQ(answer->answer.content_type, "application/json");
  EXPECT_EQ(json::parse(answer->answer.body), json({{"challenge", "a\"b"}}));
}

TEST(SlackContractEvents, ARetryHasTheSameKeyAndIsNotDropped) {
  const std::string body = said_in_channel().dump();
  const std::string first = only_message(slack().parse({"/slack/events", {}, body}, kNow, own_ids())).event_key;
  for (const char* reason : {"http_timeout", "too_many_redirects", "connection_failed", "ssl_error", "http_error", "unknown_error"}) {
    const HttpRequest retry{"/slack/events", {{"x-slack-retry-num", "1"}, {"x-slack-retry-reason", reason}}, body};
    EXPECT_EQ(only_message(slack().parse(retry, kNow + 60'000, own_ids())).event_key, first) << reason;
  }
  json other = said_in_channel();
  other["event_id"] = "EvOther";
  EXPECT_NE(only_message(parse_event(other)).event_key, first);
}

TEST(SlackContractEvents, AnEventWithoutAnIdCannotBeTakenOnce) {
  json body = said_in_channel();
  body.erase("event_id");
  EXPECT_EQ(ignored(parse_event(body)), "no_event_id");
}

TEST(SlackContractEvents, TheInstallationIsTheFirstAuthorization) {
  struct Case {
    const char* what;
    json authorizations;
    const char* team_id;
    const char* workspace;
  };
  const Case cases[] = {
      {"the team's own", {{{"team_id", "T100"}}}, "T100", "T100"},
      {"a shared channel: another team wrote", {{{"team_id", "T100"}}, {{"team_id", "T300"}}}, "T999", "T100"},
      {"none named", json::array(), "T200", "T200"},
      {"an organisation's, from a team of it", {{{"team_id", "T100"}, {"enterprise_id", "E1"}, {"is_enterprise_install", true}}}, "T100", "T100"},
      {"an organisation's, without a team", {{{"team_id", nullptr}, {"enterprise_id", "E1"}, {"is_enterprise_install", true}}}, "", "E1"},
  };
  for (const Case& c : cases) {
    json body = said_in_channel();
    body["authorizations"] = c.authorizations;
    body["team_id"] = c.team_id[0] == 0 ? json() : json(c.team_id);
    body["event"]["team"] = "T999";
    body["event"]["user_team"] = "T999";
    EXPECT_EQ(only_message(parse_event(body)).from.workspace, c.workspace) << c.what;
  }
}

TEST(SlackContractEvents, ATsIsKeptAsText) {
  const auto key = [](const json& ts) {
    json body = said_in_channel();
    body["event"]["ts"] = ts;
    return parse_event(body);
  };
  EXPECT_EQ(only_message(key("1795430000.000100")).post_key, "slack:T100:C100:1795430000.000100") << "no zero is lost";
  EXPECT_NE(only_message(key("1795430000.000001")).post_key, only_message(key("1795430000.000002")).post_key);
  EXPECT_EQ(ignored(key(1795430000.0001)), "incomplete_event") << "a number is no ts";
}

TEST(SlackContractEvents, EachIgnoredSubtypeIsIgnored) {
  for (const char* subtype : {"bot_message", "message_replied", "me_message", "channel_join", "channel_leave", "channel_topic",
                              "channel_purpose", "channel_name", "channel_archive", "channel_unarchive", "channel_posting_permissions",
                              "ekm_access_denied"}) {
    json body = said_in_channel();
    body["event"]["subtype"] = subtype;
    EXPECT_EQ(ignored(parse_event(body)), "subtype") << subtype;
  }
}

TEST(SlackContractEvents, AnsweredSubtypesAreNoneFileShareAndThreadBroadcast) {
  for (const char* subtype : {"", "file_share", "thread_broadcast"}) {
    json body = said_in_channel();
    if (subtype[0] != 0) body["event"]["subtype"] = subtype;
    EXPECT_EQ(only_message(parse_event(body)).kind, InputKind::text) << subtype;
  }
}

TEST(SlackContractEvents, OnlyAPersonIsAnsweredNeverABotOrOurselves) {
  const std::pair<json, const char*> cases[] = {
      {{{"bot_id", "B777"}}, "bot_message"},           {{{"bot_profile", {{"id", "B777"}}}}, "bot_message"},
      {{{"user", nullptr}}, "incomplete_event"},       {{{"user", ""}}, "incomplete_event"},
      {{{"user", "U0BOT"}}, "own_message"},            {{{"user", "U0BOT"}, {"bot_id", "B0BOT"}}, "own_message"},
      {{{"hidden", true}}, "hidden"},
  };
  for (const auto& [change, because] : cases) {
    json body = said_in_channel();
    body["event"].update(change);
    EXPECT_EQ(ignored(parse_event(body)), because) << change;
  }
  json ours = said_in_channel();
  ours["event"].update({{"user", "U0BOT"}, {"bot_id", "B0BOT"}});
  EXPECT_EQ(ignored(parse_event(ours, OwnIds{})), "bot_message") << "also before we know our own ids";
}

TEST(SlackContractEvents, APlaceIsWhatItsChannelTypeSays) {
  struct Case {
    const char* channel_type;
    const char* channel;
    Place place;
  };
  for (const auto& [type, channel, place] : {Case{"im", "D100", Place::direct}, Case{"channel", "C100", Place::channel},
                                             Case{"group", "G100", Place::channel}, Case{"mpim", "G200", Place::group}}) {
    json body = said_in_channel();
    body["event"].erase("thread_ts");
    body["event"]["channel_type"] = type;
    body["event"]["channel"] = channel;
    EXPECT_EQ(only_message(parse_event(body)).from.place, place) << type;
  }
}

TEST(SlackContractEvents, ARepliesThreadIsItsParentsTsNeverItsOwn) {
  struct Case {
    const char* what;
    const char* channel;
    const char* channel_type;
    const char* thread_ts;
    const char* thread;
  };
  for (const Case& c : {Case{"a post begins a thread", "C100", "channel", "", "1795430000.000100"},
                        Case{"a parent names itself", "C100", "channel", "1795430000.000100", "1795430000.000100"},
                        Case{"a reply names its parent", "C100", "channel", "1795429000.000100", "1795429000.000100"},
                        Case{"a DM is answered in the stream", "D100", "im", "1795429000.000100", ""}}) {
    json body = said_in_channel();
    json& event = body["event"];
    event.erase("thread_ts");
    event.update({{"channel", c.channel}, {"channel_type", c.channel_type}, {"ts", "1795430000.000100"}});
    if (c.thread_ts[0] != 0) event["thread_ts"] = c.thread_ts;
    EXPECT_EQ(only_message(parse_event(body)).from.thread, c.thread) << c.what;
  }
}

TEST(SlackContractEvents, AnEditIsRealWhenAPersonChangedTheWords) {
  const std::pair<json, const char*> cases[] = {
      {{{"message", {{"edited", nullptr}}}}, "not_a_real_edit"},
      {{{"previous_message", {{"text", "cancel"}}}}, "not_a_real_edit"},
      {{{"message", {{"user", "U0BOT"}}}}, "bot_message"},
      {{{"message", {{"bot_id", "B777"}}}}, "bot_message"},
      {{{"message", {{"user", nullptr}}}}, "bot_message"},
      {{{"message", {{"ts", nullptr}}}}, "incomplete_event"},
  };
  for (const auto& [change, because] : cases) {
    json body = fixture_json("slack", "message_changed__edit");
    body["event"].merge_patch(change);
    EXPECT_EQ(ignored(parse_event(body)), because) << change;
  }
}

TEST(SlackContractEvents, ADeletionNamesWhatWasDeletedAndMayNotNameThePerson) {
  json body = fixture_json("slack", "message_deleted__person");
  body["event"].erase("previous_message");
  const InboundMessage deletion = only_message(parse_event(body));
  EXPECT_EQ(deletion.kind, InputKind::deletion);
  EXPECT_EQ(deletion.edited_key, "slack:T100:C100:1795430000.000100") << "deleted_ts, not the ts of the event";
  body["event"].erase("deleted_ts");
  EXPECT_EQ(ignored(parse_event(body)), "incomplete_event");
}

TEST(SlackContractEvents, OpeningTheHomeTabIsNoMessage) {
  for (const char* tab : {"messages", "home"}) {
    const json event = {{"type", "app_home_opened"}, {"user", "U200"}, {"channel", "D100"}, {"tab", tab}};
    EXPECT_EQ(ignored(parse_event({{"type", "event_callback"}, {"event_id", "E1"}, {"event", event}})), "app_home_opened") << tab;
  }
}

TEST(SlackContractEvents, LifecycleNamesTheTeamAndIsTakenOnce) {
  for (const char* name : {"app_uninstalled__team", "tokens_revoked__bot"}) {
    const InboundMessage message = only_message(parse_event(fixture_json("slack", name)));
    EXPECT_EQ(message.kind, InputKind::lifecycle) << name;
    EXPECT_EQ(message.from.workspace, "T100") << name;
    EXPECT_EQ(message.event_key, "slack:" + fixture_json("slack", name)["event_id"].get<std::string>()) << name;
  }
}

// --- Section 3: slash commands -------------------------------------------------------------------------------------------

TEST(SlackContractCommands, EachFieldFindsItsPlaceAndTheTextMayBeEmpty) {
  const std::string fields =
      "token=x&team_id=T100&team_domain=acme&channel_id=C100&channel_name=general&user_id=U200&user_name=ana&command=%2Fhelp&text="
      "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2F1&trigger_id=1.2&api_app_id=A100&is_enterprise_install=false";
  const InboundMessage message = only_message(parse_command(fields));
  EXPECT_EQ(message.text, "");
  EXPECT_EQ(message.user_name, "ana");
  EXPECT_EQ(message.from.workspace, "T100");
  EXPECT_EQ(message.from.place_id, "C100");
  EXPECT_EQ(message.from.user, "U200");
  EXPECT_EQ(message.from.thread, "") << "a command cannot be given inside a thread";
  EXPECT_EQ(message.platform_locale, "") << "Slack names no locale here";
}

TEST(SlackContractCommands, AnOrganisationsInstallMayNameNoTeam) {
  const std::string fields = "enterprise_id=E1&is_enterprise_install=true&user_id=U200&command=%2Fhelp&trigger_id=1";
  EXPECT_EQ(only_message(parse_command(fields)).from.workspace, "E1");
  EXPECT_EQ(only_message(parse_command(fields + "&team_id=T100")).from.workspace, "T100");
}

TEST(SlackContractCommands, EscapedMentionsChannelsAndLinksAreDecoded) {
  const std::string typed = "ask <@U300|ben> in <#C1|general> or <https://x.example|x.example> a &amp;amp; b <@U0BOT|handrail>";
  EXPECT_EQ(only_message(parse_command("command=%2Fhelp&user_id=U200&team_id=T100&text=" + form_encoded(typed))).text,
            "ask @ben in #general or https://x.example a &amp; b");
}

TEST(SlackContractCommands, TheAcknowledgementMayBeEmptyOrAnEphemeralMessage) {
  InboundMessage command;
  command.kind = InputKind::command;
  command.interactive = true;
  Answers later;
  later.deferred = true;
  const HttpAnswer empty = slack().respond(command, later, {});
  EXPECT_EQ(empty.status, 200);
  EXPECT_EQ(empty.body, "");
  Answers now;
  now.replies = {one_paragraph("en", "Looking into it")};
  const HttpAnswer said = slack().respond(command, now, {});
  EXPECT_EQ(said.content_type, "application/json; charset=utf-8");
  EXPECT_EQ(json::parse(said.body)["text"], "Looking into it");
}

// --- Section 4: interactivity --------------------------------------------------------------------------------------------

TEST(SlackContractActions, TheKeyIsTeamPersonMessageActionAndTime) {
  const std::string first = only_message(parse_interaction(pressed())).event_key;
  EXPECT_EQ(only_message(parse_interaction(pressed())).event_key, first) << "the same press is the same";
  const json other_trigger = {{"trigger_id", "999.9.z"}};
  json again = pressed();
  again.merge_patch(other_trigger);
  EXPECT_EQ(only_message(parse_interaction(again)).event_key, first) << "a trigger is no identity";
  for (const json& change : {json{{"team", {{"id", "T2"}}}}, json{{"user", {{"id", "U2"}}}}, json{{"container", {{"message_ts", "9.9"}}}}}) {
    json other = pressed();
    other.merge_patch(change);
    EXPECT_NE(only_message(parse_interaction(other)).event_key, first) << change;
  }
  for (const char* member : {"value", "action_ts"}) {
    json other = pressed();
    other["actions"][0][member] = "other";
    EXPECT_NE(only_message(parse_interaction(other)).event_key, first) << member;
  }
}

TEST(SlackContractActions, ATeamMayBeNullWhereAnOrganisationInstalledUs) {
  json payload = pressed();
  payload["team"] = nullptr;
  payload["user"]["team_id"] = "T200";
  payload["enterprise"] = {{"id", "E1"}};
  EXPECT_EQ(only_message(parse_interaction(payload)).from.workspace, "T200");
  payload["user"].erase("team_id");
  EXPECT_EQ(only_message(parse_interaction(payload)).from.workspace, "E1");
}

TEST(SlackContractActions, ActionsOfAHomeTabOrModalHaveNoMessageToAnswer) {
  json payload = pressed();
  payload.erase("message");
  payload.erase("channel");
  payload["container"] = {{"type", "view"}, {"view_id", "V1"}};
  payload["view"] = {{"id", "V1"}};
  EXPECT_EQ(ignored(parse_interaction(payload)), "incomplete_interaction");
}

TEST(SlackContractActions, ALinkButtonOnlyReportsThatItWasPressed) {
  json payload = pressed();
  payload["actions"][0]["url"] = "https://help.example";
  EXPECT_EQ(ignored(parse_interaction(payload)), "link_button");
}

TEST(SlackContractActions, AValueComesBackFromAClientAndIsBounded) {
  json payload = pressed();
  payload["actions"][0]["value"] = std::string(2000, 'x');
  EXPECT_EQ(only_message(parse_interaction(payload)).action.size(), kActionIdCharacters);
}

TEST(SlackContractActions, AResponseUrlLivesThirtyMinutes) {
  const InboundMessage hidden = only_message(parse_interaction(fixture_json("slack", "block_actions__ephemeral_button")));
  EXPECT_EQ(hidden.from.callback_expires_at, kNow + 30 * 60 * 1000);
}

TEST(SlackContractViews, AnEmpty200ClosesTheViewAndAcknowledgesAPress) {
  for (const InputKind kind : {InputKind::form, InputKind::action}) {
    InboundMessage message;
    message.kind = kind;
    Answers answers;
    answers.replies = {one_paragraph("en", "Thank you")};
    const HttpAnswer answer = slack().respond(message, answers, {});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "") << "words in an answer to a view would be an error";
    EXPECT_FALSE(answer.says_replies) << "so the outbox has to say them";
  }
}

TEST(SlackContractViews, AnUnansweredInputIsNullAndAnotherViewIsOnlyClosed) {
  json payload = fixture_json("slack", "view_submission__ticket");
  payload["view"]["state"]["values"]["b1"]["subject"]["value"] = nullptr;
  EXPECT_EQ(only_message(parse_interaction(payload)).fields["subject"], "");
  payload["view"]["callback_id"] = "somebody_elses";
  const Parsed other = parse_interaction(payload);
  ASSERT_TRUE(std::holds_alternative<ProtocolAnswer>(other));
  EXPECT_EQ(std::get<ProtocolAnswer>(other).answer.body, "");
}

TEST(SlackContractViews, TheKeyIsTeamPersonViewAndHash) {
  const json first = fixture_json("slack", "view_submission__ticket");
  const std::string key = only_message(parse_interaction(first)).event_key;
  for (const char* member : {"id", "hash"}) {
    json other = first;
    other["view"][member] = "other";
    EXPECT_NE(only_message(parse_interaction(other)).event_key, key) << member;
  }
}

TEST(SlackContractShortcuts, AGlobalOneHasNoChannelAndIsAnsweredByDirectMessage) {
  const InboundMessage message = only_message(parse_interaction(
      {{"type", "shortcut"}, {"callback_id", "help"}, {"team", {{"id", "T100"}}}, {"user", {{"id", "U200"}}}, {"trigger_id", "1.2"}}));
  EXPECT_EQ(message.kind, InputKind::command);
  EXPECT_EQ(message.from.place, Place::direct);
  EXPECT_EQ(message.from.place_id, "");
  EXPECT_EQ(message.from.callback, "") << "it brings no response_url";
}

}  // namespace
}  // namespace handrail::adapters
