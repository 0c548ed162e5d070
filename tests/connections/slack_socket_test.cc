// The whole client against a scripted Socket Mode server on loopback.
#include "bot/connections/slack_socket.h"

#include <gmock/gmock.h>

#include <atomic>

#include "tests/connections/fake_server.h"
#include "tests/support/scripted_http_client.h"

namespace handrail::connections {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

class KeepingListener final : public SlackListener {
 public:
  base::Result<std::optional<json>> on_envelope(const std::string& type, const json& payload) override {
    const std::string id = payload.is_object() ? payload.value("event_id", "") : "";
    started.add(id);
    if (id == "slow") go_on.wait("slow");
    if (id == "unkept") return base::Error{base::Code::internal, "", "", "the disk is full"};
    kept.add(type + " " + id);
    if (id == "answered") return std::optional<json>(json{{"text", "hi"}});
    return std::optional<json>();
  }
  void on_state(SlackSocketState state, const std::string& why) override {
    if (state == SlackSocketState::given_up) words.add(why);
    states.add(name_of(state));
  }
  Record started;
  Record kept;
  Record states;
  Record words;
  Record go_on;
};

class SlackSocketTest : public testing::Test {
 protected:
  SlackSocketTest() {
    http_.answer_always([this](const base::HttpCall&) {
      return base::HttpReply{200, {}, json{{"ok", true}, {"url", server_.url() + "/link/?ticket=t"}}.dump(), ""};
    });
  }
  // A failed expectation must not leave a worker waiting.
  ~SlackSocketTest() override { listener_.go_on.add("slow"); }

  void start() {
    SlackSocketOptions options;
    options.app_token = "xapp-token";
    options.api_url = "http://api.invalid/";
    options.waits.backoff_first = 4;
    options.waits.backoff_longest = 20;
    options.waits.hello = 2'000;
    options.waits.linger = 50;
    socket_ = std::make_unique<SlackSocket>(http_, options, listener_);
    socket_->start();
  }

  static void hello(Peer& peer) { peer.send({{"type", "hello"}, {"num_connections", 1}}); }
  static void event(Peer& peer, const std::string& id, const std::string& channel = "D1", bool takes_answer = false,
                    const std::string& type = "events_api") {
    peer.send({{"envelope_id", "e-" + id},
               {"type", type},
               {"accepts_response_payload", takes_answer},
               {"payload", {{"event_id", id}, {"event", {{"channel", channel}}}}}});
  }
  // "e-1" or "e-1 {payload}" for an acknowledgement, "closed 1000" when the client has gone.
  std::string next(Peer& peer) {
    const json frame = peer.receive();
    std::string said;
    if (frame.is_null()) {
      said = "closed " + std::to_string(peer.client_code());
    } else {
      said = frame.value("envelope_id", "");
      if (frame.contains("payload")) said += " " + frame["payload"].dump();
    }
    server_saw_.add(said);
    return said;
  }
  void until_closed(Peer& peer) {
    while (next(peer).rfind("closed", 0) != 0) {
    }
  }

  // Slack asks for another connection; an envelope is still under way on the old one.
  void expect_refresh(const std::string& reason) {
    server_.then([this, reason](Peer& peer) {
      hello(peer);
      peer.send({{"type", "disconnect"}, {"reason", reason}});
      notes_.wait("second greeted");
      event(peer, "under way");
      for (std::string said; said.rfind("closed", 0) != 0;) {
        said = next(peer);
        notes_.add("first " + said);
      }
    });
    server_.then([this](Peer& peer) {
      hello(peer);
      notes_.add("second greeted");
      notes_.wait("first closed 1000");
      event(peer, "after");
      until_closed(peer);
    });
    start();
    ASSERT_TRUE(server_saw_.wait("e-after"));
    EXPECT_THAT(notes_.all(), ElementsAre("second greeted", "first e-under way", "first closed 1000"));
    EXPECT_EQ(server_.connections(), 2);
  }

  base::ScriptedHttpClient http_;
  KeepingListener listener_;
  Record server_saw_;
  Record notes_;  // between a test and its scripts, which outlive the test's own variables
  FakeServer server_;
  std::unique_ptr<SlackSocket> socket_;
};

TEST_F(SlackSocketTest, AsksForAnAddressWithTheAppTokenAndIsReadyAtHello) {
  server_.then([this](Peer& peer) {
    notes_.add(peer.target());
    hello(peer);
    next(peer);
  });
  start();
  ASSERT_TRUE(listener_.states.wait("ready"));
  EXPECT_THAT(notes_.all(), ElementsAre("/link/?ticket=t"));
  const base::HttpCall call = http_.calls().at(0);
  EXPECT_EQ(call.method, "POST");
  EXPECT_EQ(call.url, "http://api.invalid/apps.connections.open");
  EXPECT_EQ(call.headers.at(0).second, "Bearer xapp-token");
}

TEST_F(SlackSocketTest, AnEventIsAcknowledgedOnlyAfterTheListenerKeptIt) {
  server_.then([this](Peer& peer) {
    hello(peer);
    event(peer, "slow");
    until_closed(peer);
  });
  start();
  ASSERT_TRUE(listener_.started.wait("slow"));
  EXPECT_EQ(server_saw_.count("e-slow"), 0);
  listener_.go_on.add("slow");
  EXPECT_TRUE(server_saw_.wait("e-slow"));
  EXPECT_THAT(listener_.kept.all(), ElementsAre("events_api slow"));
}

TEST_F(SlackSocketTest, WhatTheListenerCannotKeepIsNotAcknowledged) {
  server_.then([this](Peer& peer) {
    hello(peer);
    event(peer, "unkept");
    event(peer, "kept");  // of the same conversation, so it comes after
    until_closed(peer);
  });
  start();
  ASSERT_TRUE(server_saw_.wait("e-kept"));
  EXPECT_EQ(server_saw_.count("e-unkept"), 0);
}

TEST_F(SlackSocketTest, AnAnswerIsSentOnlyWhereSlackTakesOne) {
  server_.then([this](Peer& peer) {
    hello(peer);
    event(peer, "answered", "D1", true, "slash_commands");
    event(peer, "answered", "D1", false, "interactive");
    until_closed(peer);
  });
  start();
  EXPECT_TRUE(server_saw_.wait("e-answered {\"text\":\"hi\"}"));
  EXPECT_TRUE(server_saw_.wait("e-answered"));
  EXPECT_THAT(listener_.kept.all(), ElementsAre("slash_commands answered", "interactive answered"));
}

TEST_F(SlackSocketTest, ASlowConversationHoldsUpNeitherOthersNorPings) {
  server_.then([this](Peer& peer) {
    hello(peer);
    event(peer, "slow", "D1");
    event(peer, "next", "D1");
    listener_.started.wait("slow");
    peer.ping();
    event(peer, "other", "D2");
    next(peer);
    server_saw_.add("pongs " + std::to_string(peer.pongs()));
    until_closed(peer);
  });
  start();
  ASSERT_TRUE(server_saw_.wait("e-other"));
  EXPECT_TRUE(server_saw_.wait("pongs 1"));
  EXPECT_EQ(listener_.started.count("next"), 0) << "one conversation stays in order";
  listener_.go_on.add("slow");
  EXPECT_TRUE(server_saw_.wait("e-next"));
  EXPECT_THAT(listener_.kept.all(), ElementsAre("events_api other", "events_api slow", "events_api next"));
}

TEST_F(SlackSocketTest, EventsOfOneConversationStayInOrder) {
  constexpr int kEvents = 100;
  server_.then([this](Peer& peer) {
    hello(peer);
    for (int i = 0; i < kEvents; ++i) event(peer, std::to_string(i), "D1");
    until_closed(peer);
  });
  start();
  ASSERT_TRUE(server_saw_.wait("e-" + std::to_string(kEvents - 1)));
  std::vector<std::string> expected;
  for (int i = 0; i < kEvents; ++i) expected.push_back("events_api " + std::to_string(i));
  EXPECT_EQ(listener_.kept.all(), expected);
}

TEST_F(SlackSocketTest, ARefreshOpensTheNextConnectionBeforeTheOldOneCloses) { expect_refresh("refresh_requested"); }

TEST_F(SlackSocketTest, AWarningOpensTheNextConnectionBeforeTheOldOneCloses) { expect_refresh("warning"); }

TEST_F(SlackSocketTest, TheOldConnectionServesUntilAnotherCanBeOpened) {
  server_.then([this](Peer& peer) {
    hello(peer);
    for (int i = 0; i < 3; ++i) http_.answer({500, {}, "", ""});
    peer.send({{"type", "disconnect"}, {"reason", "warning"}});
    listener_.states.wait("waiting", 2);
    event(peer, "meanwhile");
    until_closed(peer);
  });
  server_.then([this](Peer& peer) {
    hello(peer);
    until_closed(peer);
  });
  start();
  EXPECT_TRUE(server_saw_.wait("e-meanwhile"));
  EXPECT_TRUE(listener_.states.wait("ready", 2));
}

TEST_F(SlackSocketTest, SocketModeTurnedOffGivesUpWithWordsAndNeverReconnects) {
  server_.then([this](Peer& peer) {
    hello(peer);
    peer.send({{"type", "disconnect"}, {"reason", "link_disabled"}});
    until_closed(peer);
  });
  start();
  ASSERT_TRUE(listener_.states.wait("given_up"));
  EXPECT_THAT(listener_.words.all().at(0), HasSubstr("Socket Mode was turned off"));
  EXPECT_TRUE(server_saw_.wait("closed 1000"));
  std::this_thread::sleep_for(std::chrono::milliseconds(60));  // several longest waits
  EXPECT_EQ(http_.calls().size(), 1U);
}

TEST_F(SlackSocketTest, ARefusedTokenGivesUpWithWords) {
  int tries = 0;
  for (const char* error : {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "not_allowed_token_type", "missing_scope"}) {
    http_.answer({200, {}, json{{"ok", false}, {"error", error}}.dump(), ""});
    start();
    EXPECT_TRUE(listener_.states.wait("given_up", ++tries)) << error;
    socket_->stop();
    EXPECT_THAT(listener_.words.all().back(), HasSubstr("App-Level Tokens")) << error;
  }
  EXPECT_EQ(listener_.words.all().size(), 6U);
  EXPECT_EQ(server_.connections(), 0);
}

TEST_F(SlackSocketTest, OtherFailedCallsAreTriedAgain) {
  http_.answer({0, {}, "", "refused"});
  http_.answer({200, {}, "not json", ""});
  http_.answer({200, {}, R"({"ok":true})", ""});
  http_.answer({200, {}, R"({"ok":true,"url":"http://x"})", ""});
  http_.answer({200, {}, R"({"ok":false,"error":"internal_error"})", ""});
  http_.answer({429, {{"retry-after", "0"}}, R"({"ok":false,"error":"ratelimited"})", ""});
  server_.then_refuse(503);
  server_.then([](Peer& peer) { hello(peer), peer.receive(); });
  start();
  EXPECT_TRUE(listener_.states.wait("ready"));
}

TEST_F(SlackSocketTest, RetryAfterIsObeyed) {
  http_.answer({429, {{"retry-after", "1"}}, R"({"ok":false,"error":"ratelimited"})", ""});
  server_.then([](Peer& peer) { hello(peer), peer.receive(); });
  EXPECT_GE(time_of([&] {
              start();
              EXPECT_TRUE(listener_.states.wait("ready"));
            }),
            std::chrono::seconds(1));
}

TEST_F(SlackSocketTest, ADroppedConnectionIsReplaced) {
  server_.then([](Peer& peer) {
    hello(peer);
    peer.drop();
  });
  server_.then([](Peer& peer) { peer.close(1006); });  // before its hello
  server_.then([this](Peer& peer) {
    hello(peer);
    event(peer, "1");
    until_closed(peer);
  });
  start();
  EXPECT_TRUE(server_saw_.wait("e-1"));
}

TEST_F(SlackSocketTest, GarbageIsPassedOver) {
  server_.then([this](Peer& peer) {
    for (const char* text : {"", "[]", "{\"type\":5}", "{\"type\":\"events_api\",\"envelope_id\":7}", "{\"type\":\"disconnected\"}"}) {
      peer.send(std::string(text));
    }
    hello(peer);
    peer.send({{"type", "events_api"}, {"envelope_id", "e-odd"}, {"payload", 5}});
    peer.send({{"type", "something_new"}, {"envelope_id", "e-new"}});
    until_closed(peer);
  });
  start();
  EXPECT_TRUE(server_saw_.wait("e-odd"));
  EXPECT_TRUE(server_saw_.wait("e-new")) << "what we do not know would only come again";
  EXPECT_EQ(server_.connections(), 1);
}

// Each with the client brought into one state; stop() must end it within a second.
class SlackSocketStopTest : public SlackSocketTest {
 protected:
  void expect_quick_stop() {
    EXPECT_LT(time_of([&] { socket_->stop(); }), std::chrono::seconds(1));
    socket_->stop();  // a second time does nothing
  }
};

TEST_F(SlackSocketStopTest, WhileConnectingToASilentServer) {
  server_.then_silence();
  start();
  while (server_.connections() == 0) std::this_thread::yield();
  expect_quick_stop();
}

TEST_F(SlackSocketStopTest, WhileWaitingForHello) {
  server_.then([this](Peer& peer) {
    notes_.add("opened");
    until_closed(peer);
  });
  start();
  ASSERT_TRUE(notes_.wait("opened"));
  expect_quick_stop();
}

TEST_F(SlackSocketStopTest, WhileReadyAndTheServerDoesNotSayGoodbye) {
  server_.then([this](Peer& peer) {
    hello(peer);
    notes_.wait("over");
  });
  start();
  ASSERT_TRUE(listener_.states.wait("ready"));
  expect_quick_stop();
  notes_.add("over");
}

TEST_F(SlackSocketStopTest, WhileWaitingToTryAgain) {
  http_.answer({429, {{"retry-after", "3600"}}, "{}", ""});
  start();
  ASSERT_TRUE(listener_.states.wait("waiting"));
  expect_quick_stop();
}

TEST_F(SlackSocketStopTest, AfterGivingUp) {
  http_.answer({200, {}, R"({"ok":false,"error":"invalid_auth"})", ""});
  start();
  ASSERT_TRUE(listener_.states.wait("given_up"));
  expect_quick_stop();
}

TEST_F(SlackSocketStopTest, WhatTheListenerIsKeepingIsStillAcknowledged) {
  server_.then([this](Peer& peer) {
    hello(peer);
    event(peer, "slow");
    until_closed(peer);
  });
  start();
  ASSERT_TRUE(listener_.started.wait("slow"));
  std::thread other([&] { listener_.go_on.add("slow"); });
  expect_quick_stop();
  other.join();
  EXPECT_TRUE(server_saw_.wait("closed 1000"));
  EXPECT_THAT(server_saw_.all(), ElementsAre("e-slow", "closed 1000"));
}

}  // namespace
}  // namespace handrail::connections
