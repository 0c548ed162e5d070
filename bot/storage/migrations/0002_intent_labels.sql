-- What a person's message was about, as an agent says. Only points to the message: its words are kept, redacted and erased there.
CREATE TABLE intent_labels (
  message_id TEXT PRIMARY KEY REFERENCES messages (id),
  intent TEXT NOT NULL,
  agent TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX intent_labels_age ON intent_labels (created_at);
