// The whole client against a scripted Gateway on loopback, with the faults that Discord's has.
#include "bot/connections/discord_gateway.h"

#include <gmock/gmock.h>

#include "tests/connections/fake_server.h"
#include "tests/support/scripted_http_client.h"

namespace handrail::connections {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::int64_t kCalm = 60'000;  // a heartbeat interval that no test sees the end of

class KeepingListener final : public GatewayListener {
 public:
  base::Status on_event(const std::string& name, const json& d) override {
    offered.add(name);
    if (failures > 0) {
      --failures;
      return base::Error{base::Code::internal, "", "", "the disk is full"};
    }
    const std::string id = d.is_object() ? d.value("id", "") : "";
    events.add(id.empty() ? name : id);
    return base::done();
  }
  void on_state(GatewayState state, const std::string& why) override {
    if (state == GatewayState::given_up) words.add(why);
    states.add(name_of(state));
  }
  Record offered;  // names
  Record events;   // kept: the message's id, or the event's name
  Record states;
  Record words;
  std::atomic<int> failures{0};
};

class MemorySessions final : public SessionStore {
 public:
  std::optional<SavedSession> load() override {
    const std::lock_guard lock(mutex_);
    return saved_;
  }
  void save(const SavedSession& session) override {
    const std::lock_guard lock(mutex_);
    saved_ = session;
    sequences.add(std::to_string(session.sequence));
  }
  void clear() override {
    const std::lock_guard lock(mutex_);
    saved_.reset();
    sequences.add("cleared");
  }
  Record sequences;

 private:
  std::mutex mutex_;
  std::optional<SavedSession> saved_;
};

class DiscordGatewayTest : public testing::Test {
 protected:
  DiscordGatewayTest() {
    http_.answer_always([this](const base::HttpCall&) {
      const json body = {{"url", server_.url()}, {"session_start_limit", {{"remaining", 100}, {"reset_after", 0}}}};
      return base::HttpReply{200, {}, body.dump(), ""};
    });
  }

  std::unique_ptr<DiscordGateway> make() {
    DiscordGatewayOptions options;
    options.token = "bot-token";
    options.api_url = "http://api.invalid";
    options.retry_event_ms = 1;
    options.waits.backoff_first = 4;
    options.waits.backoff_longest = 20;
    options.waits.invalid_session_min = 1;
    options.waits.invalid_session_max = 5;
    options.waits.identify_spacing = 10;
    return std::make_unique<DiscordGateway>(http_, options, listener_, sessions_);
  }
  void start() {
    gateway_ = make();
    gateway_->start();
  }

  // What Discord's side does.
  static void hello(Peer& peer, std::int64_t interval = kCalm) {
    peer.send({{"op", 10}, {"d", {{"heartbeat_interval", interval}}}});
  }
  void ready(Peer& peer, const std::string& session = "session-1") {
    peer.send({{"op", 0}, {"t", "READY"}, {"s", 1}, {"d", {{"session_id", session}, {"resume_gateway_url", server_.url()}}}});
  }
  static void message(Peer& peer, int sequence) {
    peer.send({{"op", 0}, {"t", "MESSAGE_CREATE"}, {"s", sequence}, {"d", {{"id", "m" + std::to_string(sequence)}}}});
  }
  static void resumed(Peer& peer, int sequence) {
    peer.send({{"op", 0}, {"t", "RESUMED"}, {"s", sequence}, {"d", json::object()}});
  }
  // "2" for an identify, "6 session-1 3" for a resume, "1 3" for a heartbeat, "closed 4900" when the client has gone.
  std::string next(Peer& peer) {
    const json frame = peer.receive();
    std::string said;
    if (frame.is_null()) {
      said = "closed " + std::to_string(peer.client_code());
    } else {
      said = frame["op"].dump();
      if (frame["op"] == 1) said += " " + frame["d"].dump();
      if (frame["op"] == 6) said += " " + frame["d"].value("session_id", "") + " " + frame["d"]["seq"].dump();
    }
    server_saw_.add(said);
    return said;
  }
  // A first connection that gets ready and then does `more`.
  void first(Script more) {
    server_.then([this, more](Peer& peer) {
      hello(peer);
      next(peer);
      ready(peer);
      more(peer);
    });
  }
  // A connection that answers whatever comes first, then stays.
  void then_resumed(int sequence) {
    server_.then([this, sequence](Peer& peer) {
      hello(peer);
      next(peer);
      resumed(peer, sequence);
      next(peer);
    });
  }

  base::ScriptedHttpClient http_;
  KeepingListener listener_;
  MemorySessions sessions_;
  Record server_saw_;
  Record notes_;  // between a test and its scripts, which outlive the test's own variables
  FakeServer server_;
  std::unique_ptr<DiscordGateway> gateway_;
};

TEST_F(DiscordGatewayTest, FromHelloToADeliveredMessage) {
  server_.then([this](Peer& peer) {
    notes_.add(peer.target());
    hello(peer);
    next(peer);
    ready(peer);
    message(peer, 2);
    next(peer);
  });
  start();
  ASSERT_TRUE(listener_.events.wait("m2"));
  EXPECT_THAT(server_saw_.all(), ElementsAre("2"));
  EXPECT_THAT(notes_.all(), ElementsAre("/?v=10&encoding=json"));
  EXPECT_TRUE(listener_.states.wait("ready"));
  EXPECT_TRUE(sessions_.sequences.wait("2"));
  const base::HttpCall call = http_.calls().at(0);
  EXPECT_EQ(call.url, "http://api.invalid/gateway/bot");
  EXPECT_EQ(call.headers.at(0).second, "Bot bot-token");
  EXPECT_THAT(call.headers.at(1).second, HasSubstr("DiscordBot ("));
}

TEST_F(DiscordGatewayTest, HeartbeatsCarryTheLastSequence) {
  server_.then([this](Peer& peer) {
    hello(peer, 50);
    while (next(peer) != "2") {
    }
    ready(peer);
    message(peer, 7);
    while (next(peer).rfind("closed", 0) != 0) peer.send({{"op", 11}});
  });
  start();
  EXPECT_TRUE(server_saw_.wait("1 7", 3));
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(DiscordGatewayTest, AMissingAcknowledgementClosesAndResumesTheSessionFromItsSequence) {
  server_.then([this](Peer& peer) {
    hello(peer, 30);
    while (next(peer) != "2") {
    }
    ready(peer);
    message(peer, 5);
    while (next(peer).rfind("closed", 0) != 0) {
    }
  });
  then_resumed(6);
  start();
  ASSERT_TRUE(listener_.states.wait("resumed"));
  EXPECT_TRUE(server_saw_.wait("closed 4900"));
  EXPECT_TRUE(server_saw_.wait("6 session-1 5"));
}

TEST_F(DiscordGatewayTest, ReconnectOnRequestResumes) {
  first([this](Peer& peer) {
    peer.send({{"op", 7}, {"d", nullptr}});
    next(peer);
  });
  then_resumed(2);
  start();
  ASSERT_TRUE(listener_.states.wait("resumed"));
  EXPECT_TRUE(server_saw_.wait("6 session-1 1"));
}

TEST_F(DiscordGatewayTest, AnInvalidSessionIsResumedOrStartedAnewAsDiscordSays) {
  first([this](Peer& peer) {
    peer.send({{"op", 9}, {"d", true}});
    next(peer);
  });
  server_.then([this](Peer& peer) {
    hello(peer);
    next(peer);
    peer.send({{"op", 9}, {"d", false}});
    next(peer);
  });
  first([this](Peer& peer) { next(peer); });
  start();
  ASSERT_TRUE(listener_.states.wait("ready", 2));
  EXPECT_THAT(server_saw_.all(), ElementsAre("2", "closed 4900", "6 session-1 1", "closed 4900", "2"));
  EXPECT_EQ(sessions_.sequences.count("cleared"), 1);
}

TEST_F(DiscordGatewayTest, AFatalCloseCodeGivesUpWithWordsAndNeverReconnects) {
  first([](Peer& peer) { peer.close(4014); });
  start();
  ASSERT_TRUE(listener_.states.wait("given_up"));
  EXPECT_THAT(listener_.words.all().at(0), HasSubstr("Message Content Intent"));
  std::this_thread::sleep_for(std::chrono::milliseconds(60));  // several longest waits
  EXPECT_EQ(server_.connections(), 1);
  EXPECT_EQ(http_.calls().size(), 1U);
}

TEST_F(DiscordGatewayTest, ARefusedTokenGivesUpWithoutEverConnecting) {
  http_.answer({401, {}, R"({"message":"401: Unauthorized","code":0})", ""});
  start();
  ASSERT_TRUE(listener_.states.wait("given_up"));
  EXPECT_THAT(listener_.words.all().at(0), HasSubstr("Reset Token"));
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(DiscordGatewayTest, ATimedOutSessionIsIdentifiedAnew) {
  first([](Peer& peer) { peer.close(4009); });
  first([this](Peer& peer) { next(peer); });
  start();
  ASSERT_TRUE(listener_.states.wait("ready", 2));
  EXPECT_THAT(server_saw_.all(), ElementsAre("2", "2"));
}

TEST_F(DiscordGatewayTest, ADropWithoutACodeResumes) {
  first([](Peer& peer) { peer.drop(); });
  then_resumed(2);
  start();
  ASSERT_TRUE(listener_.states.wait("resumed"));
  EXPECT_TRUE(server_saw_.wait("6 session-1 1"));
}

TEST_F(DiscordGatewayTest, ARestartResumesAndNothingIsLostOrKeptTwice) {
  first([this](Peer& peer) {
    message(peer, 2);
    next(peer);
  });
  start();
  ASSERT_TRUE(listener_.events.wait("m2"));
  ASSERT_TRUE(sessions_.sequences.wait("2"));
  gateway_->stop();
  EXPECT_TRUE(server_saw_.wait("closed 4900"));
  server_.then([this](Peer& peer) {
    hello(peer);
    next(peer);
    for (int sequence = 3; sequence <= 5; ++sequence) message(peer, sequence);
    resumed(peer, 6);
    message(peer, 7);
    next(peer);
  });
  start();
  ASSERT_TRUE(listener_.events.wait("m7"));
  EXPECT_TRUE(server_saw_.wait("6 session-1 2"));
  EXPECT_THAT(listener_.events.all(), ElementsAre("READY", "m2", "m3", "m4", "m5", "RESUMED", "m7"));
  EXPECT_TRUE(sessions_.sequences.wait("7"));
  EXPECT_EQ(http_.calls().size(), 1U) << "a resume needs no look-up";
}

TEST_F(DiscordGatewayTest, AnEventIsOfferedAgainUntilItIsKept) {
  first([this](Peer& peer) {
    listener_.failures = kEventTries - 1;
    message(peer, 2);
    next(peer);
  });
  listener_.failures = 0;
  start();
  ASSERT_TRUE(listener_.events.wait("m2"));
  EXPECT_GE(listener_.offered.count("MESSAGE_CREATE"), 1);
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(DiscordGatewayTest, AnEventThatCannotBeKeptIsNotSavedAndComesAgainByAResume) {
  first([this](Peer& peer) {
    ASSERT_TRUE(sessions_.sequences.wait("1"));
    listener_.failures = kEventTries;
    message(peer, 2);
    message(peer, 3);
    next(peer);
  });
  server_.then([this](Peer& peer) {
    hello(peer);
    next(peer);
    message(peer, 2);
    message(peer, 3);
    resumed(peer, 4);
    next(peer);
  });
  start();
  ASSERT_TRUE(listener_.states.wait("resumed"));
  EXPECT_TRUE(server_saw_.wait("6 session-1 1"));
  EXPECT_THAT(listener_.events.all(), ElementsAre("READY", "m2", "m3", "RESUMED"));
  EXPECT_THAT(sessions_.sequences.all(), ElementsAre("1", "2", "3", "4"));
}

TEST_F(DiscordGatewayTest, GarbageIsPassedOver) {
  first([this](Peer& peer) {
    for (const char* text : {"", "\x01", "[[[", "null", "{\"op\":{}}", "{\"op\":0,\"t\":[],\"d\":1,\"s\":{}}"}) {
      peer.send(std::string(text));
    }
    peer.send(std::string(2'000'000, '['));
    message(peer, 2);
    next(peer);
  });
  start();
  ASSERT_TRUE(listener_.events.wait("m2"));
  EXPECT_EQ(server_.connections(), 1);
}

TEST_F(DiscordGatewayTest, ALargeEventIsDeliveredWhole) {
  first([this](Peer& peer) {
    peer.send({{"op", 0}, {"t", "GUILD_CREATE"}, {"s", 2}, {"d", {{"id", "guild"}, {"members", std::string(6'000'000, 'x')}}}});
    next(peer);
  });
  start();
  EXPECT_TRUE(listener_.events.wait("guild"));
}

TEST_F(DiscordGatewayTest, AServerThatCannotBeReachedIsTriedAgain) {
  server_.then_refuse(503);
  http_.answer({500, {}, "", ""});
  http_.answer({0, {}, "", "refused"});
  first([this](Peer& peer) { next(peer); });
  start();
  EXPECT_TRUE(listener_.states.wait("ready"));
}

TEST_F(DiscordGatewayTest, WithoutSessionStartsLeftItWaitsForTheReset) {
  const json body = {{"url", server_.url()}, {"session_start_limit", {{"remaining", 0}, {"reset_after", 40}}}};
  http_.answer({200, {}, body.dump(), ""});
  first([this](Peer& peer) { next(peer); });
  EXPECT_GE(time_of([&] {
              start();
              EXPECT_TRUE(listener_.states.wait("ready"));
            }),
            std::chrono::milliseconds(40));
  EXPECT_EQ(http_.calls().size(), 2U);
}

// Each with a gateway brought into one state; stop() must end it within a second.
class DiscordGatewayStopTest : public DiscordGatewayTest {
 protected:
  void expect_quick_stop() {
    EXPECT_LT(time_of([&] { gateway_->stop(); }), std::chrono::seconds(1));
    gateway_->stop();  // a second time does nothing
  }
};

TEST_F(DiscordGatewayStopTest, BeforeItEverStarted) {
  gateway_ = make();
  expect_quick_stop();
}

TEST_F(DiscordGatewayStopTest, WhileConnectingToASilentServer) {
  server_.then_silence();
  start();
  while (server_.connections() == 0) std::this_thread::yield();
  expect_quick_stop();
}

TEST_F(DiscordGatewayStopTest, WhileWaitingForHello) {
  server_.then([this](Peer& peer) {
    notes_.add("yes");
    next(peer);
  });
  start();
  ASSERT_TRUE(notes_.wait("yes"));
  expect_quick_stop();
}

TEST_F(DiscordGatewayStopTest, WhileReadyAndTheServerDoesNotSayGoodbye) {
  first([this](Peer&) { notes_.wait("yes"); });
  start();
  ASSERT_TRUE(listener_.states.wait("ready"));
  expect_quick_stop();
  notes_.add("yes");
}

TEST_F(DiscordGatewayStopTest, WhileWaitingToTryAgain) {
  const json body = {{"url", server_.url()}, {"session_start_limit", {{"remaining", 0}, {"reset_after", 3'600'000}}}};
  http_.answer({200, {}, body.dump(), ""});
  start();
  ASSERT_TRUE(listener_.states.wait("waiting"));
  expect_quick_stop();
}

TEST_F(DiscordGatewayStopTest, AfterGivingUp) {
  http_.answer({401, {}, "", ""});
  start();
  ASSERT_TRUE(listener_.states.wait("given_up"));
  expect_quick_stop();
}

}  // namespace
}  // namespace handrail::connections
