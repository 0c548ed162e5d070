-- Slack workspaces that installed the app by OAuth. A row stays when the workspace is disconnected, without its token.
CREATE TABLE slack_installations (
  workspace TEXT PRIMARY KEY,              -- the team's id; the enterprise's id when the whole organisation installed it
  enterprise TEXT NOT NULL DEFAULT '',
  name TEXT NOT NULL DEFAULT '',           -- for people only
  bot_user TEXT NOT NULL DEFAULT '',
  scopes TEXT NOT NULL DEFAULT '',         -- as granted, with commas
  sealed_token TEXT NOT NULL DEFAULT '',   -- '': disconnected
  sealed_refresh_token TEXT NOT NULL DEFAULT '',
  token_expires_at BIGINT NOT NULL DEFAULT 0,
  refresh_claimed_until BIGINT NOT NULL DEFAULT 0,
  installed_at BIGINT NOT NULL,
  disconnected_at BIGINT NOT NULL DEFAULT 0,
  disconnected_because TEXT NOT NULL DEFAULT ''
);
CREATE INDEX slack_installations_expiry ON slack_installations (token_expires_at) WHERE token_expires_at > 0;

-- Which organisation speaks for a team that has no installation of its own; learnt from what Slack sends.
CREATE TABLE slack_teams (
  team TEXT PRIMARY KEY,
  enterprise TEXT NOT NULL
);

-- Installations that have begun in a browser: hashes only, used once.
CREATE TABLE slack_install_states (
  state_hash TEXT PRIMARY KEY,
  cookie_hash TEXT NOT NULL,
  expires_at BIGINT NOT NULL
);
CREATE INDEX slack_install_states_expiry ON slack_install_states (expires_at);
