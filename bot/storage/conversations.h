// Conversations and what was said in them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/storage/session.h"

namespace handrail::storage {

struct Conversation {
  std::string id;
  std::string key;
  std::string person_id;
  std::string channel;
  std::string address;  // JSON of adapters::Address
  std::string state = "{}";
  std::string owner = "bot";  // bot, queue, agent
  std::string rung = "dm";    // dm, private_thread, web_link, unreachable
  std::int64_t created_at = 0;
};

// Nobody speaks here any more: the person has been forgotten (contacts.h).
inline bool is_erased(const Conversation& conversation) { return conversation.key.rfind("erased:", 0) == 0; }

// The conversation of that key, made when there is none. The address of a known one is kept up to
// date.
Conversation find_or_create_conversation(Session& session, const Conversation& wanted,
                                         std::int64_t now);
std::optional<Conversation> find_conversation(Session& session, const std::string& key);
std::optional<Conversation> get_conversation(Session& session, const std::string& id);
// As get_conversation; nobody else changes it until this transaction ends, in any process. For
// read, decide, save.
std::optional<Conversation> lock_conversation(Session& session, const std::string& id);
// The newest conversation of a person on a channel.
std::optional<Conversation> newest_conversation(Session& session, const std::string& person_id,
                                                const std::string& channel);
void save_state(Session& session, const std::string& id, const std::string& state,
                std::int64_t now);
void set_owner(Session& session, const std::string& id, const std::string& owner);
void set_address(Session& session, const std::string& id, const std::string& address);
void set_rung(Session& session, const std::string& id, const std::string& rung);

struct Message {
  std::string id;
  std::string conversation_id;
  std::int64_t seq = 0;
  std::string author;  // person, bot, agent
  std::string author_name;
  std::string text;
  std::string reply;  // JSON
  std::string audience = "here";
  std::string inbox_id;
  std::string trace_id;
  std::string post_key;
  std::string client_key;
  std::string facts = "[]";
  std::int64_t created_at = 0;
  std::int64_t redacted_at = 0;
};

// Appends and returns the message's number in its conversation. Numbers grow in the order of
// commits.
std::int64_t append(Session& session, const Message& message);
std::vector<Message> messages_after(Session& session, const std::string& conversation_id,
                                    std::int64_t after_seq, std::int64_t limit);
// The last `count` messages, oldest first.
std::vector<Message> last_messages(Session& session, const std::string& conversation_id,
                                   std::int64_t count);
std::optional<Message> get_message(Session& session, const std::string& id);
std::optional<Message> find_by_client_key(Session& session, const std::string& conversation_id,
                                          const std::string& key);
std::vector<Message> replies_to(Session& session, const std::string& inbox_id);
std::optional<Message> find_by_post_key(Session& session, const std::string& post_key);
// The person deleted or edited their post: our copy follows.
void redact(Session& session, const std::string& post_key, std::int64_t now);
void edit_text(Session& session, const std::string& post_key, const std::string& text,
               const std::string& facts);
// An agent took back or corrected what they had said.
void redact_message(Session& session, const std::string& id, std::int64_t now);
void edit_message(Session& session, const std::string& id, const std::string& text,
                  const std::string& reply);

}  // namespace handrail::storage
