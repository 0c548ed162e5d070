// The Gateway's protocol alone: the test says what happened and when, and looks at what the session wants done.
#include "bot/connections/gateway_session.h"

#include <gmock/gmock.h>

namespace handrail::connections {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr double kMiddle = 0.5;
constexpr std::int64_t kInterval = 40'000;
constexpr char kSession[] = "session-1";
constexpr char kResumeUrl[] = "wss://resume.example";
constexpr char kResumeAddress[] = "wss://resume.example/?v=10&encoding=json";
constexpr char kGateway[] = "wss://gateway.example";

std::string looked_up_body(std::int64_t remaining = 1'000, std::int64_t reset_after = 0) {
  return json{{"url", kGateway}, {"shards", 1}, {"session_start_limit", {{"remaining", remaining}, {"reset_after", reset_after}}}}.dump();
}

class GatewaySessionTest : public testing::Test {
 protected:
  static GatewaySettings settings() {
    GatewaySettings made;
    made.token = "bot-token";
    return made;
  }

  template <typename T>
  static const T* find(const Actions& actions) {
    for (const Action& action : actions) {
      if (const auto* found = std::get_if<T>(&action)) return found;
    }
    return nullptr;
  }
  // The frame that is sent, or null.
  static json sent(const Actions& actions) {
    const auto* send = find<Send>(actions);
    return send == nullptr ? json() : json::parse(send->text);
  }

  Actions frame(const json& what, double random = kMiddle) { return session_.frame(what.dump(), now_, random); }
  // Events are kept at once, as by a listener whose disk works.
  Actions event(const std::string& name, const json& data, std::int64_t sequence) {
    Actions actions = frame({{"op", 0}, {"t", name}, {"d", data}, {"s", sequence}});
    if (const auto* deliver = find<Deliver>(actions)) session_.delivered(*deliver);
    return actions;
  }
  Actions hello(double random = kMiddle) {
    return frame({{"op", 10}, {"d", {{"heartbeat_interval", kInterval}}}}, random);
  }
  void ready() {
    event("READY",
          {{"session_id", kSession}, {"resume_gateway_url", kResumeUrl}, {"user", {{"id", "7"}}}, {"application", {{"id", "8"}}}}, 1);
  }
  // From nothing to a ready session at sequence 1.
  void get_ready() {
    session_.start(std::nullopt);
    session_.looked_up(200, looked_up_body(), kMiddle);
    session_.opened(now_);
    hello();
    ready();
  }
  void expect_resume(const Actions& actions) {
    const auto* connect = find<Connect>(actions);
    ASSERT_NE(connect, nullptr);
    EXPECT_TRUE(connect->resume);
    EXPECT_EQ(connect->url, kResumeAddress);
  }
  void expect_new_session(const Actions& actions) {
    EXPECT_NE(find<Forget>(actions), nullptr);
    EXPECT_NE(find<LookUp>(actions), nullptr);
    EXPECT_FALSE(session_.resumable());
  }

  std::int64_t now_ = 1'000'000;
  GatewaySession session_{settings()};
};

TEST_F(GatewaySessionTest, AFirstStartLooksUpConnectsAndIdentifies) {
  EXPECT_NE(find<LookUp>(session_.start(std::nullopt)), nullptr);
  const Actions found = session_.looked_up(200, looked_up_body(), kMiddle);
  ASSERT_NE(find<Connect>(found), nullptr);
  EXPECT_EQ(find<Connect>(found)->url, "wss://gateway.example/?v=10&encoding=json");
  EXPECT_FALSE(find<Connect>(found)->resume);
  EXPECT_TRUE(session_.opened(now_).empty());
  const json identify = sent(hello());
  EXPECT_EQ(identify["op"], 2);
  EXPECT_EQ(identify["d"]["token"], "bot-token");
  EXPECT_EQ(identify["d"]["intents"], 37377);
  EXPECT_TRUE(identify["d"]["properties"].is_object());
}

TEST_F(GatewaySessionTest, ReadyKeepsWhoWeAreAndHowToResume) {
  get_ready();
  ASSERT_TRUE(session_.resumable());
  EXPECT_EQ(session_.resumable()->session_id, kSession);
  EXPECT_EQ(session_.resumable()->resume_url, kResumeUrl);
  EXPECT_EQ(session_.resumable()->sequence, 1);
  EXPECT_EQ(session_.own_user_id(), "7");
  EXPECT_EQ(session_.application_id(), "8");
}

TEST_F(GatewaySessionTest, TheFirstHeartbeatComesAfterARandomPartOfTheIntervalThenEveryInterval) {
  session_.start(std::nullopt);
  session_.opened(now_);
  hello(0.25);
  EXPECT_EQ(session_.due_at(), now_ + kInterval / 4);
  now_ += kInterval / 4 - 1;
  EXPECT_TRUE(session_.tick(now_, kMiddle).empty());
  now_ += 1;
  EXPECT_EQ(sent(session_.tick(now_, kMiddle)), (json{{"op", 1}, {"d", nullptr}}));
  ready();
  event("MESSAGE_CREATE", {}, 42);
  frame({{"op", 11}});
  EXPECT_EQ(session_.due_at(), now_ + kInterval);
  now_ += kInterval;
  EXPECT_EQ(sent(session_.tick(now_, kMiddle)), (json{{"op", 1}, {"d", 42}}));
}

TEST_F(GatewaySessionTest, AHeartbeatThatIsAskedForIsSentAtOnce) {
  get_ready();
  EXPECT_EQ(sent(frame({{"op", 1}, {"d", nullptr}})), (json{{"op", 1}, {"d", 1}}));
}

TEST_F(GatewaySessionTest, AMissingAcknowledgementClosesResumablyAndResumes) {
  get_ready();
  now_ = session_.due_at();
  ASSERT_FALSE(sent(session_.tick(now_, kMiddle)).is_null());
  now_ = session_.due_at();
  const Actions actions = session_.tick(now_, kMiddle);
  ASSERT_NE(find<Close>(actions), nullptr);
  EXPECT_NE(find<Close>(actions)->code, 1000);
  EXPECT_NE(find<Close>(actions)->code, 1001);
  expect_resume(actions);
  session_.opened(now_);
  EXPECT_EQ(sent(hello()), (json{{"op", 6}, {"d", {{"token", "bot-token"}, {"session_id", kSession}, {"seq", 1}}}}));
}

TEST_F(GatewaySessionTest, ReconnectOnRequestResumes) {
  get_ready();
  const Actions actions = frame({{"op", 7}, {"d", nullptr}});
  EXPECT_NE(find<Close>(actions), nullptr);
  expect_resume(actions);
}

TEST_F(GatewaySessionTest, InvalidSessionThatMayBeResumedIsResumedAfterOneToFiveSeconds) {
  for (const double random : {0.0, 0.999}) {
    get_ready();
    const Actions actions = frame({{"op", 9}, {"d", true}}, random);
    expect_resume(actions);
    EXPECT_GE(find<Connect>(actions)->wait_ms, 1'000);
    EXPECT_LE(find<Connect>(actions)->wait_ms, 5'000);
    session_ = GatewaySession(settings());
  }
}

TEST_F(GatewaySessionTest, InvalidSessionThatMayNotBeResumedStartsANewOneAfterOneToFiveSeconds) {
  get_ready();
  const Actions actions = frame({{"op", 9}, {"d", false}});
  expect_new_session(actions);
  EXPECT_GE(find<LookUp>(actions)->wait_ms, 1'000);
  EXPECT_LE(find<LookUp>(actions)->wait_ms, 5'000);
}

TEST_F(GatewaySessionTest, FatalCloseCodesGiveUpAndSayWhatToDo) {
  const std::map<int, std::string> words = {{4004, "Reset Token"}, {4010, "shards"},  {4011, "shards"},
                                            {4012, "newer release"}, {4013, "intents"}, {4014, "Message Content Intent"}};
  for (const auto& [code, word] : words) {
    session_ = GatewaySession(settings());
    get_ready();
    const Actions actions = session_.ended(code, now_, kMiddle);
    ASSERT_EQ(actions.size(), 1U) << code;
    ASSERT_NE(find<GiveUp>(actions), nullptr) << code;
    EXPECT_THAT(find<GiveUp>(actions)->why, HasSubstr(word));
  }
}

TEST_F(GatewaySessionTest, SomeCloseCodesEndTheSessionAndOthersOnlyTheConnection) {
  for (const int code : {4007, 4009}) {
    session_ = GatewaySession(settings());
    get_ready();
    expect_new_session(session_.ended(code, now_, kMiddle));
  }
  for (const int code : {0, 1000, 1001, 1006, 4000, 4001, 4002, 4003, 4005, 4008, 4999}) {
    session_ = GatewaySession(settings());
    get_ready();
    expect_resume(session_.ended(code, now_, kMiddle));
  }
}

TEST_F(GatewaySessionTest, WaitsDoubleUpToALimitAndAConnectionThatHeldForgetsThem) {
  session_.start(std::nullopt);
  std::vector<std::int64_t> waits;
  for (int i = 0; i < 8; ++i) waits.push_back(find<LookUp>(session_.ended(0, now_, 0.0))->wait_ms);
  EXPECT_EQ(waits, (std::vector<std::int64_t>{500, 1'000, 2'000, 4'000, 8'000, 16'000, 30'000, 30'000}));
  EXPECT_GT(find<LookUp>(session_.ended(0, now_, 0.9))->wait_ms, 30'000) << "the other half is random";
  get_ready();
  now_ += 1'000;
  EXPECT_EQ(find<Connect>(session_.ended(0, now_, 0.0))->wait_ms, 30'000) << "it did not hold";
  session_.opened(now_);
  hello();
  event("RESUMED", {}, 2);
  now_ += 30'000;
  EXPECT_EQ(find<Connect>(session_.ended(0, now_, 0.0))->wait_ms, 500);
}

TEST_F(GatewaySessionTest, TheSequenceMovesOnlyWhenTheEventWasKept) {
  get_ready();
  frame({{"op", 0}, {"t", "MESSAGE_CREATE"}, {"d", {{"id", "9"}}}, {"s", 2}});
  EXPECT_EQ(session_.resumable()->sequence, 1);
  expect_resume(session_.refused(now_, kMiddle));
  session_.opened(now_);
  EXPECT_EQ(sent(hello())["d"]["seq"], 1);
  event("MESSAGE_CREATE", {{"id", "9"}}, 2);
  EXPECT_EQ(session_.resumable()->sequence, 2);
}

TEST_F(GatewaySessionTest, OldSequenceNumbersDoNotMoveItBack) {
  get_ready();
  event("MESSAGE_CREATE", {}, 5);
  EXPECT_NE(find<Deliver>(event("MESSAGE_CREATE", {}, 5)), nullptr) << "who keeps events knows doubles by their ids";
  event("MESSAGE_CREATE", {}, 3);
  EXPECT_EQ(session_.resumable()->sequence, 5);
}

TEST_F(GatewaySessionTest, ARestartResumesFromWhatWasSaved) {
  expect_resume(session_.start(SavedSession{kSession, kResumeUrl, 77}));
  session_.opened(now_);
  EXPECT_EQ(sent(hello())["d"]["seq"], 77);
}

TEST_F(GatewaySessionTest, ASavedSessionThatCannotBeUsedIsAsGoodAsNone) {
  EXPECT_NE(find<LookUp>(session_.start(SavedSession{kSession, "ws://plain.example", 77})), nullptr);
  EXPECT_NE(find<LookUp>(session_.start(SavedSession{"", kResumeUrl, 77})), nullptr);
}

TEST_F(GatewaySessionTest, AResumeThatIsNeverAnsweredEndsInANewSession) {
  get_ready();
  session_.ended(0, now_, kMiddle);
  for (int i = 0; i < kResumeTries - 1; ++i) {
    session_.opened(now_);
    hello();
    expect_resume(session_.ended(4000, now_, kMiddle));
  }
  session_.opened(now_);
  hello();
  expect_new_session(session_.ended(4000, now_, kMiddle));
}

TEST_F(GatewaySessionTest, EventsThatCannotBeKeptNeverCostTheSession) {
  get_ready();
  session_.ended(0, now_, kMiddle);
  for (int i = 0; i < 3 * kResumeTries; ++i) {
    session_.opened(now_);
    hello();
    frame({{"op", 0}, {"t", "MESSAGE_CREATE"}, {"d", {}}, {"s", 2}});
    expect_resume(session_.refused(now_, kMiddle));
  }
}

TEST_F(GatewaySessionTest, AResumeAddressThatIsGoneIsReplacedByTheGeneralOneForTheSameSession) {
  get_ready();
  session_.ended(0, now_, kMiddle);
  for (int i = 0; i < kResumeUrlTries - 1; ++i) expect_resume(session_.ended(0, now_, kMiddle));
  EXPECT_NE(find<LookUp>(session_.ended(0, now_, kMiddle)), nullptr);
  const Actions found = session_.looked_up(200, looked_up_body(0, 1), kMiddle);
  ASSERT_NE(find<Connect>(found), nullptr) << "a resume is no session start";
  EXPECT_TRUE(find<Connect>(found)->resume);
  session_.opened(now_);
  EXPECT_EQ(sent(hello())["op"], 6);
}

TEST_F(GatewaySessionTest, WithoutSessionStartsLeftItWaitsUntilTheyAreReset) {
  session_.start(std::nullopt);
  const Actions actions = session_.looked_up(200, looked_up_body(0, 3'600'000), kMiddle);
  ASSERT_NE(find<LookUp>(actions), nullptr);
  EXPECT_EQ(find<LookUp>(actions)->wait_ms, 3'600'000);
}

TEST_F(GatewaySessionTest, SessionStartsAreFiveSecondsApart) {
  session_.start(std::nullopt);
  session_.opened(now_);
  ASSERT_EQ(sent(hello())["op"], 2);
  session_.ended(0, now_, kMiddle);
  now_ += 1'000;
  session_.opened(now_);
  EXPECT_TRUE(sent(hello()).is_null());
  now_ += 3'999;
  EXPECT_TRUE(session_.tick(now_, kMiddle).empty());
  now_ += 1;
  EXPECT_EQ(sent(session_.tick(now_, kMiddle))["op"], 2);
}

TEST_F(GatewaySessionTest, ARefusedTokenAtTheLookUpGivesUp) {
  session_.start(std::nullopt);
  const Actions actions = session_.looked_up(401, "{}", kMiddle);
  ASSERT_NE(find<GiveUp>(actions), nullptr);
  EXPECT_THAT(find<GiveUp>(actions)->why, HasSubstr("token"));
}

TEST_F(GatewaySessionTest, OtherFailedLookUpsAreTriedAgain) {
  session_.start(std::nullopt);
  for (const auto& [status, body] : std::vector<std::pair<int, std::string>>{
           {0, ""}, {500, "{}"}, {403, "<html>"}, {200, "[]"}, {200, "{}"}, {200, R"({"url":5})"}, {200, R"({"url":"ws://plain"})"},
           {200, R"({"url":"http://x"})"}, {200, "not json"}}) {
    EXPECT_NE(find<LookUp>(session_.looked_up(status, body, kMiddle)), nullptr) << status << body;
  }
}

TEST_F(GatewaySessionTest, ARateLimitedLookUpWaitsAsLongAsItIsTold) {
  session_.start(std::nullopt);
  EXPECT_EQ(find<LookUp>(session_.looked_up(429, R"({"retry_after":120.5})", kMiddle))->wait_ms, 120'500);
  EXPECT_EQ(find<LookUp>(session_.looked_up(429, R"({"retry_after":1e300})", kMiddle))->wait_ms, kLongestPauseMs);
}

TEST_F(GatewaySessionTest, AServerThatSaysNothingIsLeft) {
  session_.start(std::nullopt);
  session_.opened(now_);
  now_ += 60'000;
  EXPECT_NE(find<Close>(session_.tick(now_, kMiddle)), nullptr);
}

TEST_F(GatewaySessionTest, AReplayThatGoesOnIsNotMistakenForSilence) {
  get_ready();
  session_.ended(0, now_, kMiddle);
  session_.opened(now_);
  frame({{"op", 10}, {"d", {{"heartbeat_interval", kBeatMaxMs}}}}, 0.9);
  for (int i = 0; i < 3; ++i) {
    now_ += 50'000;
    EXPECT_TRUE(session_.tick(now_, kMiddle).empty());
    event("MESSAGE_CREATE", {}, 2 + i);
  }
  event("RESUMED", {}, 9);
  now_ += 100'000;
  EXPECT_TRUE(session_.tick(now_, kMiddle).empty());
}

TEST_F(GatewaySessionTest, NeverMoreFramesPerMinuteThanDiscordTakes) {
  get_ready();
  std::size_t sent_frames = 1;  // the identify
  for (int i = 0; i < 1'000; ++i) {
    if (!sent(frame({{"op", 1}})).is_null()) ++sent_frames;
    frame({{"op", 11}});
  }
  EXPECT_EQ(sent_frames, kGatewayFrames);
  now_ += kGatewayWindowMs;
  EXPECT_FALSE(sent(session_.tick(now_, kMiddle)).is_null()) << "the beat comes as soon as there is room";
}

TEST_F(GatewaySessionTest, AFrameAboveTheLimitIsNotSent) {
  GatewaySettings long_token = settings();
  long_token.token = std::string(kGatewayFrameBytes, 't');
  session_ = GatewaySession(long_token);
  session_.start(std::nullopt);
  session_.opened(now_);
  const Actions actions = hello();
  EXPECT_EQ(find<Send>(actions), nullptr);
  EXPECT_NE(find<GiveUp>(actions), nullptr);
}

TEST_F(GatewaySessionTest, HostileFramesChangeNothing) {
  get_ready();
  const SavedSession before = *session_.resumable();
  for (const char* text :
       {"", "x", "[]", "null", "5", "{}", R"({"op":"0"})", R"({"op":null})", R"({"op":1e30})", R"({"op":99})", R"({"op":0})",
        R"({"op":0,"t":5,"d":5,"s":"x"})", R"({"op":10,"d":null})", R"({"op":11,"d":{"a":[]}})", R"({"op":-1})", "{\"op\":0,\"t\":\"\xff\"}"}) {
    const Actions actions = session_.frame(text, now_, kMiddle);
    EXPECT_TRUE(actions.empty()) << text;
  }
  EXPECT_EQ(session_.resumable()->sequence, before.sequence);
  const Actions unknown = frame({{"op", 0}, {"t", "SOMETHING_NEW"}, {"d", 5}, {"s", "x"}});
  ASSERT_NE(find<Deliver>(unknown), nullptr);
  session_.delivered(*find<Deliver>(unknown));
  EXPECT_EQ(session_.resumable()->sequence, before.sequence);
}

TEST_F(GatewaySessionTest, AHelloOfAnyShapeGivesABearableHeartbeat) {
  for (const json& interval : {json(0), json(-5), json("x"), json(1e300), json(9'000'000'000'000'000'000), json(nullptr)}) {
    session_ = GatewaySession(settings());
    session_.start(std::nullopt);
    session_.opened(now_);
    frame({{"op", 10}, {"d", {{"heartbeat_interval", interval}}}}, 0.999);
    EXPECT_GT(session_.due_at(), now_) << interval;
    EXPECT_LE(session_.due_at(), now_ + 60'000) << interval;  // the handshake's limit is the latest
  }
}

TEST_F(GatewaySessionTest, AReadyWithoutAUsableSessionServesWhileTheConnectionLasts) {
  for (const json& data : {json(nullptr), json{{"session_id", 5}}, json{{"session_id", "s"}, {"resume_gateway_url", "ws://plain"}},
                           json{{"session_id", std::string(kSessionIdBytes + 1, 's')}, {"resume_gateway_url", kResumeUrl}}}) {
    session_ = GatewaySession(settings());
    session_.start(std::nullopt);
    session_.opened(now_);
    hello();
    event("READY", data, 1);
    EXPECT_FALSE(session_.resumable());
    EXPECT_NE(find<Deliver>(event("MESSAGE_CREATE", {}, 2)), nullptr);
    EXPECT_NE(find<LookUp>(session_.ended(0, now_, kMiddle)), nullptr);
  }
}

TEST_F(GatewaySessionTest, FramesOfAConnectionThatWasLeftAreIgnored) {
  get_ready();
  frame({{"op", 7}});
  EXPECT_TRUE(frame({{"op", 1}}).empty());
  EXPECT_TRUE(session_.tick(now_ + 1'000'000, kMiddle).empty());
}

}  // namespace
}  // namespace handrail::connections
