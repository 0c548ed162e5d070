// Where deliveries are tried: a temporary database, a clock that is moved by hand, stand-ins for Slack and Discord that
// accept everything unless the test says otherwise, and a worker that runs on the test's thread.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "bot/delivery/outgoing.h"
#include "bot/delivery/worker.h"
#include "bot/storage/conversations.h"
#include "bot/storage/people.h"
#include "bot/storage/tickets.h"
#include "tests/support/scripted_http_client.h"
#include "tests/support/temporary_store.h"

namespace handrail::delivery {

inline constexpr std::int64_t kNow = 1'795'430'000'000;
inline constexpr std::int64_t kMinuteMs = 60'000;
inline constexpr const char* kSlackToken = "xoxb-standing-secret";
inline constexpr const char* kDiscordToken = "discord-standing-secret";
inline constexpr const char* kSessionKey = "key-that-signs-links-to-the-chat";

// What the worker told, as "given_up slack expired"; thread safe.
class Heard final : public DeliveryEvents {
 public:
  void delivered(const std::string& channel, std::int64_t) override { add("delivered " + channel); }
  void retried(const std::string& channel, const std::string& because) override { add("retried " + channel + " " + because); }
  void given_up(const std::string& channel, const std::string& because) override { add("given_up " + channel + " " + because); }
  void rung_taken(const std::string&, const std::string& rung) override { add("rung " + rung); }
  std::vector<std::string> all() const;
  int count(const std::string& event) const;

 private:
  void add(std::string event);
  mutable std::mutex mutex_;
  std::vector<std::string> events_;
};

struct Words final : LinkWords {
  std::string dm_closed(const std::string& locale, const std::string& url, std::int64_t minutes) const override {
    return "[" + locale + "] " + std::to_string(minutes) + " minutes: " + url;
  }
  std::string private_thread(const std::string& locale) const override { return "[" + locale + "] a private thread"; }
};

// One row of the outbox, with the columns that storage's verbs do not read.
struct Row {
  storage::OutboxRow row;
  std::string status;
  nlohmann::json send;
};

class Stage : public testing::Test {
 protected:
  Stage();
  ~Stage() override;

  // The next `times` calls whose address contains `where` are answered so. 0 times: from now on.
  void answer(const std::string& where, base::HttpReply reply, int times = 1);
  // Called before a call is answered, with its number from 1.
  std::function<void(const base::HttpCall&, int)> before_answer_;

  // A conversation in which `to` is the address of the person's DM, or of the place named by it.
  storage::Conversation conversation(const std::string& channel, const std::string& user, const std::string& dm_place = "");
  adapters::Address slack_channel(const std::string& user, const std::string& thread = "") const;
  adapters::Address discord_command(const std::string& user) const;
  storage::Ticket ticket(const storage::Conversation& in);

  // Queues a reply, as an agent or a turn would.
  Said say(const storage::Conversation& in, const adapters::Address& to, const std::string& text,
           adapters::Audience audience = adapters::Audience::direct, const std::string& ticket_id = "");
  Said say(const storage::Conversation& in, const std::string& text);  // to its own address
  static adapters::Reply reply_of(const std::string& text);

  // Rounds until nothing is due; how many rows were taken.
  int run();
  void advance(std::int64_t milliseconds) { clock_.advance(std::chrono::milliseconds(milliseconds)); }
  // A fresh worker, as after a restart: what only memory held is gone.
  void restart_worker();

  std::vector<Row> rows();
  Row row_of(const Said& said);
  storage::Conversation again(const storage::Conversation& conversation);
  std::vector<std::string> history(const storage::Ticket& ticket);  // "what because"
  // Every column of every row of every table that delivery writes, as one text.
  std::string everything_stored();

  std::vector<base::HttpCall> calls() const { return http_.calls(); }
  // The ends of the addresses called ("chat.postMessage", "channels/555/messages"), in order.
  std::vector<std::string> called() const;
  // The texts of all posts that were accepted or not, in order of the calls.
  std::vector<std::string> posted() const;
  static nlohmann::json body_of(const base::HttpCall& call);
  // The conversation that the link in `text` opens at `now`; empty: it opens nothing.
  static std::string opened_by(const std::string& text, std::int64_t now);

  storage::TemporaryStore store_;
  base::ManualClock clock_{kNow};
  base::ScriptedHttpClient http_;
  config::Config config_;
  std::optional<base::Vault> vault_;
  Words words_;
  Heard heard_;
  std::unique_ptr<BotTokens> tokens_;
  std::unique_ptr<Worker> worker_;

 private:
  struct Rule {
    std::string where;
    base::HttpReply reply;
    int times;
  };
  base::HttpReply platform(const base::HttpCall& call);
  std::mutex mutex_;
  std::deque<Rule> rules_;
  int answered_ = 0;
};

inline base::HttpReply http(int status, const std::string& body = "") { return {status, {}, body, ""}; }
inline base::HttpReply slack_error(const std::string& error) { return http(200, R"({"ok":false,"error":")" + error + "\"}"); }
inline base::HttpReply discord_error(int status, int code) {
  return http(status, R"({"message":"refused","code":)" + std::to_string(code) + "}");
}
inline base::HttpReply no_answer() { return {0, {}, "", "timed out"}; }

}  // namespace handrail::delivery
