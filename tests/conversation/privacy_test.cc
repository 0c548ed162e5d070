// Tries to get account facts where others can read them, or for someone who is not linked: every kind of question, in a
// channel, a thread, a group and a DM, through the real engine on a temporary database.
#include <gtest/gtest.h>

#include <filesystem>

#include "bot/conversation/engine.h"

namespace handrail::conversation {
namespace {

namespace fs = std::filesystem;
using adapters::Place;

constexpr std::int64_t kNow = 1'795'430'000'000;
// Words that only Ana's account can have put into a text, in both languages.
constexpr const char* kSecrets[] = {"73.21", "۷۳", "4,567", "۴٬۵۶۷", "April 9", "فروردین", "March 2", "Platinum"};
constexpr const char* kQuestions[] = {
    "How can I cancel my subscription?", "is my subscription still active and how many credits do I have left?",
    "I was charged, I want a refund", "why don't I get the free credits", "my payment failed", "I want to talk to a person",
    "any news about my ticket?", "چطور اشتراکم رو لغو کنم", "اشتراکم فعاله؟ چند تا کردیت دارم", "پولمو پس بدین",
    "chera account man sharj nemishe", "done", "yes", "hello", "what do you know about my account? plan, amount, date"};

class NoEvents final : public EngineEvents {
 public:
  void conversation_changed(const std::string&) override {}
  void outbox_filled() override {}
  void ticket_changed(const std::string&) override {}
  void turn_taken(const std::string&, const std::string&, double) override {}
};

class PrivacyTest : public testing::Test {
 protected:
  PrivacyTest() : clock_(kNow) {
    base::start_crypto();
    folder_ = fs::temp_directory_path() / ("handrail-privacy-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    auto store = storage::Store::open({"sqlite://" + (folder_ / "t.db").string(), 2});
    store_ = std::move(*store);
    vault_ = base::Vault::open(base::Vault::new_key());
    accounts_ = accounts::make_embedded_provider(*store_);
    const nlohmann::json ana = {
        {"id", "ana"},
        {"plan", "Platinum"},
        {"status", "active"},
        {"auto_renew", true},
        {"next_billing_at", "2027-04-09T00:00:00Z"},
        {"current_period_end", "2027-04-09T00:00:00Z"},
        {"last_charge", {{"id", "c"}, {"amount_minor", 7321}, {"currency", "USD"}, {"at", "2027-03-02T00:00:00Z"}}},
        {"credits", {{"balance", 4567}, {"used_since_last_charge", 0}}},
        {"identities", {{{"channel", "slack"}, {"workspace", "T1"}, {"user", "UANA"}}}}};
    EXPECT_TRUE(accounts::import_accounts(*store_, nlohmann::json::array({ana}), kNow).ok());
    engine_ = std::make_unique<Engine>(EngineParts{*store_, clock_, *vault_, config_, content(), *accounts_, events_, nullptr});
  }
  ~PrivacyTest() override {
    engine_.reset();
    store_.reset();
    fs::remove_all(folder_);
  }

  static ContentHolder& content() {
    static ContentHolder holder = [] {
      locales::Problems problems;
      return ContentHolder(load_content(HANDRAIL_SOURCE_DIR, "UTC", "", problems));
    }();
    return holder;
  }

  void say(const std::string& user, Place place, const std::string& text) {
    adapters::InboundMessage message;
    message.event_key = "slack:Ev" + std::to_string(++number_);
    message.from.channel = "slack";
    message.from.workspace = "T1";
    message.from.place_id = place == Place::direct ? "D" + user : "C1";
    message.from.thread = place == Place::direct ? "" : "1." + std::to_string(number_);
    message.from.user = user;
    message.from.place = place;
    message.text = text;
    message.mentioned = true;
    clock_.advance(std::chrono::minutes(2));
    const auto accepted = engine_->accept(message, Engine::Waits::no);
    ASSERT_TRUE(accepted.ok());
    ASSERT_EQ(accepted->outcome, Acceptance::accepted);
    engine_->run_until_idle();
  }

  struct Sent {
    adapters::Send send;
    std::string body;
  };
  std::vector<Sent> sent() {
    std::vector<Sent> list;
    const auto read = store_->read([&](storage::Session& session) {
      for (const auto& [text, message] : session.select<std::string, std::string>("SELECT send, message_id FROM outbox ORDER BY id")) {
        storage::OutboxRow row;
        row.channel = "slack";
        row.send = text;
        const auto send = delivery::restore(row, storage::get_message(session, message), config_);
        list.push_back({send, send.body.dump()});
      }
      return base::done();
    });
    EXPECT_TRUE(read.ok());
    return list;
  }
  static std::string secret_in(const std::string& body) {
    for (const char* secret : kSecrets) {
      if (body.find(secret) != std::string::npos) return secret;
    }
    return "";
  }

  fs::path folder_;
  base::ManualClock clock_;
  std::unique_ptr<storage::Store> store_;
  std::optional<base::Vault> vault_;
  config::Config config_;
  NoEvents events_;
  std::unique_ptr<accounts::AccountProvider> accounts_;
  std::unique_ptr<Engine> engine_;
  int number_ = 0;
};

TEST_F(PrivacyTest, NoFactOfALinkedPersonIsReadableByOthers) {
  for (const Place place : {Place::channel, Place::thread, Place::group}) {
    for (const char* question : kQuestions) say("UANA", place, question);
  }
  int in_public = 0;
  for (const Sent& one : sent()) {
    const bool only_the_person = one.send.kind == "direct" || one.send.kind == "ephemeral";
    if (only_the_person) continue;
    ++in_public;
    EXPECT_EQ(secret_in(one.body), "") << one.send.kind << ": " << one.body.substr(0, 400);
  }
  EXPECT_GE(in_public, 30) << "the questions were answered in public, so the test has looked at something";
}

TEST_F(PrivacyTest, NoFactIsToldToSomeoneWhoIsNotLinked) {
  for (const Place place : {Place::direct, Place::channel}) {
    for (const char* question : kQuestions) say("UEVE", place, question);
  }
  const auto all = sent();
  EXPECT_GE(all.size(), 20U);
  for (const Sent& one : all) EXPECT_EQ(secret_in(one.body), "") << one.body.substr(0, 400);
}

TEST_F(PrivacyTest, TheOwnerIsToldInTheirDm) {
  say("UANA", Place::direct, "is my subscription still active and how many credits do I have left?");
  bool told = false;
  for (const Sent& one : sent()) told = told || secret_in(one.body) == "4,567" || one.body.find("4,567") != std::string::npos;
  EXPECT_TRUE(told) << "otherwise the tests above would pass for a bot that knows nothing";
}

}  // namespace
}  // namespace handrail::conversation
