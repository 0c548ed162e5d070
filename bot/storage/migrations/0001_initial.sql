-- Times are milliseconds since the Unix epoch, UTC. Ids are texts that sort by time. JSON is text. '' and 0 mean "none".

CREATE TABLE settings (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

-- A person: one human, known by one or more identities on channels, perhaps linked to an account of the product.
CREATE TABLE people (
  id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  erased_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX people_account ON people (account_id) WHERE account_id <> '';

CREATE TABLE identities (
  channel TEXT NOT NULL,
  workspace TEXT NOT NULL,
  platform_user TEXT NOT NULL,
  person_id TEXT NOT NULL REFERENCES people (id),
  name TEXT NOT NULL DEFAULT '',
  platform_locale TEXT NOT NULL DEFAULT '',
  linked BIGINT NOT NULL DEFAULT 0,        -- 1: this identity may see the person's account facts
  created_at BIGINT NOT NULL,
  PRIMARY KEY (channel, workspace, platform_user)
);
CREATE INDEX identities_person ON identities (person_id);

-- One-time links: only the hash of the token is kept.
CREATE TABLE links (
  token_hash TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  workspace TEXT NOT NULL,
  platform_user TEXT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL DEFAULT 0
);

CREATE TABLE accounts (
  id TEXT PRIMARY KEY,
  body TEXT NOT NULL,                      -- JSON of design section 7
  updated_at BIGINT NOT NULL
);

CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  conversation_key TEXT NOT NULL UNIQUE,   -- channel:workspace:place...: finds the conversation of a new message
  person_id TEXT NOT NULL REFERENCES people (id),
  channel TEXT NOT NULL,
  address TEXT NOT NULL,                   -- JSON of adapters::Address, without a callback
  state TEXT NOT NULL DEFAULT '{}',        -- JSON of conversation::State
  owner TEXT NOT NULL DEFAULT 'bot',       -- bot, queue, agent
  rung TEXT NOT NULL DEFAULT 'dm',         -- how the person is reached: dm, private_thread, web_link
  next_seq BIGINT NOT NULL DEFAULT 1,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX conversations_person ON conversations (person_id);

CREATE TABLE inbox (
  id TEXT PRIMARY KEY,
  event_key TEXT NOT NULL UNIQUE,
  post_key TEXT NOT NULL DEFAULT '',
  conversation_key TEXT NOT NULL,
  mentioned BIGINT NOT NULL DEFAULT 0,
  interactive BIGINT NOT NULL DEFAULT 0,
  payload TEXT NOT NULL,                   -- JSON of adapters::InboundMessage, without the callback
  sealed_callback TEXT NOT NULL DEFAULT '',
  callback_expires_at BIGINT NOT NULL DEFAULT 0,
  status TEXT NOT NULL,                    -- pending, done, ignored
  because TEXT NOT NULL DEFAULT '',
  answer TEXT NOT NULL DEFAULT '',         -- JSON: what was answered inline, to be given again for a repeated key
  received_at BIGINT NOT NULL,
  decided_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX inbox_post ON inbox (post_key) WHERE post_key <> '';
CREATE INDEX inbox_pending ON inbox (conversation_key, id) WHERE status = 'pending';
CREATE INDEX inbox_callback ON inbox (callback_expires_at) WHERE sealed_callback <> '';

CREATE TABLE messages (
  id TEXT PRIMARY KEY,
  conversation_id TEXT NOT NULL REFERENCES conversations (id),
  seq BIGINT NOT NULL,                     -- counts up within the conversation in the order of commits
  author TEXT NOT NULL,                    -- person, bot, agent, system
  author_name TEXT NOT NULL DEFAULT '',
  text TEXT NOT NULL,
  reply TEXT NOT NULL DEFAULT '',          -- JSON of adapters::Reply for what we said
  audience TEXT NOT NULL DEFAULT 'here',
  inbox_id TEXT NOT NULL DEFAULT '',
  trace_id TEXT NOT NULL DEFAULT '',
  post_key TEXT NOT NULL DEFAULT '',
  client_key TEXT NOT NULL DEFAULT '',     -- idempotency key of an agent's reply
  facts TEXT NOT NULL DEFAULT '[]',        -- JSON: facts found in what the person wrote, with spans
  created_at BIGINT NOT NULL,
  redacted_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX messages_order ON messages (conversation_id, seq);
CREATE UNIQUE INDEX messages_client_key ON messages (conversation_id, client_key) WHERE client_key <> '';
CREATE INDEX messages_post ON messages (post_key) WHERE post_key <> '';
CREATE INDEX messages_inbox ON messages (inbox_id) WHERE inbox_id <> '';

CREATE TABLE traces (
  id TEXT PRIMARY KEY,
  conversation_id TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

CREATE TABLE outbox (
  id TEXT PRIMARY KEY,
  order_key TEXT NOT NULL,                 -- sends with one key go out in order: the conversation id
  channel TEXT NOT NULL,
  workspace TEXT NOT NULL DEFAULT '',
  send TEXT NOT NULL,                      -- JSON of adapters::Send, without secrets; '' once sent
  sealed_callback TEXT NOT NULL DEFAULT '',
  callback_expires_at BIGINT NOT NULL DEFAULT 0,
  status TEXT NOT NULL,                    -- queued, sending, sent, given_up
  attempts BIGINT NOT NULL DEFAULT 0,
  next_attempt_at BIGINT NOT NULL,         -- queued: when to send it; sending: when the worker's lease ends
  expires_at BIGINT NOT NULL,
  last_error TEXT NOT NULL DEFAULT '',
  remote_id TEXT NOT NULL DEFAULT '',
  message_id TEXT NOT NULL DEFAULT '',
  ticket_id TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  finished_at BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX outbox_due ON outbox (next_attempt_at) WHERE status IN ('queued', 'sending');
CREATE INDEX outbox_order ON outbox (order_key, id) WHERE status IN ('queued', 'sending');
CREATE INDEX outbox_given_up ON outbox (finished_at) WHERE status = 'given_up';
CREATE INDEX outbox_callback ON outbox (callback_expires_at) WHERE sealed_callback <> '';

CREATE TABLE agents (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  disabled_at BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE agent_tokens (
  token_hash TEXT PRIMARY KEY,
  agent_id TEXT NOT NULL REFERENCES agents (id),
  kind TEXT NOT NULL,                      -- sign_in (one use), session
  csrf_token TEXT NOT NULL DEFAULT '',
  expires_at BIGINT NOT NULL,
  used_at BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE sign_in_attempts (
  subject TEXT NOT NULL,                   -- agent name or client address
  at BIGINT NOT NULL
);
CREATE INDEX sign_in_attempts_subject ON sign_in_attempts (subject, at);

CREATE TABLE tickets (
  id TEXT PRIMARY KEY,
  number BIGINT NOT NULL UNIQUE,
  person_id TEXT NOT NULL REFERENCES people (id),
  kind TEXT NOT NULL,                      -- refund, account_review, human
  state TEXT NOT NULL,                     -- open, claimed, waiting, resolved
  queue TEXT NOT NULL,
  priority TEXT NOT NULL,                  -- low, normal, high
  locale TEXT NOT NULL,
  channel TEXT NOT NULL,
  assignee_id TEXT NOT NULL DEFAULT '',
  assignee_name TEXT NOT NULL DEFAULT '',
  conversation_id TEXT NOT NULL REFERENCES conversations (id),  -- where it is spoken about: the DM or web chat
  origin_conversation_id TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  triage TEXT NOT NULL DEFAULT '{}',
  outcome TEXT NOT NULL DEFAULT '',
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  first_response_due_at BIGINT NOT NULL,
  first_response_at BIGINT NOT NULL DEFAULT 0,
  resolved_at BIGINT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX tickets_one_open ON tickets (person_id, kind) WHERE state <> 'resolved';
CREATE INDEX tickets_state ON tickets (state, created_at);
CREATE INDEX tickets_conversation ON tickets (conversation_id);
CREATE INDEX tickets_person ON tickets (person_id, created_at);

CREATE TABLE ticket_history (
  id TEXT PRIMARY KEY,
  ticket_id TEXT NOT NULL REFERENCES tickets (id),
  at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  what TEXT NOT NULL,
  detail TEXT NOT NULL DEFAULT ''
);
CREATE INDEX ticket_history_ticket ON ticket_history (ticket_id, id);
