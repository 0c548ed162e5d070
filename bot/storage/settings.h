// Named values of the installation (server keys, when the outbox was last pruned) and traces of
// decisions. Errors of these verbs and of all others in this room: they throw StorageError inside
// Store's work, which becomes a Status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/storage/session.h"

namespace handrail::storage {

std::optional<std::string> get_setting(Session& session, const std::string& name);
// Keeps the value that is there already: two programs that start at once agree on one key.
std::string get_or_set_setting(Session& session, const std::string& name, const std::string& value);

void put_setting(Session& session, const std::string& name, const std::string& value);
void remove_setting(Session& session, const std::string& name);

void put_trace(Session& session, const std::string& id, const std::string& conversation_id,
               const std::string& body, std::int64_t now);
// The trace with that id, or of the message or reply with that id.
std::optional<std::string> find_trace(Session& session, const std::string& id);

// What people wrote and what was decided about it, newest first: for learning. Redacted words are left out.
struct DecidedMessage {
  std::string text;
  std::string trace;  // JSON
};
std::vector<DecidedMessage> recent_decisions(Session& session, std::int64_t limit);

}  // namespace handrail::storage
