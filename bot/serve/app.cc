#include "bot/serve/app.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "adapters/channels.h"
#include "bot/base/id.h"
#include "bot/base/log.h"
#include "bot/storage/agents.h"
#include "bot/storage/inbox.h"
#include "bot/storage/outbox.h"
#include "bot/storage/people.h"
#include "bot/storage/settings.h"

#ifndef HANDRAIL_SOURCE_ROOT
#define HANDRAIL_SOURCE_ROOT ""
#endif

namespace handrail::serve {

using base::Code;
using base::Error;
using base::Status;
namespace fs = std::filesystem;

namespace {

constexpr std::chrono::minutes kHouseInterval{10};
constexpr std::int64_t kInboxKeptMs =
    7LL * 24 * 60 * 60 * 1000;  // far over Slack's 24 hours of redelivery
constexpr std::int64_t kOutboxKeptMs = 7LL * 24 * 60 * 60 * 1000;
constexpr std::size_t kSessionKeyBytes = 32;

bool has_data(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "locales" / "en.json", error) &&
         fs::exists(folder / "intents", error) && fs::exists(folder / "knowledge", error);
}

// The key that seals short-lived secrets lies beside the database, not in it: a copy of the
// database alone reads nothing.
base::Result<base::Vault> open_vault(const std::string& data_dir) {
  std::error_code error;
  fs::create_directories(data_dir, error);
  const fs::path file = fs::path(data_dir) / "secret.key";
  std::string key;
  std::ifstream(file) >> key;
  if (key.empty()) {
    const mode_t before = umask(0077);
    key = base::Vault::new_key();
    std::ofstream out(file);
    out << key << "\n";
    umask(before);
    if (!out)
      return Error{Code::unavailable, "The data folder cannot be written: " + data_dir, "data_dir",
                   ""};
  }
  auto vault = base::Vault::open(key);
  if (!vault)
    return Error{Code::invalid,
                 file.string() + " is not a key: restore it, or remove it to make a new one.",
                 "data_dir", ""};
  return *vault;
}

}  // namespace

std::string find_data_root() {
  if (const char* share = std::getenv("HANDRAIL_SHARE")) return share;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error).parent_path();
  for (const fs::path& candidate :
       {program / "../share/handrail", program / "..", fs::path(HANDRAIL_SOURCE_ROOT)}) {
    if (has_data(candidate)) return fs::weakly_canonical(candidate, error).string();
  }
  return "";
}

std::string database_url(const config::Config& config) {
  if (!config.database_url.empty()) return config.database_url;
  return "sqlite://" + (fs::path(config.data_dir) / "handrail.db").string();
}

base::Result<std::unique_ptr<storage::Store>> open_store(const config::Config& config) {
  std::error_code error;
  if (config.database_url.empty()) fs::create_directories(config.data_dir, error);
  return storage::Store::open({database_url(config), 8});
}

base::Result<std::unique_ptr<App>> App::open(const config::Config& config) {
  std::unique_ptr<App> app(new App(config));
  Status prepared = app->prepare();
  if (!prepared) return prepared.error();
  return app;
}

Status App::prepare() {
  if (!base::start_crypto()) return Error{Code::internal, "libsodium cannot start.", "", ""};
  data_root_ = find_data_root();
  if (data_root_.empty()) {
    return Error{Code::not_found,
                 "The shipped data (locales, intents, knowledge) was not found: set HANDRAIL_SHARE "
                 "to its folder.",
                 "", ""};
  }
  auto store = open_store(config_);
  if (!store) return store.error();
  store_ = std::move(*store);
  auto vault = open_vault(config_.data_dir);
  if (!vault) return vault.error();
  vault_ = std::make_unique<base::Vault>(*vault);
  Status keyed = store_->write([&](storage::Session& session) {
    session_key_ = storage::get_or_set_setting(session, "chat_session_key",
                                               base::random_token(kSessionKeyBytes));
    return base::done();
  });
  if (!keyed) return keyed;

  locales::Problems problems;
  auto loaded = conversation::load_content(data_root_, config_.time_zone, config_.data_dir, problems);
  for (const locales::Problem& problem : problems)
    base::log(base::Level::warning, "content", {{"problem", locales::to_text(problem)}});
  if (loaded->detector == nullptr)
    return Error{Code::invalid, "No phrases to learn from: run `handrail check`.", "", ""};
  content_ = std::make_unique<conversation::ContentHolder>(std::move(loaded));

  http_ = base::make_http_client();
  bot_tokens_ = std::make_unique<delivery::BotTokens>(*store_, clock_, *vault_, config_);
  slack_installs_ = std::make_unique<SlackInstalls>(*store_, *http_, clock_, *vault_, config_, *bot_tokens_);
  accounts_ = config_.accounts_provider == "http"
                  ? accounts::make_http_provider({config_.accounts_url, config_.accounts_token},
                                                 *http_, clock_)
                  : accounts::make_embedded_provider(*store_);
  delivery::WorkerOptions options;
  options.media_dir = data_root_ + "/knowledge";
  options.session_key = session_key_;
  for (const adapters::Channel* channel : adapters::channels()) {
    if (channel->name() == "web_chat") continue;  // it reads by itself
    options.channel = channel->name();
    couriers_.add(options.channel, std::make_unique<delivery::Worker>(*store_, *http_, clock_, *vault_, config_, *bot_tokens_, *this,
                                                                      *this, options));
  }
  profiles_ = std::make_unique<delivery::Profiles>(*store_, *http_, clock_, config_, *bot_tokens_);
  engine_ = std::make_unique<conversation::Engine>(
      conversation::EngineParts{*store_, clock_, *vault_, config_, *content_, *accounts_, *this,
                                &couriers_});
  team_ = std::make_unique<team::Team>(team::TeamParts{*store_, clock_, *vault_, config_, *content_, *this});
  return base::done();
}

App::~App() { stop(); }

Status App::start() {
  Status started = engine_->start(config_.worker_threads);
  if (!started) return started;
  // With SQLite there is one server: what its predecessor was sending when it died need not wait for the leases to end.
  if (store_->engine() == storage::Engine::sqlite) {
    Status released = store_->write([&](storage::Session& session) {
      storage::release_leases(session, clock_.now_ms());
      return base::done();
    });
    if (!released) return released;
  }
  couriers_.start();
  team_->start();
  if (!config_.slack_signing_secret.empty() || !config_.slack_bot_token.empty()) profiles_->start();
  house_ = std::thread([this] { keep_house(); });
  return base::done();
}

void App::stop() {
  {
    const std::lock_guard lock(house_mutex_);
    stopping_ = true;
  }
  house_stop_.notify_all();
  if (house_.joinable()) house_.join();
  if (team_) team_->stop();
  if (engine_) engine_->stop();
  couriers_.stop();
  if (profiles_) profiles_->stop();
  hub_.notify_all();
}

// Our own Slack user, so that we never answer ourselves. Asked in the background: a platform that
// is away keeps nothing up.
void App::learn_slack_identity() {
  if (config_.slack_bot_token.empty()) return;
  base::HttpCall call;
  call.method = "POST";
  call.url = config_.slack_api_url;
  while (!call.url.empty() && call.url.back() == '/') call.url.pop_back();
  call.url += "/auth.test";
  call.headers = {{"Authorization", "Bearer " + config_.slack_bot_token}};
  call.content_type = "application/x-www-form-urlencoded";
  const base::HttpReply reply = http_->send(call);
  const auto json = nlohmann::json::parse(reply.body, nullptr, false);
  if (!json.is_object() || !json.value("ok", false)) {
    base::log(base::Level::warning, "slack_auth_test_failed",
              {{"status", std::to_string(reply.status)}});
    return;
  }
  const std::lock_guard lock(own_mutex_);
  slack_bot_user_ = json.value("user_id", "");
  slack_bot_id_ = json.value("bot_id", "");
}

void App::keep_house() {
  learn_slack_identity();
  for (;;) {
    slack_installs_->refresh();
    const std::int64_t now = clock_.now_ms();
    bool more = false;  // a call forgets a bounded number of rows, so that it never keeps the
                        // writer busy for long
    const Status pruned = store_->write([&](storage::Session& session) {
      more = storage::prune_inbox(session, now - kInboxKeptMs, now) == storage::kPrunedAtOnce;
      more = storage::prune_outbox(session, now - kOutboxKeptMs, now) == storage::kPrunedAtOnce ||
             more;
      storage::prune_links(session, now);
      storage::prune_held(session, now - team::kHeldKeptMs);
      for (const std::string& id : storage::tickets_whose_snooze_ended(session, now, storage::kPrunedAtOnce)) {
        if (const auto woken = tickets::wake(session, id, now); !woken) return Status(woken.error());
      }
      storage::prune_agent_tokens(session, now,
                                  now - std::chrono::milliseconds(config::kSignInWindow).count());
      return base::done();
    });
    if (!pruned)
      base::log(base::Level::warning, "prune_failed", {{"detail", pruned.error().detail}});
    std::unique_lock lock(house_mutex_);
    const auto pause =
        more ? std::chrono::milliseconds(100) : std::chrono::milliseconds(kHouseInterval);
    if (house_stop_.wait_for(lock, pause, [this] { return stopping_; })) return;
  }
}

locales::Problems App::reload() {
  locales::Problems problems;
  auto loaded = conversation::load_content(data_root_, config_.time_zone, config_.data_dir, problems);
  if (problems.empty() && loaded->detector != nullptr) content_->swap(std::move(loaded));
  return problems;
}

adapters::OwnIds App::own_ids(const std::string& channel) const {
  adapters::OwnIds own;
  own.application_id = config_.discord_application_id;
  if (channel == "slack") {
    const std::lock_guard lock(own_mutex_);
    own.bot_user = slack_bot_user_;
    own.bot_id = slack_bot_id_;
    return own;
  }
  if (channel != "discord") return own;
  const auto content = content_->get();
  for (const std::string& topic : content->shelf->topics()) {
    adapters::OwnIds::Topic entry{topic, {}};
    for (const std::string& locale : content->catalogs->locales())
      entry.titles.emplace_back(locale, content->shelf->title(topic, locale));
    own.topics.push_back(std::move(entry));
  }
  for (const std::string& locale : content->catalogs->locales()) {
    const auto say = [&](const char* key) { return content->catalogs->format(locale, key, {}); };
    own.modal_words.emplace_back(locale, nlohmann::json{{"title", say("button.person")},
                                                        {"label", say("reply.what_topic")},
                                                        {"placeholder", say("page.input")}});
  }
  return own;
}

adapters::Secrets App::secrets(const std::string& channel) const {
  if (channel == "slack") return {config_.slack_signing_secret};
  if (channel == "discord") return {config_.discord_public_key};
  return {session_key_};
}

adapters::RenderOptions App::render_options() const {
  adapters::RenderOptions options;
  options.public_url = config_.public_url;
  return options;
}

std::vector<std::string> App::intent_names() const {
  std::vector<std::string> names = content_->get()->detector->intents();
  names.emplace_back(intents::kOutOfScope);
  return names;
}

base::Result<storage::Ticket> App::ticket_action(
    const std::function<base::Result<storage::Ticket>(storage::Session&, const tickets::Desk&)>&
        action) {
  const auto content = content_->get();
  const tickets::Desk desk{config_, *vault_, *content->catalogs};
  storage::Ticket ticket;
  const Status written = store_->write([&](storage::Session& session) {
    auto done = action(session, desk);
    if (!done) return Status(done.error());
    ticket = *done;
    return base::done();
  });
  if (!written) return written.error();
  conversation_changed(ticket.conversation_id);
  ticket_changed(ticket.id);
  outbox_filled();
  return ticket;
}

void App::conversation_changed(const std::string& conversation_id) {
  hub_.notify(conversation_id);
  team_->conversation_changed(conversation_id);
}
void App::outbox_filled() { couriers_.wake(); }
void App::ticket_changed(const std::string& ticket_id) {
  hub_.notify(kDeskTopic);
  team_->ticket_changed(ticket_id);
}
void App::team_touched(const std::string&, const std::string& conversation_id) {
  hub_.notify(kDeskTopic);
  hub_.notify(conversation_id);
  couriers_.wake();
}
void App::team_queued() { couriers_.wake(); }
void App::turn_taken(const std::string& channel, const std::string& intent, double seconds) {
  metrics_.turn(channel, intent, seconds);
}
void App::delivered(const std::string& channel, std::int64_t waited_ms) {
  metrics_.sent(channel, static_cast<double>(waited_ms) / 1000);
}
void App::retried(const std::string& channel, const std::string&) {
  metrics_.send_retried(channel);
}
void App::given_up(const std::string& channel, const std::string&) {
  metrics_.send_given_up(channel);
}
void App::rung_taken(const std::string& conversation_id, const std::string&) {
  conversation_changed(conversation_id);
  hub_.notify(kDeskTopic);
}

std::string App::dm_closed(const std::string& locale, const std::string& url,
                           std::int64_t minutes) const {
  return content_->get()->catalogs->format(locale, "reply.dm_closed", {{"minutes", minutes}}) +
         " " + url;
}

std::string App::private_thread(const std::string& locale) const {
  return content_->get()->catalogs->format(locale, "reply.dm_thread", {});
}

}  // namespace handrail::serve
