#include "bot/storage/conversations.h"

#include <algorithm>

#include "bot/base/id.h"

namespace handrail::storage {
namespace {

#define HANDRAIL_CONVERSATION_COLUMNS \
  "id, conversation_key, person_id, channel, address, state, owner, rung, created_at"
#define HANDRAIL_MESSAGE_COLUMNS                                                               \
  "id, conversation_id, seq, author, author_name, text, reply, audience, inbox_id, trace_id, " \
  "post_key, client_key, "                                                                     \
  "facts, created_at, redacted_at"

template <typename... Values>
std::optional<Conversation> one(Session& session, const char* query, const Values&... values) {
  const auto rows =
      session.select<std::string, std::string, std::string, std::string, std::string, std::string,
                     std::string, std::string, std::int64_t>(query, values...);
  if (rows.empty()) return std::nullopt;
  Conversation c;
  std::tie(c.id, c.key, c.person_id, c.channel, c.address, c.state, c.owner, c.rung, c.created_at) =
      rows.front();
  return c;
}

template <typename... Values>
std::vector<Message> messages_of(Session& session, const char* query, const Values&... values) {
  std::vector<Message> list;
  for (const auto& row :
       session.select<std::string, std::string, std::int64_t, std::string, std::string, std::string,
                      std::string, std::string, std::string, std::string, std::string, std::string,
                      std::string, std::int64_t, std::int64_t>(query, values...)) {
    Message m;
    std::tie(m.id, m.conversation_id, m.seq, m.author, m.author_name, m.text, m.reply, m.audience,
             m.inbox_id, m.trace_id, m.post_key, m.client_key, m.facts, m.created_at,
             m.redacted_at) = row;
    list.push_back(std::move(m));
  }
  return list;
}

}  // namespace

std::optional<Conversation> find_conversation(Session& session, const std::string& key) {
  return one(session,
             "SELECT " HANDRAIL_CONVERSATION_COLUMNS
             " FROM conversations WHERE conversation_key = :key",
             key);
}

std::optional<Conversation> get_conversation(Session& session, const std::string& id) {
  return one(session, "SELECT " HANDRAIL_CONVERSATION_COLUMNS " FROM conversations WHERE id = :id",
             id);
}

std::optional<Conversation> lock_conversation(Session& session, const std::string& id) {
  if (session.engine() == Engine::sqlite)
    return get_conversation(session, id);  // it has one writer at a time
  return one(
      session,
      "SELECT " HANDRAIL_CONVERSATION_COLUMNS " FROM conversations WHERE id = :id FOR UPDATE", id);
}

Conversation find_or_create_conversation(Session& session, const Conversation& wanted,
                                         std::int64_t now) {
  if (auto known = find_conversation(session, wanted.key)) {
    // A bare address ("open a DM with ...") never replaces one that names the place.
    if (!wanted.address.empty() && wanted.address != known->address && known->rung == "dm") {
      set_address(session, known->id, wanted.address);
      known->address = wanted.address;
    }
    return *known;
  }
  Conversation made = wanted;
  if (made.id.empty()) made.id = base::new_id(now);
  made.created_at = now;
  session.execute(
      "INSERT INTO conversations (id, conversation_key, person_id, channel, address, created_at, "
      "updated_at) "
      "VALUES (:id, :key, :person, :channel, :address, :created, :updated)",
      made.id, made.key, made.person_id, made.channel, made.address, now, now);
  return made;
}

std::optional<Conversation> newest_conversation(Session& session, const std::string& person_id,
                                                const std::string& channel) {
  return one(session,
             "SELECT " HANDRAIL_CONVERSATION_COLUMNS
             " FROM conversations WHERE person_id = :person AND channel = :channel ORDER BY "
             "updated_at DESC LIMIT 1",
             person_id, channel);
}

void save_state(Session& session, const std::string& id, const std::string& state,
                std::int64_t now) {
  session.execute("UPDATE conversations SET state = :state, updated_at = :now WHERE id = :id",
                  state, now, id);
}

void set_owner(Session& session, const std::string& id, const std::string& owner) {
  session.execute("UPDATE conversations SET owner = :owner WHERE id = :id", owner, id);
}

void set_address(Session& session, const std::string& id, const std::string& address) {
  session.execute("UPDATE conversations SET address = :address WHERE id = :id", address, id);
}

void set_rung(Session& session, const std::string& id, const std::string& rung) {
  session.execute("UPDATE conversations SET rung = :rung WHERE id = :id", rung, id);
}

std::int64_t append(Session& session, const Message& m) {
  const auto rows = session.select<std::int64_t>(
      "UPDATE conversations SET next_seq = next_seq + 1 WHERE id = :id RETURNING next_seq - 1",
      m.conversation_id);
  if (rows.empty()) throw StorageError("append: no such conversation");
  const std::int64_t seq = std::get<0>(rows.front());
  session.execute(
      "INSERT INTO messages (id, conversation_id, seq, author, author_name, text, reply, audience, "
      "inbox_id, trace_id, "
      "post_key, client_key, facts, created_at) VALUES (:id, :conversation, :seq, :author, "
      ":author_name, :text, :reply, "
      ":audience, :inbox, :trace, :post, :client, :facts, :created)",
      m.id, m.conversation_id, seq, m.author, m.author_name, m.text, m.reply, m.audience,
      m.inbox_id, m.trace_id, m.post_key, m.client_key, m.facts, m.created_at);
  return seq;
}

std::vector<Message> messages_after(Session& session, const std::string& conversation_id,
                                    std::int64_t after_seq, std::int64_t limit) {
  return messages_of(
      session,
      "SELECT " HANDRAIL_MESSAGE_COLUMNS
      " FROM messages WHERE conversation_id = :id AND seq > :after ORDER BY seq LIMIT :limit",
      conversation_id, after_seq, limit);
}

std::vector<Message> last_messages(Session& session, const std::string& conversation_id,
                                   std::int64_t count) {
  auto list =
      messages_of(session,
                  "SELECT " HANDRAIL_MESSAGE_COLUMNS
                  " FROM messages WHERE conversation_id = :id ORDER BY seq DESC LIMIT :count",
                  conversation_id, count);
  std::reverse(list.begin(), list.end());
  return list;
}

std::optional<Message> get_message(Session& session, const std::string& id) {
  const auto list =
      messages_of(session, "SELECT " HANDRAIL_MESSAGE_COLUMNS " FROM messages WHERE id = :id", id);
  if (list.empty()) return std::nullopt;
  return list.front();
}

std::optional<Message> find_by_client_key(Session& session, const std::string& conversation_id,
                                          const std::string& key) {
  const auto list = messages_of(
      session,
      "SELECT " HANDRAIL_MESSAGE_COLUMNS
      " FROM messages WHERE conversation_id = :id AND client_key = :key AND client_key <> ''",
      conversation_id, key);
  if (list.empty()) return std::nullopt;
  return list.front();
}

std::vector<Message> replies_to(Session& session, const std::string& inbox_id) {
  return messages_of(session,
                     "SELECT " HANDRAIL_MESSAGE_COLUMNS
                     " FROM messages WHERE inbox_id = :inbox AND inbox_id <> '' AND author <> "
                     "'person' ORDER BY seq",
                     inbox_id);
}

std::optional<Message> find_by_post_key(Session& session, const std::string& post_key) {
  const auto list = messages_of(session,
                                "SELECT " HANDRAIL_MESSAGE_COLUMNS
                                " FROM messages WHERE post_key = :key AND post_key <> ''",
                                post_key);
  if (list.empty()) return std::nullopt;
  return list.front();
}

void redact(Session& session, const std::string& post_key, std::int64_t now) {
  session.execute(
      "UPDATE messages SET text = '', facts = '[]', redacted_at = :now WHERE post_key = :key AND "
      "post_key <> ''",
      now, post_key);
  session.execute(
      "UPDATE inbox SET payload = '{}' WHERE post_key = :key AND post_key <> '' AND status <> "
      "'pending'",
      post_key);
}

void redact_message(Session& session, const std::string& id, std::int64_t now) {
  session.execute("UPDATE messages SET text = '', reply = '', facts = '[]', redacted_at = :now WHERE id = :id", now, id);
}

void edit_message(Session& session, const std::string& id, const std::string& text, const std::string& reply) {
  session.execute("UPDATE messages SET text = :text, reply = :reply WHERE id = :id AND redacted_at = 0", text, reply, id);
}

void edit_text(Session& session, const std::string& post_key, const std::string& text,
               const std::string& facts) {
  session.execute(
      "UPDATE messages SET text = :text, facts = :facts WHERE post_key = :key AND post_key <> '' "
      "AND redacted_at = 0",
      text, facts, post_key);
}

}  // namespace handrail::storage
