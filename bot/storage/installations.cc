#include "bot/storage/installations.h"

namespace handrail::storage {
namespace {

#define HANDRAIL_INSTALLATION_COLUMNS                                                                                     \
  "i.workspace, i.enterprise, i.name, i.bot_user, i.scopes, i.sealed_token, i.sealed_refresh_token, i.token_expires_at, " \
  "i.installed_at, i.disconnected_at, i.disconnected_because"

template <typename... Values>
std::vector<SlackInstallation> installations_of(Session& session, const char* query, const Values&... values) {
  std::vector<SlackInstallation> list;
  for (const auto& row : session.select<std::string, std::string, std::string, std::string, std::string, std::string, std::string,
                                        std::int64_t, std::int64_t, std::int64_t, std::string>(query, values...)) {
    SlackInstallation one;
    std::tie(one.workspace, one.enterprise, one.name, one.bot_user, one.scopes, one.sealed_token, one.sealed_refresh_token,
             one.token_expires_at, one.installed_at, one.disconnected_at, one.disconnected_because) = row;
    list.push_back(std::move(one));
  }
  return list;
}

std::optional<SlackInstallation> first_of(std::vector<SlackInstallation> list) {
  if (list.empty()) return std::nullopt;
  return std::move(list.front());
}

}  // namespace

void put_installation(Session& session, const SlackInstallation& one) {
  session.execute("DELETE FROM slack_installations WHERE workspace = :workspace", one.workspace);
  session.execute(
      "INSERT INTO slack_installations (workspace, enterprise, name, bot_user, scopes, sealed_token, sealed_refresh_token, "
      "token_expires_at, installed_at) VALUES (:workspace, :enterprise, :name, :bot_user, :scopes, :token, :refresh, :expires, "
      ":installed)",
      one.workspace, one.enterprise, one.name, one.bot_user, one.scopes, one.sealed_token, one.sealed_refresh_token,
      one.token_expires_at, one.installed_at);
}

std::optional<SlackInstallation> get_installation(Session& session, const std::string& workspace) {
  return first_of(installations_of(
      session, "SELECT " HANDRAIL_INSTALLATION_COLUMNS " FROM slack_installations i WHERE i.workspace = :workspace", workspace));
}

std::vector<SlackInstallation> list_installations(Session& session, std::int64_t limit) {
  return installations_of(
      session, "SELECT " HANDRAIL_INSTALLATION_COLUMNS " FROM slack_installations i ORDER BY i.workspace LIMIT :limit", limit);
}

bool has_installations(Session& session) {
  return !session.select<std::string>("SELECT workspace FROM slack_installations ORDER BY workspace LIMIT 1").empty();
}

std::optional<SlackInstallation> find_installation(Session& session, const std::string& team) {
  auto own = get_installation(session, team);
  if (own && !own->sealed_token.empty()) return own;
  auto of_enterprise = first_of(
      installations_of(session,
                       "SELECT " HANDRAIL_INSTALLATION_COLUMNS
                       " FROM slack_teams t JOIN slack_installations i ON i.workspace = t.enterprise WHERE t.team = :team",
                       team));
  if (of_enterprise && (!own || !of_enterprise->sealed_token.empty())) return of_enterprise;
  return own;
}

void set_enterprise(Session& session, const std::string& team, const std::string& enterprise) {
  session.execute(
      "INSERT INTO slack_teams (team, enterprise) VALUES (:team, :enterprise) ON CONFLICT (team) DO UPDATE SET enterprise = "
      "excluded.enterprise",
      team, enterprise);
}

bool disconnect(Session& session, const std::string& workspace, const std::string& sealed_token, const std::string& because,
                std::int64_t now) {
  return session.execute(
             "UPDATE slack_installations SET sealed_token = '', sealed_refresh_token = '', token_expires_at = 0, "
             "disconnected_at = :now, disconnected_because = :because WHERE workspace = :workspace AND sealed_token <> '' "
             "AND (:any = '' OR sealed_token = :token)",
             now, because, workspace, sealed_token, sealed_token) > 0;
}

std::vector<SlackInstallation> claim_refreshes(Session& session, std::int64_t before, std::int64_t now,
                                               std::int64_t claimed_until, std::int64_t limit) {
  std::vector<SlackInstallation> claimed;
  for (SlackInstallation& one :
       installations_of(session,
                        "SELECT " HANDRAIL_INSTALLATION_COLUMNS
                        " FROM slack_installations i WHERE i.token_expires_at > 0 AND i.token_expires_at < :before ORDER BY "
                        "i.token_expires_at LIMIT :limit",
                        before, limit)) {
    if (one.sealed_refresh_token.empty()) continue;
    const auto taken = session.execute(
        "UPDATE slack_installations SET refresh_claimed_until = :until WHERE workspace = :workspace AND refresh_claimed_until <= "
        ":now",
        claimed_until, one.workspace, now);
    if (taken > 0) claimed.push_back(std::move(one));
  }
  return claimed;
}

bool replace_token(Session& session, const std::string& workspace, const std::string& sealed_before,
                   const std::string& sealed_token, const std::string& sealed_refresh_token, std::int64_t expires_at) {
  return session.execute(
             "UPDATE slack_installations SET sealed_token = :token, sealed_refresh_token = :refresh, token_expires_at = "
             ":expires, "
             "refresh_claimed_until = 0 WHERE workspace = :workspace AND sealed_token = :before",
             sealed_token, sealed_refresh_token, expires_at, workspace, sealed_before) > 0;
}

bool add_install_state(Session& session, const std::string& state_hash, const std::string& cookie_hash, std::int64_t now,
                       std::int64_t expires_at, std::int64_t limit) {
  prune_install_states(session, now);
  const auto waiting = session.select<std::int64_t>("SELECT COUNT(*) FROM slack_install_states");
  if (std::get<0>(waiting.front()) >= limit) return false;
  session.execute("INSERT INTO slack_install_states (state_hash, cookie_hash, expires_at) VALUES (:state, :cookie, :expires)",
                  state_hash, cookie_hash, expires_at);
  return true;
}

StateUse use_install_state(Session& session, const std::string& state_hash, const std::string& cookie_hash, std::int64_t now) {
  const auto used = session.execute(
      "DELETE FROM slack_install_states WHERE state_hash = :state AND cookie_hash = :cookie AND expires_at > :now", state_hash,
      cookie_hash, now);
  if (used > 0) return StateUse::used;
  const auto known = session.select<std::int64_t>(
      "SELECT expires_at FROM slack_install_states WHERE state_hash = :state AND expires_at > :now", state_hash, now);
  return known.empty() ? StateUse::unknown : StateUse::other_browser;
}

void prune_install_states(Session& session, std::int64_t now) {
  session.execute("DELETE FROM slack_install_states WHERE expires_at <= :now", now);
}

}  // namespace handrail::storage
