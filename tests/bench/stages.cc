// What one message costs, stage by stage, on one thread: each stage of design section 2 is run by itself on the same message
// ("how can I cancel my subscription?" in a Slack DM of someone new), with the shipped content and a database on disk.
#include <fcntl.h>
#include <httplib.h>

#include <cstdio>
#include <filesystem>
#include <iostream>

#include "adapters/channels.h"
#include "adapters/signature.h"
#include "bot/accounts/provider.h"
#include "bot/conversation/engine.h"
#include "bot/delivery/worker.h"
#include "bot/storage/inbox.h"

namespace {

using namespace handrail;
using Clock = std::chrono::steady_clock;
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

template <typename Action>
void measure(const char* stage, int times, Action action) {
  const auto started = Clock::now();
  for (int i = 0; i < times; ++i) action(i);
  const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
  std::printf("  %-12s %8.1f\n", stage, seconds / times * 1e6);
}

class Nobody final : public conversation::EngineEvents, public delivery::DeliveryEvents, public delivery::LinkWords {
 public:
  void conversation_changed(const std::string&) override {}
  void outbox_filled() override {}
  void ticket_changed(const std::string&) override {}
  void turn_taken(const std::string&, const std::string&, double) override {}
  void delivered(const std::string&, std::int64_t) override {}
  void retried(const std::string&, const std::string&) override {}
  void given_up(const std::string&, const std::string&) override {}
  void rung_taken(const std::string&, const std::string&) override {}
  std::string dm_closed(const std::string&, const std::string&, std::int64_t) const override { return ""; }
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
    conversation::ContentHolder content(conversation::load_content(argv[1], "UTC", problems));
    auto store = storage::Store::open({std::string("sqlite://") + folder + "/bench.db", 4});
    if (!store || content.get()->detector == nullptr) return 1;
    const auto vault = base::Vault::open(base::Vault::new_key());
    const auto accounts = accounts::make_embedded_provider(**store);
    conversation::Engine engine({**store, clock, *vault, config, content, *accounts, nobody, nullptr});
    const auto http = base::make_http_client();
    delivery::Worker worker(**store, *http, clock, *vault, config, nobody, nobody, {});

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
    adapters::RenderOptions options;
    options.nonce_seed = "n";

    std::printf("microseconds per message, %d messages on one thread\n", times);
    measure("verify", times, [&](int) { channel.verify(request, now, secrets); });
    measure("parse", times, [&](int) { channel.parse(request, now, own); });
    measure("understand", times, [&](int) { detector->understand(message.text, context); });
    measure("decide", times, [&](int) { conversation::take_turn({}, said, understanding, account, around, parts); });
    measure("render", times, [&](int) {
      for (const adapters::Send& send : channel.render(reply, message.from, options)) {
        adapters::to_json(send).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      }
    });
    // Whole turns with nobody beside them, so that each pays for its own flush to disk.
    std::vector<adapters::InboundMessage> messages;
    for (int i = 0; i < times; ++i) {
      messages.push_back(std::get<adapters::Messages>(channel.parse(request_of(i, now / 1000), now, own)).messages.front());
    }
    measure("accept", times, [&](int i) { (void)engine.accept(messages[static_cast<std::size_t>(i)], conversation::Engine::Waits::no); });
    measure("turn", times, [&, first = true](int) mutable {
      if (first) engine.run_until_idle();
      first = false;
    });
    const auto started = Clock::now();
    int sent = 0;
    for (int round = worker.run_once(); round > 0; round = worker.run_once()) sent += round;
    std::printf("  %-12s %8.1f\n", "send", std::chrono::duration<double>(Clock::now() - started).count() / sent * 1e6);
  }
  slack.stop();
  slack_thread.join();
  std::filesystem::remove_all(folder);
  return 0;
}
