#include "bot/serve/slack_installs.h"

#include <algorithm>

#include "adapters/form.h"
#include "adapters/untrusted_json.h"
#include "bot/base/id.h"
#include "bot/base/log.h"
#include "bot/serve/slack_app.h"

namespace handrail::serve {

using adapters::Untrusted;
using base::Code;
using base::Error;
using base::Status;

namespace {

constexpr std::size_t kStateBytes = 32;
constexpr std::size_t kErrorCodeBytes = 64;

using Fields = std::vector<std::pair<std::string, std::string>>;

// Slack's error codes are words such as "invalid_code"; anything else is not repeated.
std::string error_code(const std::string& word) {
  const bool is_code = !word.empty() && word.size() <= kErrorCodeBytes &&
                       std::all_of(word.begin(), word.end(), [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
  return is_code ? word : "unknown_error";
}

bool is_workspace_id(const std::string& id) {
  return !id.empty() && id.size() <= kWorkspaceIdBytes &&
         std::all_of(id.begin(), id.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

bool is_final(const std::string& code) {
  return code == "invalid_refresh_token" || code == "token_revoked" || code == "account_inactive" || code == "invalid_auth" ||
         code == "token_expired";
}

}  // namespace

std::string SlackInstalls::why_not() const {
  std::string missing;
  const auto need = [&](const std::string& value, const char* name) {
    if (value.empty()) missing += (missing.empty() ? "" : ", ") + std::string(name);
  };
  need(config_.slack_client_id, "HANDRAIL_SLACK_CLIENT_ID");
  need(config_.slack_client_secret, "HANDRAIL_SLACK_CLIENT_SECRET");
  need(slack_redirect_url(config_), "HANDRAIL_PUBLIC_URL");
  return missing.empty() ? "" : "Installing into Slack workspaces is not configured here: set " + missing + ".";
}

base::Result<BegunInstall> SlackInstalls::begin() {
  const std::string state = base::random_token(kStateBytes);
  const std::string cookie = base::random_token(kStateBytes);
  const std::int64_t now = clock_.now_ms();
  bool has_room = false;
  const Status written = store_.write([&](storage::Session& session) {
    has_room = storage::add_install_state(session, base::hash_token(state), base::hash_token(cookie), now,
                                          now + std::chrono::milliseconds(kInstallStateLife).count(), kInstallsUnderWay);
    return base::done();
  });
  if (!written) return written.error();
  if (!has_room) return Error{Code::limited, "Too many installations are under way: please try again in a few minutes.", "", ""};
  const std::string query = adapters::write_form({{"client_id", config_.slack_client_id},
                                     {"scope", slack_scope_list()},
                                     {"redirect_uri", slack_redirect_url(config_)},
                                     {"state", state}});
  return BegunInstall{config_.slack_authorize_url + "?" + query, cookie};
}

Status SlackInstalls::use_state(const std::string& state, const std::string& cookie) {
  const auto refuse = [](const std::string& message) { return Error{Code::unauthorized, message, "state", ""}; };
  if (state.empty() || state.size() > kInstallParameterBytes)
    return refuse("The state is missing: start again at /slack/install.");
  if (cookie.empty() || cookie.size() > kInstallParameterBytes) {
    return refuse("This installation was begun in another browser, or cookies are off: start again at /slack/install.");
  }
  storage::StateUse use = storage::StateUse::unknown;
  const Status written = store_.write([&](storage::Session& session) {
    use = storage::use_install_state(session, base::hash_token(state), base::hash_token(cookie), clock_.now_ms());
    return base::done();
  });
  if (!written) return written;
  if (use == storage::StateUse::other_browser)
    return refuse("This installation was begun in another browser: start again at /slack/install.");
  if (use == storage::StateUse::unknown) {
    return refuse(
        "This installation is over: its link was used already or is older than 10 minutes. Start again at /slack/install.");
  }
  return base::done();
}

base::Result<nlohmann::json> SlackInstalls::ask(const std::string& form) {
  base::HttpCall call;
  call.method = "POST";
  call.url = config_.slack_api_url;
  while (!call.url.empty() && call.url.back() == '/') call.url.pop_back();
  call.url += "/oauth.v2.access";
  call.headers = {{"Authorization", "Basic " + base::to_base64(config_.slack_client_id + ":" + config_.slack_client_secret)}};
  call.content_type = "application/x-www-form-urlencoded";
  call.body = form;
  call.deadline = kExchangeDeadline;
  const base::HttpReply reply = http_.send(call);
  const Error away{Code::unavailable, "Slack does not answer at the moment: please start again at /slack/install in a minute.",
                   "", ""};
  if (reply.status == 0 || reply.status == 429 || reply.status >= 500) {
    base::log(base::Level::warning, "slack_oauth_unanswered", {{"status", std::to_string(reply.status)}});
    return away;
  }
  adapters::JsonError ignored;
  auto json = adapters::parse_json(reply.body, &ignored);
  if (!json || !json->is_object()) {
    base::log(base::Level::warning, "slack_oauth_unreadable", {{"status", std::to_string(reply.status)}});
    return away;
  }
  const Untrusted view(&*json, "");
  if (view["ok"].boolean()) return *json;
  const std::string code = error_code(view["error"].text());
  base::log(base::Level::warning, "slack_oauth_refused", {{"because", code}});
  if (code == "invalid_code" || code == "code_already_used" || code == "code_expired") {
    return Error{Code::invalid, "Slack no longer knows this installation: start again at /slack/install.", "code", code};
  }
  return Error{Code::unavailable, "Slack refuses this server (" + code + "): its operator finds what to do in docs/slack.md.", "",
               code};
}

base::Result<storage::SlackInstallation> SlackInstalls::finish(const std::string& code) {
  if (code.empty() || code.size() > kInstallParameterBytes) {
    return Error{Code::invalid, "The code is missing: start again at /slack/install.", "code", ""};
  }
  const auto answer = ask(adapters::write_form({{"code", code}, {"redirect_uri", slack_redirect_url(config_)}}));
  if (!answer) return answer.error();
  const Untrusted view(&*answer, "");
  storage::SlackInstallation made;
  const bool whole = view["is_enterprise_install"].boolean();
  made.enterprise = view["enterprise"]["id"].text();
  made.workspace = whole ? made.enterprise : view["team"]["id"].text();
  made.name = whole ? view["enterprise"]["name"].text() : view["team"]["name"].text();
  made.bot_user = view["bot_user_id"].text();
  made.scopes = view["scope"].text();
  made.installed_at = clock_.now_ms();
  const std::string token = view["access_token"].text();
  if (view["token_type"].text("bot") != "bot" || token.empty() || !is_workspace_id(made.workspace)) {
    base::log(base::Level::warning, "slack_oauth_incomplete");
    return Error{Code::unavailable, "Slack's answer had no bot token for a workspace: please start again at /slack/install.", "",
                 ""};
  }
  made.sealed_token = vault_.seal(token);
  const std::string refresh_token = view["refresh_token"].text();
  const std::int64_t expires_in = view["expires_in"].integer().value_or(0);
  if (!refresh_token.empty() && expires_in > 0) {
    made.sealed_refresh_token = vault_.seal(refresh_token);
    made.token_expires_at = made.installed_at + expires_in * 1000;
  }
  const Status written = store_.write([&](storage::Session& session) {
    storage::put_installation(session, made);
    return base::done();
  });
  if (!written) return written.error();
  tokens_.forget();
  base::log(base::Level::info, "slack_installed", {{"workspace", made.workspace}});
  return made;
}

void SlackInstalls::introduce(const adapters::HttpRequest& request, adapters::OwnIds& own) {
  if (!tokens_.has_installations()) return;
  const SlackWorkspace workspace = slack_workspace_of(request);
  const std::string& speaks_for = workspace.team.empty() ? workspace.enterprise : workspace.team;
  if (speaks_for.empty()) return;
  auto token = tokens_.choose("slack", speaks_for);
  if (!token) return;
  // A team of an organisation that installed us as a whole is told from others by what Slack sends with it, once.
  const bool is_new = !workspace.team.empty() && token->kind != delivery::BotToken::Kind::installed;
  const bool unknown = is_new && is_workspace_id(workspace.enterprise);
  if (unknown && token->workspace != workspace.enterprise) {
    const auto theirs = tokens_.choose("slack", workspace.enterprise);
    if (theirs && theirs->kind == delivery::BotToken::Kind::installed) {
      const Status written = store_.write([&](storage::Session& session) {
        storage::set_enterprise(session, workspace.team, workspace.enterprise);
        return base::done();
      });
      if (!written) base::log(base::Level::warning, "enterprise_not_stored", {{"detail", written.error().detail}});
      tokens_.forget();
      token = theirs;
    }
  }
  if (token->kind != delivery::BotToken::Kind::installed) return;
  own.bot_user = token->bot_user;
  own.bot_id.clear();
}

Status SlackInstalls::heed(const adapters::HttpRequest& request) {
  const auto farewell = slack_farewell_of(request);
  if (!farewell) return base::done();
  const SlackWorkspace& from = farewell->workspace;
  bool was_connected = false;
  const Status written = store_.write([&](storage::Session& session) {
    const bool whole = from.whole_enterprise || from.team.empty();
    const auto installation = storage::get_installation(session, whole ? from.enterprise : from.team);
    was_connected = false;
    if (!installation) return base::done();
    // Events may come late: what happened before a re-install is not about the new token.
    const bool before = farewell->at_second > 0 && (farewell->at_second + 1) * 1000 <= installation->installed_at;
    if (!before) was_connected = storage::disconnect(session, installation->workspace, "", farewell->because, clock_.now_ms());
    return base::done();
  });
  if (!written) return written;
  tokens_.forget();
  base::log(base::Level::warning, was_connected ? "workspace_disconnected" : "workspace_removed_us",
            {{"workspace", is_workspace_id(from.team) ? from.team : from.enterprise}, {"because", farewell->because}});
  return base::done();
}

bool SlackInstalls::is_stranger(const std::string& workspace) {
  const auto token = tokens_.choose("slack", workspace);
  if (!token || token->kind == delivery::BotToken::Kind::configured || token->kind == delivery::BotToken::Kind::installed)
    return false;
  {
    const std::lock_guard lock(mutex_);
    if (strangers_.size() >= kStrangersRemembered) strangers_.clear();
    if (strangers_.insert(workspace).second) {
      base::log(base::Level::warning, "slack_workspace_without_token",
                {{"workspace", is_workspace_id(workspace) ? workspace : "?"}});
    }
  }
  // With neither way configured the operator has not finished: what is asked meanwhile is kept, and answered then.
  return token->kind == delivery::BotToken::Kind::disconnected || !config_.slack_client_id.empty();
}

void SlackInstalls::refresh() {
  const std::int64_t now = clock_.now_ms();
  std::vector<storage::SlackInstallation> old;
  const Status claimed = store_.write([&](storage::Session& session) {
    storage::prune_install_states(session, now);
    old = storage::claim_refreshes(session, now + std::chrono::milliseconds(kRefreshBefore).count(), now,
                                   now + std::chrono::milliseconds(kRefreshClaim).count(), kRefreshesAtOnce);
    return base::done();
  });
  if (!claimed) return base::log(base::Level::warning, "refresh_claim_failed", {{"detail", claimed.error().detail}});
  for (const storage::SlackInstallation& one : old) {
    const auto refresh_token = vault_.unseal(one.sealed_refresh_token);
    const auto answer = refresh_token ? ask(adapters::write_form({{"grant_type", "refresh_token"}, {"refresh_token", *refresh_token}}))
                                      : base::Result<nlohmann::json>(Error{Code::unavailable, "", "", "invalid_refresh_token"});
    const nlohmann::json given = answer ? *answer : nlohmann::json();
    const Untrusted view(&given, "");
    const std::string token = view["access_token"].text();
    const std::int64_t expires_in = view["expires_in"].integer().value_or(0);
    const bool renewed = !token.empty() && expires_in > 0;
    const bool lost = !answer && is_final(answer.error().detail);
    if (!renewed && !lost) continue;  // the claim ends, and it is tried again
    const Status written = store_.write([&](storage::Session& session) {
      if (lost) {
        storage::disconnect(session, one.workspace, one.sealed_token, answer.error().detail, clock_.now_ms());
      } else {
        storage::replace_token(session, one.workspace, one.sealed_token, vault_.seal(token),
                               vault_.seal(view["refresh_token"].text(*refresh_token)), clock_.now_ms() + expires_in * 1000);
      }
      return base::done();
    });
    if (!written) base::log(base::Level::error, "refresh_not_stored", {{"detail", written.error().detail}});
    base::log(lost ? base::Level::error : base::Level::info, lost ? "workspace_disconnected" : "slack_token_renewed",
              {{"workspace", one.workspace}});
    tokens_.forget();
  }
}

}  // namespace handrail::serve
