// The program's object graph, built by hand: storage, content, accounts, engine, delivery. `serve`
// puts a server in front of it, the terminal chat and the other commands use it directly.
#pragma once

#include <memory>
#include <string>

#include "bot/accounts/provider.h"
#include "bot/base/clock.h"
#include "bot/base/http_client.h"
#include "bot/base/secret.h"
#include "bot/config/config.h"
#include "bot/conversation/engine.h"
#include "bot/delivery/bot_tokens.h"
#include "bot/delivery/profiles.h"
#include "bot/delivery/couriers.h"
#include "bot/serve/hub.h"
#include "bot/serve/metrics.h"
#include "bot/serve/slack_installs.h"
#include "bot/storage/store.h"
#include "bot/team/team.h"
#include "bot/tickets/service.h"

namespace handrail::serve {

// The folder with locales/, intents/ and knowledge/: $HANDRAIL_SHARE, beside the program,
// installed, or the source tree.
std::string find_data_root();

// The database's address: the configured one, or SQLite in the data folder.
std::string database_url(const config::Config& config);
base::Result<std::unique_ptr<storage::Store>> open_store(const config::Config& config);

class App final : public conversation::EngineEvents,
                  public delivery::DeliveryEvents,
                  public delivery::LinkWords,
                  public team::TeamEvents {
 public:
  // Opens everything; nothing runs yet.
  static base::Result<std::unique_ptr<App>> open(const config::Config& config);
  ~App() override;

  base::Status start();  // engine workers, outbox workers, housekeeping
  void stop();
  // Loads the content anew: all errors, and then nothing has changed; or none, and it is swapped
  // whole.
  locales::Problems reload();

  const config::Config& config() const { return config_; }
  storage::Store& store() { return *store_; }
  const base::Clock& clock() const { return clock_; }
  const base::Vault& vault() const { return *vault_; }
  base::HttpClient& http() { return *http_; }
  const std::string& session_key() const { return session_key_; }
  conversation::ContentHolder& content() { return *content_; }
  conversation::Engine& engine() { return *engine_; }
  team::Team& team() { return *team_; }
  Hub& hub() { return hub_; }
  Metrics& metrics() { return metrics_; }
  SlackInstalls& slack_installs() { return *slack_installs_; }
  const std::string& data_root() const { return data_root_; }
  // What we know about ourselves on a platform, for adapters.
  adapters::OwnIds own_ids(const std::string& channel) const;
  adapters::Secrets secrets(const std::string& channel) const;
  adapters::RenderOptions render_options() const;
  void wake_delivery() { couriers_.wake(); }
  // What a message can be about: every intent, then out_of_scope.
  std::vector<std::string> intent_names() const;
  // Runs `action` with the current catalogs on a ticket, in one transaction, and wakes whoever is
  // concerned.
  base::Result<storage::Ticket> ticket_action(
      const std::function<base::Result<storage::Ticket>(storage::Session&, const tickets::Desk&)>&
          action);

  void conversation_changed(const std::string& conversation_id) override;
  void outbox_filled() override;
  void ticket_changed(const std::string& ticket_id) override;
  void turn_taken(const std::string& channel, const std::string& intent, double seconds) override;
  void stranger_wrote(const adapters::Address& person) override { profiles_->ask(person); }
  void delivered(const std::string& channel, std::int64_t waited_ms) override;
  void retried(const std::string& channel, const std::string& because) override;
  void given_up(const std::string& channel, const std::string& because) override;
  void rung_taken(const std::string& conversation_id, const std::string& rung) override;
  void team_touched(const std::string& ticket_id, const std::string& conversation_id) override;
  void team_queued() override;
  std::string dm_closed(const std::string& locale, const std::string& url,
                        std::int64_t minutes) const override;
  std::string private_thread(const std::string& locale) const override;

 private:
  explicit App(const config::Config& config) : config_(config) {}
  base::Status prepare();
  void keep_house();
  void learn_slack_identity();

  config::Config config_;
  base::SystemClock clock_;
  std::string data_root_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<base::Vault> vault_;
  std::string session_key_;
  std::unique_ptr<conversation::ContentHolder> content_;
  std::unique_ptr<base::HttpClient> http_;
  std::unique_ptr<delivery::BotTokens> bot_tokens_;
  std::unique_ptr<SlackInstalls> slack_installs_;
  std::unique_ptr<accounts::AccountProvider> accounts_;
  std::unique_ptr<conversation::Engine> engine_;
  std::unique_ptr<team::Team> team_;
  delivery::Couriers couriers_;
  std::unique_ptr<delivery::Profiles> profiles_;
  Hub hub_;
  Metrics metrics_;
  mutable std::mutex own_mutex_;
  std::string slack_bot_user_;
  std::string slack_bot_id_;
  std::mutex house_mutex_;
  std::condition_variable house_stop_;
  bool stopping_ = false;
  std::thread house_;
};

}  // namespace handrail::serve
