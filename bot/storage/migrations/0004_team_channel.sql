-- The agents' channel in Slack or Discord, and tickets that wait until a time.
ALTER TABLE tickets ADD COLUMN snoozed_until BIGINT NOT NULL DEFAULT 0;  -- 0: not snoozed

-- One card per ticket and platform.
CREATE TABLE team_cards (
  ticket_id TEXT NOT NULL REFERENCES tickets(id),
  channel TEXT NOT NULL,                       -- adapter: slack, discord
  workspace TEXT NOT NULL,
  place_id TEXT NOT NULL,                      -- the team channel
  outbox_id TEXT NOT NULL,                     -- the row that posts it
  remote_id TEXT NOT NULL DEFAULT '',          -- the platform's id of the card; '': not posted yet
  shown TEXT NOT NULL DEFAULT '',              -- digest of what it says
  thread_open BIGINT NOT NULL DEFAULT 0,
  copied_seq BIGINT NOT NULL DEFAULT 0,        -- messages of the conversation up to this one are in the thread
  copied_history BIGINT NOT NULL DEFAULT 0,    -- how many entries of the ticket's history have been told there
  PRIMARY KEY (ticket_id, channel)
);
CREATE INDEX team_cards_message ON team_cards (remote_id) WHERE remote_id <> '';
CREATE INDEX team_cards_unposted ON team_cards (channel) WHERE remote_id = '';

-- What stands in a thread: copies that we posted there (outbox_id) and what agents wrote there (post_key).
CREATE TABLE team_copies (
  ticket_id TEXT NOT NULL REFERENCES tickets(id),
  channel TEXT NOT NULL,
  message_id TEXT NOT NULL,
  outbox_id TEXT NOT NULL DEFAULT '',
  post_key TEXT NOT NULL DEFAULT '',
  shown TEXT NOT NULL DEFAULT '',              -- digest of the words
  PRIMARY KEY (ticket_id, channel, message_id)
);
CREATE INDEX team_copies_post ON team_copies (post_key) WHERE post_key <> '';

-- What an agent wrote without having seen what had arrived: sent when they say so.
CREATE TABLE team_held (
  id TEXT PRIMARY KEY,
  ticket_id TEXT NOT NULL REFERENCES tickets(id),
  channel TEXT NOT NULL,
  agent_id TEXT NOT NULL,
  post_key TEXT NOT NULL,
  text TEXT NOT NULL,
  held_at BIGINT NOT NULL
);
CREATE INDEX team_held_ticket ON team_held (ticket_id);
CREATE INDEX team_held_age ON team_held (held_at);
CREATE INDEX team_held_post ON team_held (post_key) WHERE post_key <> '';

-- Who an agent is on a platform.
CREATE TABLE agent_identities (
  channel TEXT NOT NULL,
  user_id TEXT NOT NULL,
  agent_id TEXT NOT NULL REFERENCES agents(id),
  PRIMARY KEY (channel, user_id)
);
CREATE INDEX agent_identities_agent ON agent_identities (agent_id);

-- What was sent of a ticket's messages, to follow an agent's correction.
CREATE INDEX outbox_ticket ON outbox (ticket_id, message_id) WHERE ticket_id <> '';
-- Tickets that changed, for whoever shows them elsewhere.
CREATE INDEX tickets_updated ON tickets (updated_at);
CREATE INDEX tickets_snoozed ON tickets (snoozed_until) WHERE snoozed_until > 0;
