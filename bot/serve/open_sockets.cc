#include "bot/serve/open_sockets.h"

#include <algorithm>

#include "adapters/channels.h"
#include "adapters/discord/gateway_events.h"
#include "adapters/form.h"
#include "adapters/json_text.h"
#include "adapters/untrusted_json.h"
#include "bot/base/log.h"
#include "bot/connections/discord_gateway.h"
#include "bot/connections/slack_socket.h"
#include "bot/serve/routes.h"
#include "bot/storage/settings.h"

namespace handrail::serve {

using nlohmann::json;

namespace {

constexpr const char* kGatewaySession = "discord_gateway_session";
constexpr std::chrono::milliseconds kCallbackDeadline{3'000};  // afterwards the token is dead (contract discord.md section 1)
constexpr std::size_t kTokenBytes = 512;
constexpr int kServerError = 500;

// Stored, or the platform shall send it again.
base::Status outcome_of(const httplib::Response& response) {
  if (response.status < kServerError) return base::done();
  return base::Error{base::Code::unavailable, "It could not be stored.", "", std::to_string(response.status)};
}

bool is_path_part(const std::string& text) {
  return !text.empty() && text.size() <= kTokenBytes && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// What Slack parsed, as the form that it would have posted.
std::string form_of(const json& fields) {
  std::vector<std::pair<std::string, std::string>> form;
  for (const auto& [name, value] : fields.items()) {
    if (!value.is_null()) form.emplace_back(name, value.is_string() ? value.get<std::string>() : adapters::json_text(value));
  }
  return adapters::write_form(form);
}

class StoredSession final : public connections::SessionStore {
 public:
  explicit StoredSession(storage::Store& store) : store_(store) {}

  std::optional<connections::SavedSession> load() override {
    std::optional<std::string> kept;
    const base::Status read = store_.read([&](storage::Session& session) {
      kept = storage::get_setting(session, kGatewaySession);
      return base::done();
    });
    if (!read || !kept) return std::nullopt;
    const json saved = json::parse(*kept, nullptr, false);
    const adapters::Untrusted view(&saved, "");
    return connections::SavedSession{view["session_id"].text(), view["resume_url"].text(), view["sequence"].integer().value_or(0)};
  }
  // Nobody waits for it: an older sequence only means that Discord repeats some events.
  void save(const connections::SavedSession& saved) override {
    const std::string text =
        adapters::json_text({{"session_id", saved.session_id}, {"resume_url", saved.resume_url}, {"sequence", saved.sequence}});
    store_.post(
        [text](storage::Session& session) {
          storage::put_setting(session, kGatewaySession, text);
          return base::done();
        },
        nullptr);
  }
  void clear() override {
    store_.post(
        [](storage::Session& session) {
          storage::remove_setting(session, kGatewaySession);
          return base::done();
        },
        nullptr);
  }

 private:
  storage::Store& store_;
};

}  // namespace

struct OpenSockets::Discord final : connections::GatewayListener {
  explicit Discord(App& owner)
      : app(owner), session(owner.store()), gateway(owner.http(), options_of(owner.config()), *this, session) {}

  static connections::DiscordGatewayOptions options_of(const config::Config& config) {
    connections::DiscordGatewayOptions options;
    options.token = config.discord_bot_token;
    options.api_url = config.discord_api_url;
    return options;
  }

  base::Status on_event(const std::string& name, const json& d) override {
    const adapters::Channel* channel = adapters::find_channel("discord");
    if (channel == nullptr || !d.is_object()) return base::done();
    if (name == "READY") bot_user = adapters::Untrusted(&d, "")["user"]["id"].text();
    httplib::Response response;
    if (name == "INTERACTION_CREATE") {
      adapters::HttpRequest raw;
      raw.path = "/discord/interactions";
      raw.body = adapters::json_text(d);
      receive(app, *channel, raw, response);
      if (const base::Status stored = outcome_of(response); !stored) return stored;
      answer(d, response);
      return base::done();
    }
    adapters::OwnIds own = app.own_ids("discord");
    own.bot_user = bot_user;
    act_on_parsed(app, *channel, {}, adapters::discord::parse_gateway_event(name, d, own), response);
    return outcome_of(response);
  }

  // Where no address is configured for interactions they come here, and are answered by a call.
  void answer(const json& d, const httplib::Response& response) {
    const std::string id = adapters::Untrusted(&d, "")["id"].text();
    const std::string token = adapters::Untrusted(&d, "")["token"].text();
    if (response.body.empty() || !is_path_part(id) || !is_path_part(token)) return;
    base::HttpCall call;
    call.method = "POST";
    call.url = app.config().discord_api_url;
    while (!call.url.empty() && call.url.back() == '/') call.url.pop_back();
    call.url += "/interactions/" + id + "/" + token + "/callback";
    call.content_type = "application/json";
    call.body = response.body;
    call.deadline = kCallbackDeadline;
    const base::HttpReply reply = app.http().send(call);
    if (reply.status < 200 || reply.status >= 300) {
      base::log(base::Level::warning, "interaction_not_answered", {{"status", std::to_string(reply.status)}});
    }
  }

  void on_state(connections::GatewayState state, const std::string&) override {
    app.metrics().open_socket("discord_gateway", state == connections::GatewayState::ready || state == connections::GatewayState::resumed);
  }

  App& app;
  StoredSession session;
  std::string bot_user;  // the connection's thread's alone
  connections::DiscordGateway gateway;
};

struct OpenSockets::Slack final : connections::SlackListener {
  explicit Slack(App& owner) : app(owner), socket(owner.http(), options_of(owner.config()), *this) {}

  static connections::SlackSocketOptions options_of(const config::Config& config) {
    connections::SlackSocketOptions options;
    options.app_token = config.slack_app_token;
    options.api_url = config.slack_api_url;
    return options;
  }

  // The same requests as over HTTP, but parsed by Slack already and unsigned.
  base::Result<std::optional<json>> on_envelope(const std::string& type, const json& payload) override {
    const adapters::Channel* channel = adapters::find_channel("slack");
    if (channel == nullptr) return std::optional<json>();
    adapters::HttpRequest raw;
    if (type == "events_api") {
      raw.path = "/slack/events";
      raw.body = adapters::json_text(payload);
    } else if (type == "slash_commands") {
      raw.path = "/slack/commands";
      raw.body = form_of(payload);
    } else if (type == "interactive") {
      raw.path = "/slack/interactions";
      raw.body = form_of({{"payload", adapters::json_text(payload)}});
    } else {
      return std::optional<json>();
    }
    httplib::Response response;
    receive(app, *channel, raw, response);
    if (const base::Status stored = outcome_of(response); !stored) return stored.error();
    if (response.status != 200 || response.body.empty()) return std::optional<json>();
    json answer = json::parse(response.body, nullptr, false);
    return std::optional<json>(answer.is_object() ? std::move(answer) : json{{"text", response.body}});
  }

  void on_state(connections::SlackSocketState state, const std::string&) override {
    app.metrics().open_socket("slack_socket_mode", state == connections::SlackSocketState::ready);
  }

  App& app;
  connections::SlackSocket socket;
};

OpenSockets::OpenSockets(App& app) {
  const config::Config& config = app.config();
  if (config.discord_gateway && !config.discord_bot_token.empty()) discord_ = std::make_unique<Discord>(app);
  if (!config.slack_app_token.empty()) slack_ = std::make_unique<Slack>(app);
}

OpenSockets::~OpenSockets() { stop(); }

void OpenSockets::start() {
  if (discord_) discord_->gateway.start();
  if (slack_) slack_->socket.start();
}

void OpenSockets::stop() {
  if (discord_) discord_->gateway.stop();
  if (slack_) slack_->socket.stop();
}

}  // namespace handrail::serve
