// Plays Slack against a running Handrail: `connections` clients post signed messages, a stand-in for Slack's API counts the
// answers. Measures the bare HTTP handler of the same library before and after, so that the figure is a ratio of this machine's
// own speed, also where that changes from second to second.
#include <httplib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>

#include "adapters/signature.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr const char* kSecret = "a-signing-secret-for-the-benchmark";
constexpr std::chrono::seconds kPatience{120};
constexpr int kBareRequestsPerMessage = 5;  // before, and as many after

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string message_body(int number, std::int64_t seconds) {
  const std::string id = std::to_string(number);
  return R"({"type":"event_callback","team_id":"T1","event_id":"Ev)" + id + "-" + std::to_string(getpid()) +
         R"(","authorizations":[{"team_id":"T1"}],"event":{"type":"message","channel_type":"im","channel":"D)" + id +
         R"(","user":"U)" + id + R"(","text":"how can I cancel my subscription?","ts":")" + std::to_string(seconds) + "." + id +
         R"("}})";
}

// Clients of one server over kept-open connections, and what their requests took.
class Clients {
 public:
  Clients(int port, std::string path, int connections) : path_(std::move(path)) {
    for (int i = 0; i < connections; ++i) {
      clients_.push_back(std::make_unique<httplib::Client>("127.0.0.1", port));
      clients_.back()->set_keep_alive(true);
      clients_.back()->set_tcp_nodelay(true);
    }
  }

  // Posts messages, as many at once as there are connections.
  void post(int messages) {
    std::atomic<int> next{0};
    std::mutex mutex;
    std::vector<std::thread> threads;
    const auto started = Clock::now();
    for (const auto& client : clients_) {
      threads.emplace_back([&] {
        std::vector<double> own;
        int own_refused = 0;
        for (int i = next++; i < messages; i = next++) {
          const std::int64_t now = std::time(nullptr);
          const std::string body = message_body(i, now);
          const std::string base = "v0:" + std::to_string(now) + ":" + body;
          const httplib::Headers headers = {{"X-Slack-Request-Timestamp", std::to_string(now)},
                                            {"X-Slack-Signature", "v0=" + handrail::adapters::hmac_sha256_hex(kSecret, base)}};
          const auto begun = Clock::now();
          const auto answer = client->Post(path_, headers, body, "application/json");
          own.push_back(seconds_since(begun) * 1000);
          if (!answer || answer->status != 200) ++own_refused;
        }
        const std::lock_guard lock(mutex);
        milliseconds.insert(milliseconds.end(), own.begin(), own.end());
        refused += own_refused;
      });
    }
    for (std::thread& thread : threads) thread.join();
    seconds += seconds_since(started);
  }

  double seconds = 0;
  std::vector<double> milliseconds;  // of each acknowledgement
  int refused = 0;

 private:
  std::string path_;
  std::vector<std::unique_ptr<httplib::Client>> clients_;
};

double memory_mb(pid_t pid) {
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

// Processor time the program has used so far, in seconds: what it costs whatever else the machine does.
double processor_seconds(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), std::istreambuf_iterator<char>());
  std::istringstream fields(text.substr(text.rfind(')') + 2));  // proc(5): utime and stime are fields 14 and 15, the state is the third
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

int option(int argc, char** argv, const std::string& name, int standard) {
  for (int i = 2; i + 1 < argc; ++i) {
    if (argv[i] == name) return std::atoi(argv[i + 1]);
  }
  return standard;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: slack_load PROGRAM [--messages N] [--connections N]\n";
    return 2;
  }
  const int messages = option(argc, argv, "--messages", 4000);
  const int connections = option(argc, argv, "--connections", 32);

  httplib::Server bare;
  bare.set_keep_alive_max_count(1'000'000);
  bare.set_tcp_nodelay(true);
  bare.new_task_queue = [&] { return new httplib::ThreadPool(static_cast<std::size_t>(connections) + 4); };
  bare.Post("/bare", [](const httplib::Request&, httplib::Response& response) { response.set_content("ok", "text/plain"); });
  const int bare_port = bare.bind_to_any_port("127.0.0.1");
  std::thread bare_thread([&] { bare.listen_after_bind(); });

  std::atomic<int> answers{0};
  httplib::Server slack;
  slack.set_keep_alive_max_count(1'000'000);
  slack.set_tcp_nodelay(true);
  slack.Post("/api/chat.postMessage", [&](const httplib::Request&, httplib::Response& response) {
    ++answers;
    response.set_content(R"({"ok":true,"channel":"D1","ts":"1.1"})", "application/json");
  });
  slack.Post("/api/auth.test", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(R"({"ok":true,"user_id":"U0BOT","bot_id":"B0BOT"})", "application/json");
  });
  const int slack_port = slack.bind_to_any_port("127.0.0.1");
  std::thread slack_thread([&] { slack.listen_after_bind(); });

  char folder[] = "/tmp/handrail-bench-XXXXXX";
  if (mkdtemp(folder) == nullptr) return 1;
  const int port = 20000 + getpid() % 20000;
  const auto starting = Clock::now();
  const pid_t program = fork();
  if (program == 0) {
    setenv("HANDRAIL_SLACK_SIGNING_SECRET", kSecret, 1);
    setenv("HANDRAIL_SLACK_BOT_TOKEN", "xoxb-bench", 1);
    setenv("HANDRAIL_SLACK_API_URL", ("http://127.0.0.1:" + std::to_string(slack_port) + "/api/").c_str(), 1);
    setenv("HANDRAIL_LOG_LEVEL", "error", 1);
    if (freopen("/dev/null", "w", stdout) == nullptr) _exit(1);
    execl(argv[1], argv[1], "serve", "--port", std::to_string(port).c_str(), "--data", folder, nullptr);
    _exit(127);
  }
  httplib::Client probe("127.0.0.1", port);
  while (!probe.Get("/health") && seconds_since(starting) < 30) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const double start_seconds = seconds_since(starting);

  const int bare_requests = messages * kBareRequestsPerMessage;
  double bare_seconds = 0;
  const auto measure_bare = [&] {
    Clients clients(bare_port, "/bare", connections);
    clients.post(bare_requests);
    bare_seconds += clients.seconds;
  };
  measure_bare();
  const double processor_before = processor_seconds(program);
  const auto started = Clock::now();
  std::vector<double> milliseconds;
  int refused = 0;
  {
    Clients load(port, "/slack/events", connections);
    load.post(messages);
    milliseconds = std::move(load.milliseconds);
    refused = load.refused;
  }
  while (answers < messages && seconds_since(started) < static_cast<double>(kPatience.count())) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  const double whole = seconds_since(started);
  const double processor = processor_seconds(program) - processor_before;
  std::sort(milliseconds.begin(), milliseconds.end());
  measure_bare();
  const double bare_rate = 2 * bare_requests / bare_seconds;
  const double rate = answers / whole;
  const auto percentile = [&](double p) { return milliseconds[static_cast<std::size_t>(p * (milliseconds.size() - 1))]; };
  std::printf("messages %d over %d connections, refused %d, answered %d\n", messages, connections, refused, answers.load());
  std::printf("answered and delivered per second   %10.0f\n", rate);
  std::printf("bare handler, requests per second   %10.0f\n", bare_rate);
  std::printf("ratio                               %10.3f\n", rate / bare_rate);
  std::printf("processor microseconds an answer    %10.0f\n", processor * 1e6 / std::max(answers.load(), 1));
  std::printf("acknowledgement ms  median %.2f  p99 %.2f\n", percentile(0.5), percentile(0.99));
  std::printf("start-up seconds %.2f   memory MB %.0f\n", start_seconds, memory_mb(program));

  kill(program, SIGTERM);
  waitpid(program, nullptr, 0);
  bare.stop();
  slack.stop();
  bare_thread.join();
  slack_thread.join();
  std::filesystem::remove_all(folder);
  return answers == messages ? 0 : 1;
}
