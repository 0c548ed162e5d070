// What messages of people were about, as agents say: the material that `handrail learn` offers. Errors: settings.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/storage/session.h"

namespace handrail::storage {

// One label a message; a later one replaces it.
void put_label(Session& session, const std::string& message_id, const std::string& intent, const std::string& agent,
               std::int64_t now);

// A labelled message of a person, with the words as they are now.
struct Label {
  std::string message_id;
  std::string text;
  std::string intent;
  std::string agent;
};
// Newest first. Messages that were redacted or erased since are left out.
std::vector<Label> newest_labels(Session& session, std::int64_t limit);
std::optional<Label> find_label(Session& session, const std::string& message_id);

// The trace of the turn that answered this message of a person; nothing when nobody answered yet or an agent did.
std::optional<std::string> trace_of_answer(Session& session, const std::string& message_id);

}  // namespace handrail::storage
