// The real client against a server on loopback that behaves well, slowly, or too generously.
#include "bot/base/http_client.h"

#include <gmock/gmock.h>
#include <httplib.h>

#include <latch>
#include <thread>

namespace handrail::base {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kShort{100};

class HttpClientTest : public testing::Test {
 protected:
  HttpClientTest() {
    server_.Post("/echo", [](const httplib::Request& request, httplib::Response& response) {
      response.set_header("X-Type", request.get_header_value("Content-Type"));
      response.set_header("X-Auth", request.get_header_value("Authorization"));
      response.set_content(request.body, "text/plain");
    });
    server_.Get("/port", [](const httplib::Request& request, httplib::Response& response) {
      response.set_content(std::to_string(request.remote_port), "text/plain");
    });
    server_.Get("/away", [](const httplib::Request&, httplib::Response& response) {
      response.set_redirect("/port");
    });
    server_.Get("/broken", [](const httplib::Request&, httplib::Response& response) {
      response.status = 503;
      response.set_header("Retry-After", "7");
      response.set_content("come back", "text/plain");
    });
    server_.Get("/silent", [this](const httplib::Request&, httplib::Response& response) {
      over_.wait();
      response.set_content("late", "text/plain");
    });
    server_.Get("/drip", [this](const httplib::Request&, httplib::Response& response) {
      response.set_chunked_content_provider("text/plain",
                                            [this](std::size_t, httplib::DataSink& sink) {
                                              if (over_.try_wait()) return false;
                                              std::this_thread::yield();
                                              return sink.write("x", 1);
                                            });
    });
    server_.Get(
        R"(/bytes/(\d+))", [](const httplib::Request& request, httplib::Response& response) {
          response.set_content(std::string(std::stoul(request.matches[1]), 'x'), "text/plain");
        });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~HttpClientTest() override {
    if (!over_.try_wait()) over_.count_down();
    client_.reset();
    server_.stop();
    thread_.join();
  }

  HttpReply get(const std::string& path, milliseconds deadline = milliseconds(5000)) {
    HttpCall call;
    call.url = url(path);
    call.deadline = deadline;
    return client_->send(call);
  }
  std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  static std::string header(const HttpReply& reply, const std::string& name) {
    for (const auto& [key, value] : reply.headers) {
      if (key == name) return value;
    }
    return "";
  }

  httplib::Server server_;
  std::latch over_{1};
  int port_ = 0;
  std::thread thread_;
  std::unique_ptr<HttpClient> client_ = make_http_client();
};

TEST_F(HttpClientTest, SendsTheBodyAndReadsTheAnswer) {
  HttpCall call;
  call.method = "POST";
  call.url = url("/echo");
  call.headers = {{"Authorization", "Bearer t"}};
  call.content_type = "application/json";
  call.body = "{\"a\":1}";
  const HttpReply reply = client_->send(call);
  EXPECT_EQ(reply.status, 200) << reply.error;
  EXPECT_EQ(reply.body, "{\"a\":1}");
  EXPECT_EQ(header(reply, "x-type"), "application/json");
  EXPECT_EQ(header(reply, "x-auth"), "Bearer t");
}

TEST_F(HttpClientTest, AnErrorAnswerHasItsBodyAndHeaders) {
  const HttpReply reply = get("/broken");
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body, "come back");
  EXPECT_EQ(header(reply, "retry-after"), "7");
}

TEST_F(HttpClientTest, SendsFilesAsAForm) {
  HttpCall call;
  call.method = "POST";
  call.url = url("/echo");
  call.parts = {{"payload_json", "", "application/json", "{}"},
                {"files[0]", "step.png", "image/png", std::string("\0\xff", 2)}};
  server_.Post("/form", [](const httplib::Request& request, httplib::Response& response) {
    const auto file = request.get_file_value("files[0]");
    response.set_content(request.get_file_value("payload_json").content + "|" + file.filename +
                             "|" + file.content_type + "|" + std::to_string(file.content.size()),
                         "text/plain");
  });
  call.url = url("/form");
  EXPECT_EQ(client_->send(call).body, "{}|step.png|image/png|2");
}

TEST_F(HttpClientTest, KeepsTheConnectionForTheNextCall) {
  const std::string port = get("/port").body;
  EXPECT_NE(port, "");
  EXPECT_EQ(get("/port").body, port);
}

TEST_F(HttpClientTest, ParallelCallsHaveConnectionsOfTheirOwn) {
  std::vector<std::thread> threads;
  std::atomic<int> good = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 20; ++j) good += get("/bytes/1000").body.size() == 1000 ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 160);
}

TEST_F(HttpClientTest, NeverFollowsARedirect) { EXPECT_EQ(get("/away").status, 302); }

TEST_F(HttpClientTest, ASilentServerIsLeftAtTheDeadline) {
  const HttpReply reply = get("/silent", kShort);
  EXPECT_EQ(reply.status, 0);
  EXPECT_NE(reply.error, "");
}

TEST_F(HttpClientTest, AServerThatDripsIsCutAtTheDeadline) {
  const HttpReply reply = get("/drip", kShort);
  EXPECT_EQ(reply.status, 0);
  EXPECT_EQ(reply.error, "deadline exceeded");
  EXPECT_EQ(reply.body, "");
  over_.count_down();
  EXPECT_EQ(get("/bytes/3").body, "xxx");
}

TEST_F(HttpClientTest, AnAnswerIsTakenUpToTheLimit) {
  EXPECT_EQ(get("/bytes/" + std::to_string(kReplyBytes)).body.size(), kReplyBytes);
  const HttpReply reply = get("/bytes/" + std::to_string(kReplyBytes + 1));
  EXPECT_EQ(reply.status, 0);
  EXPECT_EQ(reply.error, "answer too long");
}

TEST_F(HttpClientTest, NobodyThereIsStatusZero) {
  HttpCall call;
  call.url = "http://127.0.0.1:1/";
  call.deadline = milliseconds(1000);
  EXPECT_EQ(client_->send(call).status, 0);
  call.url = "ftp://127.0.0.1/";
  EXPECT_EQ(client_->send(call).error, "not an http(s) URL");
}

TEST(SplitUrl, TableOfAddresses) {
  const struct {
    const char* url;
    const char* origin;  // empty: refused
    const char* target;
  } rows[] = {
      {"https://host:8443/a/b?c", "https://host:8443", "/a/b?c"},
      {"http://host", "http://host", "/"},
      {"http://host?q=1", "http://host", "/?q=1"},
      {"ftp://host/", "", ""},
      {"host/path", "", ""},
      {"https://", "", ""},
      {"https:///path", "", ""},
      {"https://user@host/", "", ""},
      {"https://host/a b", "", ""},
      {"https://host/a\r\nX: y", "", ""},
  };
  for (const auto& row : rows) {
    std::string origin;
    std::string target;
    const bool good = split_url(row.url, &origin, &target);
    EXPECT_EQ(good, *row.origin != '\0') << row.url;
    if (good) {
      EXPECT_EQ(origin, row.origin);
      EXPECT_EQ(target, row.target);
    }
  }
}

}  // namespace
}  // namespace handrail::base
