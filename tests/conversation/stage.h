// Plays the moves of one transcript through the real engine, on a database of its own and a clock that stands still until
// the transcript moves it. One person, in one place and in their direct messages.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bot/conversation/engine.h"
#include "tests/conversation/transcript.h"

namespace handrail::conversation::transcripts {

// Everybody who wonders what is said and shown on which day finds it here: Monday, 10 in the morning.
inline constexpr const char* kUsualNow = "2026-03-02T10:00:00Z";

class NobodyListens final : public EngineEvents {
 public:
  void conversation_changed(const std::string&) override {}
  void outbox_filled() override {}
  void ticket_changed(const std::string&) override {}
  void turn_taken(const std::string&, const std::string&, double) override {}
};

// The accounts of the database, as long as their service is up.
class BreakableAccounts final : public accounts::AccountProvider {
 public:
  explicit BreakableAccounts(storage::Store& store) : accounts_(accounts::make_embedded_provider(store)) {}
  accounts::Lookup look_up(const std::string& account_id, accounts::Freshness freshness) override;
  bool is_local() const override { return true; }
  void set_down(bool down) { down_ = down; }

 private:
  std::unique_ptr<accounts::AccountProvider> accounts_;
  bool down_ = false;
};

class Stage {
 public:
  // Problems of the settings are added to `errors`, as "line: what".
  using Errors = std::vector<std::pair<int, std::string>>;
  Stage(const std::map<std::string, Setting>& settings, const std::string& source_dir, ContentHolder& content, Errors& errors);
  ~Stage();
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  Played play(const Move& move, Errors& errors);
  // What is wrong, or "".
  std::string check(const Check& check);

 private:
  using Settings = std::map<std::string, Setting>;
  void read_settings(const Settings& settings, Errors& errors);
  void import_accounts(const std::string& source_dir);
  void open_web_chat();
  void link(const std::string& account_id);
  adapters::InboundMessage words(const std::string& text, bool in_dm);
  Outcome send(adapters::InboundMessage message);
  void hold_queue(const adapters::Address& from);
  void press(const std::string& label, Played& played);
  void change_world(const std::string& what);
  std::vector<Answer> hear();
  void write(const storage::Work& work);
  void fail(const std::string& what) { problems_.push_back(what); }

  struct Button {
    std::string id;
    std::string label;
    adapters::Address to;
    bool ephemeral = false;
  };
  std::filesystem::path folder_;
  base::ManualClock clock_;
  config::Config config_;
  std::optional<base::Vault> vault_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<BreakableAccounts> accounts_;
  NobodyListens nobody_;
  ContentHolder& content_;
  std::unique_ptr<Engine> engine_;

  adapters::Address here_;
  adapters::Address direct_;
  std::string account_id_;
  std::string platform_locale_;
  bool has_thread_ = false;
  int number_ = 0;
  std::map<std::string, std::int64_t> heard_;  // conversation id: the last message read there
  std::vector<Button> buttons_;                // of what was read last
  std::string last_locale_;
  std::optional<adapters::InboundMessage> last_said_;
  std::vector<std::string> problems_;
};

}  // namespace handrail::conversation::transcripts
