// The client against a server on loopback that behaves, stalls, breaks off or shows the wrong certificate.
#include "bot/connections/websocket.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "bot/connections/frame_json.h"
#include "bot/connections/socket_url.h"
#include "tests/connections/fake_server.h"

namespace handrail::connections {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr milliseconds kEnough{5'000};
constexpr milliseconds kSoon{1'000};

TEST(WebSocketTest, MessagesGoBothWays) {
  FakeServer server;
  server.then([](Peer& peer) {
    const auto got = peer.receive_text();
    peer.send(got.value_or("") + "!");
    peer.receive_text();
  });
  WebSocket socket;
  ASSERT_TRUE(socket.connect(server.url() + "/?v=10", kEnough).ok());
  ASSERT_TRUE(socket.send("grüezi").ok());
  const Read read = socket.read(kEnough);
  EXPECT_EQ(read.kind, Read::Kind::frame) << read.why;
  EXPECT_EQ(read.text, "grüezi!");
}

TEST(WebSocketTest, TheServerSeesPathAndQuery) {
  Record record;
  FakeServer server;
  server.then([&](Peer& peer) { record.add(peer.target()); });
  WebSocket socket;
  ASSERT_TRUE(socket.connect(server.url() + "/link/?ticket=a", kEnough).ok());
  EXPECT_TRUE(record.wait("/link/?ticket=a"));
}

TEST(WebSocketTest, ReadTimesOutAndTheNextReadStillGetsTheMessage) {
  FakeServer server;
  server.then([](Peer& peer) {
    peer.receive_text();
    peer.send(std::string("late"));
    peer.receive_text();
  });
  WebSocket socket;
  ASSERT_TRUE(socket.connect(server.url(), kEnough).ok());
  EXPECT_EQ(socket.read(20ms).kind, Read::Kind::timed_out);
  ASSERT_TRUE(socket.send("go").ok());
  EXPECT_EQ(socket.read(kEnough).text, "late");
}

TEST(WebSocketTest, SendsFromOtherThreadsWhileTheReaderReads) {
  constexpr int kThreads = 4;
  constexpr int kEach = 50;
  FakeServer server;
  server.then([](Peer& peer) {
    for (int i = 0; i < kThreads * kEach; ++i) peer.receive_text();
    peer.send(std::string("all"));
    peer.receive_text();
  });
  WebSocket socket;
  ASSERT_TRUE(socket.connect(server.url(), kEnough).ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int k = 0; k < kEach; ++k) EXPECT_TRUE(socket.send("x").ok());
    });
  }
  EXPECT_EQ(socket.read(kEnough).text, "all");
  for (std::thread& thread : threads) thread.join();
}

TEST(WebSocketTest, AnswersPingsWhileReading) {
  Record record;
  FakeServer server;
  server.then([&](Peer& peer) {
    peer.ping();
    peer.receive_text();
    record.add("pongs " + std::to_string(peer.pongs()));
  });
  WebSocket socket;
  ASSERT_TRUE(socket.connect(server.url(), kEnough).ok());
  EXPECT_EQ(socket.read(50ms).kind, Read::Kind::timed_out);
  socket.close(1000);
  EXPECT_TRUE(record.wait("pongs 1"));
}

TEST(WebSocketTest, SaysWithWhichCodeTheServerClosed) {
  FakeServer server;
  server.then([](Peer& peer) { peer.close(4014); });
  server.then([](Peer& peer) { peer.close(0); });
  WebSocket first;
  ASSERT_TRUE(first.connect(server.url(), kEnough).ok());
  Read read = first.read(kEnough);
  EXPECT_EQ(read.kind, Read::Kind::closed);
  EXPECT_EQ(read.code, 4014);
  EXPECT_EQ(first.read(kEnough).code, 4014) << "every further read says the same";
  EXPECT_FALSE(first.send("x").ok());
  WebSocket second;
  ASSERT_TRUE(second.connect(server.url(), kEnough).ok());
  read = second.read(kEnough);
  EXPECT_EQ(read.kind, Read::Kind::closed);
  EXPECT_EQ(read.code, 0);
}

TEST(WebSocketTest, ACutLineHasFailed) {
  FakeServer server;
  server.then([](Peer& peer) { peer.drop(); });
  WebSocket socket;
  ASSERT_TRUE(socket.connect(server.url(), kEnough).ok());
  EXPECT_EQ(socket.read(kEnough).kind, Read::Kind::failed);
  EXPECT_EQ(socket.read(kEnough).kind, Read::Kind::failed);
}

TEST(WebSocketTest, OurCloseCodeReachesTheServerAfterWhatWasQueued) {
  Record record;
  FakeServer server;
  server.then([&](Peer& peer) {
    while (const auto text = peer.receive_text()) record.add(*text);
    record.add(std::to_string(peer.client_code()));
  });
  WebSocket socket;
  ASSERT_TRUE(socket.connect(server.url(), kEnough).ok());
  ASSERT_TRUE(socket.send("last words").ok());
  socket.stop();
  socket.close(4900);
  ASSERT_TRUE(record.wait("4900"));
  EXPECT_EQ(record.all(), (std::vector<std::string>{"last words", "4900"}));
}

TEST(WebSocketTest, AMessageOfTheLimitComesAndOneMoreByteFails) {
  FakeServer server;
  server.then([](Peer& peer) {
    peer.send(std::string(kInboundBytes, 'a'));
    peer.send(std::string(kInboundBytes + 1, 'a'));
    peer.receive_text();
  });
  WebSocket socket;
  ASSERT_TRUE(socket.connect(server.url(), kEnough).ok());
  EXPECT_EQ(socket.read(kEnough).text.size(), kInboundBytes);
  EXPECT_EQ(socket.read(kEnough).kind, Read::Kind::failed);
}

TEST(WebSocketTest, MoreThanTheQueueHoldsIsRefused) {
  FakeServer server;
  WebSocket socket;
  ASSERT_TRUE(socket.connect(server.url(), kEnough).ok());
  for (std::size_t i = 0; i < kOutboundFrames; ++i) ASSERT_TRUE(socket.send("x").ok());
  const base::Status one_more = socket.send("x");
  ASSERT_FALSE(one_more.ok());
  EXPECT_EQ(one_more.error().code, base::Code::limited);
}

TEST(WebSocketTest, ARefusedUpgradeNamesTheStatus) {
  FakeServer server;
  server.then_refuse(503);
  WebSocket socket;
  const base::Status opened = socket.connect(server.url(), kEnough);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("503"), std::string::npos) << opened.error().message;
}

TEST(WebSocketTest, ConnectEndsAtItsDeadlineWhenTheServerIsSilent) {
  FakeServer server;
  server.then_silence();
  WebSocket socket;
  base::Status opened = base::done();
  EXPECT_LT(time_of([&] { opened = socket.connect(server.url(), 50ms); }), kSoon);
  EXPECT_FALSE(opened.ok());
}

TEST(WebSocketTest, NobodyListeningIsAnErrorAtOnce) {
  std::string url;
  {
    FakeServer server;
    url = server.url();
  }
  WebSocket socket;
  EXPECT_LT(time_of([&] { EXPECT_FALSE(socket.connect(url, kEnough).ok()); }), kSoon);
  EXPECT_EQ(socket.read(kEnough).kind, Read::Kind::failed);
}

TEST(WebSocketTest, StopEndsAConnectThatIsUnderWay) {
  FakeServer server;
  server.then_silence();
  WebSocket socket;
  std::thread other([&] {
    while (server.connections() == 0) std::this_thread::yield();
    socket.stop();
  });
  EXPECT_LT(time_of([&] { EXPECT_FALSE(socket.connect(server.url(), kEnough).ok()); }), kSoon);
  other.join();
}

TEST(WebSocketTest, StopEndsAReadThatIsUnderWay) {
  FakeServer server;
  WebSocket socket;
  ASSERT_TRUE(socket.connect(server.url(), kEnough).ok());
  std::thread other([&] { socket.stop(); });
  EXPECT_LT(time_of([&] { EXPECT_EQ(socket.read(kEnough).kind, Read::Kind::stopped); }), kSoon);
  other.join();
}

TEST(WebSocketTest, AClosingHandshakeThatIsNeverAnsweredIsCutOff) {
  Record record;
  FakeServer server;
  server.then([&](Peer&) { record.wait("over"); });
  WebSocket socket;
  ASSERT_TRUE(socket.connect(server.url(), kEnough).ok());
  EXPECT_LT(time_of([&] { socket.close(4900); }), kSoon);
  record.add("over");
}

TEST(WebSocketTest, ASilentConnectionFailsAtTheIdleLimit) {
  Record record;
  FakeServer server;
  server.then([&](Peer&) { record.wait("over"); });  // reads nothing, so it answers no ping
  WebSocket socket({"", 100ms});
  ASSERT_TRUE(socket.connect(server.url(), kEnough).ok());
  EXPECT_EQ(socket.read(kEnough).kind, Read::Kind::failed);
  record.add("over");
}

// A certificate of its own for 127.0.0.1 and localhost, and one for another host, made by the openssl tool.
class WebSocketTlsTest : public testing::Test {
 protected:
  WebSocketTlsTest() {
    std::string folder = (std::filesystem::temp_directory_path() / "handrail-tls-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    folder_ = folder;
    here_ = certificate("here", "IP:127.0.0.1,DNS:localhost");
    elsewhere_ = certificate("elsewhere", "DNS:elsewhere.example");
  }
  ~WebSocketTlsTest() override { std::filesystem::remove_all(folder_); }

  std::string certificate(const std::string& name, const std::string& subjects) {
    const std::string path = folder_ + "/" + name;
    const std::string command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name +
                                " -addext subjectAltName=" + subjects + " -keyout " + path + ".key -out " + path +
                                ".crt 2>/dev/null && cat " + path + ".crt " + path + ".key > " + path + ".pem";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return path + ".pem";
  }

  std::string folder_, here_, elsewhere_;
};

TEST_F(WebSocketTlsTest, ACertificateOfAGivenAuthorityIsTakenAndTheHostNameIsSent) {
  Record record;
  FakeServer server(here_);
  server.then([&](Peer& peer) {
    record.add("name " + peer.server_name());
    peer.send(std::string("hello"));
    peer.receive_text();
  });
  WebSocket socket({here_, 0ms});
  const base::Status opened = socket.connect(server.url("localhost"), kEnough);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  EXPECT_EQ(socket.read(kEnough).text, "hello");
  EXPECT_TRUE(record.wait("name localhost"));
}

TEST_F(WebSocketTlsTest, AnAddressIsCheckedAgainstTheCertificateToo) {
  FakeServer server(here_);
  WebSocket socket({here_, 0ms});
  EXPECT_TRUE(socket.connect(server.url(), kEnough).ok());
}

TEST_F(WebSocketTlsTest, ACertificateOfAnUnknownAuthorityIsRefused) {
  FakeServer server(here_);
  WebSocket socket;
  const base::Status opened = socket.connect(server.url(), kEnough);
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("certificate verify failed"), std::string::npos) << opened.error().message;
}

TEST_F(WebSocketTlsTest, ACertificateForAnotherHostIsRefused) {
  FakeServer server(elsewhere_);
  WebSocket socket({elsewhere_, 0ms});
  EXPECT_FALSE(socket.connect(server.url(), kEnough).ok());
}

TEST_F(WebSocketTlsTest, ACertificateFileThatIsNotThereIsAnError) {
  FakeServer server(here_);
  WebSocket socket({folder_ + "/missing.pem", 0ms});
  EXPECT_FALSE(socket.connect(server.url(), kEnough).ok());
}

TEST(SocketUrlTest, AddressesAreTakenApart) {
  const auto url = parse_socket_url("wss://gateway.discord.gg/?v=10&encoding=json#x");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "gateway.discord.gg");
  EXPECT_EQ(url->port, "443");
  EXPECT_EQ(url->host_header, "gateway.discord.gg");
  EXPECT_EQ(url->target, "/?v=10&encoding=json");
  EXPECT_EQ(parse_socket_url("ws://h:8080?a")->target, "/?a");
  EXPECT_EQ(parse_socket_url("ws://h:8080")->host_header, "h:8080");
  EXPECT_EQ(parse_socket_url("ws://[::1]:81/")->host, "::1");
  EXPECT_EQ(parse_socket_url("ws://[::1]:81/")->host_header, "[::1]:81");
}

TEST(SocketUrlTest, WhatIsNoAddressIsRefused) {
  for (const std::string& url : std::vector<std::string>{
           "", "wss://", "http://h", "h", "wss://h:0", "wss://h:65536", "wss://h:x", "wss://user@h", "wss://h/\r\nX: y", "ws://[::1",
           "wss://h:", "wss://h /", "wss://h/" + std::string(kUrlCharacters, 'a')}) {
    EXPECT_FALSE(parse_socket_url(url)) << url;
  }
  EXPECT_FALSE(is_acceptable("ws://h", false));
  EXPECT_TRUE(is_acceptable("ws://h", true));
  EXPECT_TRUE(is_acceptable("wss://h", false));
}

TEST(FrameJsonTest, OnlyObjectsThatAreNotTooDeepAreRead) {
  const auto nested = [](int depth) {
    return "{\"a\":" + std::string(static_cast<std::size_t>(depth - 1), '[') +
           std::string(static_cast<std::size_t>(depth - 1), ']') + "}";
  };
  EXPECT_TRUE(parse_frame(nested(kFrameDepth)));
  EXPECT_FALSE(parse_frame(nested(kFrameDepth + 1)));
  EXPECT_TRUE(parse_frame("{\"a\":\"\\\"" + std::string(1'000, '[') + "\"}")) << "brackets in a text are no depth";
  for (const char* text : {"", "[]", "1", "null", "{", "{\"a\":\"\xff\"}", "\"x\""}) EXPECT_FALSE(parse_frame(text)) << text;
}

TEST(FrameJsonTest, WrongTypesAreDefaults) {
  const nlohmann::json frame = {{"n", 1.5}, {"t", 3}, {"big", 18446744073709551615ULL}, {"f", "true"}};
  EXPECT_EQ(text_of(frame, "t"), "");
  EXPECT_FALSE(integer_of(frame, "n"));
  EXPECT_FALSE(integer_of(frame, "big"));
  EXPECT_FALSE(integer_of("text", "n"));
  EXPECT_FALSE(flag_of(frame, "f"));
  EXPECT_TRUE(member(frame, "none").is_null());
}

}  // namespace
}  // namespace handrail::connections
