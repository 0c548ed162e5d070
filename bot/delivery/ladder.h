// The ladder of ways to reach a person: DM, then what the channel has next, then the web chat by a signed link. Called when
// a send failed for good; decides in the caller's transaction what happens to it, its conversation and its ticket.
#pragma once

#include <cstdint>
#include <string>

#include "adapters/channel.h"
#include "bot/base/result.h"
#include "bot/config/config.h"
#include "bot/storage/outbox.h"
#include "bot/storage/store.h"

namespace handrail::delivery {

// What the link says, in the person's language; the worker gets it from its owner, since words live in catalogs.
struct LinkWords {
  virtual ~LinkWords() = default;
  virtual std::string dm_closed(const std::string& locale, const std::string& url, std::int64_t minutes) const = 0;
  // What is said first in a private thread.
  virtual std::string private_thread(const std::string& locale) const = 0;
};

struct LadderNeeds {
  const config::Config& config;
  const std::string& session_key;  // signs links to the web chat
  const LinkWords& words;
};

// The rung of a conversation whose person refuses our direct messages and can be reached in no other way. What is said there is
// kept, and its agent is told; when the person writes again it goes out again.
inline constexpr const char* kUnreachable = "unreachable";

// A link is made when it is sent and never stored: it is a secret, and its time runs from when it can be read. Until then
// this stands for it.
inline constexpr const char* kLinkMark = "https://chat-link.invalid/";
// The body of a call for `send`, with the link where it belongs.
std::string with_link(std::string body, const adapters::Send& send, const LadderNeeds& needs, const std::string& conversation_id,
                      std::int64_t now);

// Takes the next rung of `row` after `failure`: the row is replaced and due again, or given up. Returns the new rung's name
// ("dm", "private_thread", "web_link") or "given_up".
base::Result<std::string> take_next_rung(storage::Session& session, const LadderNeeds& needs, const storage::OutboxRow& row,
                                         const adapters::Send& send, const adapters::GiveUp& failure, std::int64_t now);

// Ends the row visibly: in the list of what was given up, and on the open tickets of its conversation, whose agent would
// else wait for an answer to what was never read.
void give_up(storage::Session& session, const storage::OutboxRow& row, const std::string& because, std::int64_t now);

}  // namespace handrail::delivery
