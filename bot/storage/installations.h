// Slack workspaces that installed the app by OAuth, and installations that have begun in a browser. Tokens come sealed and
// states hashed: nothing in here is of use without the key beside the database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/storage/session.h"

namespace handrail::storage {

struct SlackInstallation {
  std::string workspace;   // the team's id; the enterprise's when the whole organisation installed it
  std::string enterprise;  // may be empty
  std::string name;
  std::string bot_user;
  std::string scopes;                // as granted, with commas
  std::string sealed_token;          // empty: disconnected
  std::string sealed_refresh_token;  // empty: the token does not expire
  std::int64_t token_expires_at = 0;
  std::int64_t installed_at = 0;
  std::int64_t disconnected_at = 0;
  std::string disconnected_because;
};

// Replaces what is known of the workspace, which is then connected.
void put_installation(Session& session, const SlackInstallation& installation);
std::optional<SlackInstallation> get_installation(Session& session, const std::string& workspace);
std::vector<SlackInstallation> list_installations(Session& session, std::int64_t limit);
bool has_installations(Session& session);
// The installation that speaks for a team: its own while it is connected, else its organisation's, else its own disconnected
// one.
std::optional<SlackInstallation> find_installation(Session& session, const std::string& team);
// Remembers the organisation of a team.
void set_enterprise(Session& session, const std::string& team, const std::string& enterprise);

// Deletes the token. With `sealed_token` only while that very token is in use: a re-install may have come first. False when
// there was nothing to disconnect.
bool disconnect(Session& session, const std::string& workspace, const std::string& sealed_token, const std::string& because,
                std::int64_t now);

// Takes installations whose token expires before `before`, until `claimed_until`: a refresh token is good for one use, so
// one process alone may try it.
std::vector<SlackInstallation> claim_refreshes(Session& session, std::int64_t before, std::int64_t now,
                                               std::int64_t claimed_until, std::int64_t limit);
// Replaces the token `sealed_before`. False when another one is in use by now.
bool replace_token(Session& session, const std::string& workspace, const std::string& sealed_before,
                   const std::string& sealed_token, const std::string& sealed_refresh_token, std::int64_t expires_at);

// False when `limit` installations are under way.
bool add_install_state(Session& session, const std::string& state_hash, const std::string& cookie_hash, std::int64_t now,
                       std::int64_t expires_at, std::int64_t limit);
enum class StateUse {
  used,          // it was right, and is used now
  unknown,       // never given out, used already or expired
  other_browser  // given out to another browser; still unused
};
StateUse use_install_state(Session& session, const std::string& state_hash, const std::string& cookie_hash, std::int64_t now);
void prune_install_states(Session& session, std::int64_t now);

}  // namespace handrail::storage
