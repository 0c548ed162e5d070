// What one message costs, stage by stage, on one thread: each stage of design section 2 is run by itself on the same message
// ("how can I cancel my subscription?" in a Slack DM of someone new), with the shipped content and a database on disk.
#include <fcntl.h>
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "adapters/channels.h"
#include "adapters/signature.h"
#include "bot/base/id.h"
#include "bot/conversation/engine.h"
#include "bot/delivery/worker.h"
#include "bot/storage/inbox.h"

namespace {

using namespace handrail;
using Clock = std::chrono::steady_clock;
constexpr int kWriters = 32;
constexpr const char* kSecret = "a-signing-secret-for-the-benchmark";

std::string body_of(int number) {
  const std::string id = std::to_string(number);
  return R"({"type":"event_callback","team_id":"T1","event_id":"Ev)" + id +
         R"(","authorizations":[{"team_id":"T1"}],"event":{"type":"message","channel_type":"im","channel":"D)" + id +
         R"(","user":"U)" + id + R"(","text":"how can I cancel my subscription?","ts":"1795430000.)" + id + R"("}})";
}

adapters::HttpRequest request_of(int number, std::int64_t seconds) {
  adapters::HttpRequest request;
  request.path = "/slack/events";
  request.body = body_of(number);
  const std::string stamp = std::to_string(seconds);
  request.headers = {{"content-type", "application/json"},
                     {"x-slack-request-timestamp", stamp},
                     {"x-slack-signature", "v0=" + adapters::hmac_sha256_hex(kSecret, "v0:" + stamp + ":" + request.body)}};
  return request;
}

void print(const char* stage, double seconds) { std::printf("  %-12s %8.1f\n", stage, seconds * 1e6); }

template <typename Action>
void measure(const char* stage, int times, Action action) {
  const auto started = Clock::now();
  for (int i = 0; i < times; ++i) action(i);
  const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
  print(stage, seconds / times);
}

class Nobody final : public delivery::DeliveryEvents, public delivery::LinkWords {
 public:
  void delivered(const std::string&, std::int64_t) override {}
  void retried(const std::string&, const std::string&) override {}
  void given_up(const std::string&, const std::string&) override {}
  void rung_taken(const std::string&, const std::string&) override {}
  std::string dm_closed(const std::string&, const std::string&, std::int64_t) const override { return ""; }
  std::string private_thread(const std::string&) const override { return ""; }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: stages DATA_ROOT [MESSAGES]\n";
    return 2;
  }
  const int times = argc > 2 ? std::atoi(argv[2]) : 2000;
  base::start_crypto();
  char folder[] = "/tmp/handrail-bench-XXXXXX";
  if (mkdtemp(folder) == nullptr) return 1;

  httplib::Server slack;
  slack.set_keep_alive_max_count(1'000'000);
  slack.set_tcp_nodelay(true);
  slack.Post("/api/chat.postMessage", [](const httplib::Request&, httplib::Response& response) {
    response.set_content(R"({"ok":true,"channel":"D1","ts":"1.1"})", "application/json");
  });
  const int slack_port = slack.bind_to_any_port("127.0.0.1");
  std::thread slack_thread([&] { slack.listen_after_bind(); });

  {
    config::Config config;
    config.slack_signing_secret = kSecret;
    config.slack_bot_token = "xoxb-bench";
    config.slack_api_url = "http://127.0.0.1:" + std::to_string(slack_port) + "/api/";
    base::SystemClock clock;
    Nobody nobody;
    locales::Problems problems;
    conversation::ContentHolder content(conversation::load_content(argv[1], "UTC", "", problems));
    auto store = storage::Store::open({std::string("sqlite://") + folder + "/bench.db", 4});
    if (!store || content.get()->detector == nullptr) return 1;
    const auto vault = base::Vault::open(base::Vault::new_key());
    const auto http = base::make_http_client();
    delivery::BotTokens tokens(**store, clock, *vault, config);
    delivery::Worker worker(**store, *http, clock, *vault, config, tokens, nobody, nobody, {});

    const std::int64_t now = clock.now_ms();
    const adapters::Channel& channel = *adapters::find_channel("slack");
    const auto request = request_of(1, now / 1000);
    const adapters::Secrets secrets{kSecret};
    const adapters::OwnIds own;
    const auto parsed = std::get<adapters::Messages>(channel.parse(request, now, own));
    const adapters::InboundMessage& message = parsed.messages.front();
    const auto detector = content.get()->detector;
    const conversation::Content parts{content.get()->catalogs.get(), content.get()->shelf.get()};
    intents::Context context;
    context.now = now;
    const auto understanding = detector->understand(message.text, context);
    conversation::Said said;
    said.text = message.text;
    conversation::AccountView account;
    account.access = conversation::AccountAccess::not_linked;
    conversation::Surroundings around;
    around.now = now;
    around.product_name = config.product_name;
    const auto turn = conversation::take_turn({}, said, understanding, account, around, parts);
    const adapters::Reply& reply = turn.answers.front().reply;

    std::printf("microseconds per message (%d messages; commit: %d threads at once)\n", times, kWriters);
    measure("verify", times, [&](int) { channel.verify(request, now, secrets); });
    measure("parse", times, [&](int) { channel.parse(request, now, own); });
    measure("understand", times, [&](int) { detector->understand(message.text, context); });
    measure("decide", times, [&](int) { conversation::take_turn({}, said, understanding, account, around, parts); });
    delivery::Outgoing outgoing;
    outgoing.reply = reply;
    measure("render", times, [&](int) { delivery::prepare(outgoing, "slack", message.from, config, now); });
    // Accepted, decided and durable: as many threads as a busy server has connections share each flush to disk.
    std::vector<adapters::InboundMessage> messages;
    for (int i = 0; i < times; ++i) {
      messages.push_back(std::get<adapters::Messages>(channel.parse(request_of(i, now / 1000), now, own)).messages.front());
    }
    std::vector<conversation::TurnJob> jobs;
    std::vector<conversation::Plan> plans;
    for (const adapters::InboundMessage& one : messages) {
      conversation::TurnJob job;
      job.accepted = false;
      job.now = now;
      job.content = content.get();
      job.said = said;
      job.understanding = understanding;
      job.account = account;
      storage::InboxRow row;
      row.id = base::new_id(now);
      row.event_key = one.event_key;
      row.post_key = one.post_key;
      row.conversation_key = conversation::Engine::conversation_key(one);
      row.status = "done";
      row.received_at = now;
      job.parts.push_back({row, one});
      plans.push_back(conversation::make_plan(job, {}, config));
      jobs.push_back(std::move(job));
    }
    const auto committing = Clock::now();
    std::atomic<std::size_t> next{0};
    std::vector<std::thread> writers;
    for (int t = 0; t < kWriters; ++t) {
      writers.emplace_back([&] {
        for (std::size_t i = next++; i < jobs.size(); i = next++) {
          (void)(*store)->write([&](storage::Session& session) {
            storage::accept(session, jobs[i].parts.front().row, static_cast<std::int64_t>(config::kQueuedPerConversation));
            return conversation::TurnWriter(session, jobs[i], config, *vault, false).write(plans[i]);
          });
        }
      });
    }
    for (std::thread& writer : writers) writer.join();
    print("commit", std::chrono::duration<double>(Clock::now() - committing).count() / times);
    const auto started = Clock::now();
    int sent = 0;
    for (int round = worker.run_once(); round > 0; round = worker.run_once()) sent += round;
    print("send", std::chrono::duration<double>(Clock::now() - started).count() / std::max(sent, 1));
  }
  slack.stop();
  slack_thread.join();
  std::filesystem::remove_all(folder);
  return 0;
}
