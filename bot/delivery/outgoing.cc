#include "bot/delivery/outgoing.h"

#include "adapters/channels.h"
#include "adapters/json_text.h"
#include "bot/base/id.h"
#include "bot/delivery/ladder.h"
#include "bot/storage/outbox.h"
#include "bot/storage/team.h"
#include "bot/storage/tickets.h"

namespace handrail::delivery {

using adapters::Audience;

namespace {

constexpr const char* kBody = "body";
constexpr const char* kOriginPlace = "origin_place";
constexpr const char* kText = "text";
constexpr const char* kPart = "part";  // which of the message's sends, from 0

const char* name_of(Audience audience) {
  return audience == Audience::here ? "here" : audience == Audience::person_only ? "person_only" : "direct";
}

Audience audience_of(const std::string& name) {
  for (const Audience audience : {Audience::person_only, Audience::direct}) {
    if (name == name_of(audience)) return audience;
  }
  return Audience::here;
}

adapters::RenderOptions render_options(const std::string& reply_id, Audience audience, const config::Config& config) {
  adapters::RenderOptions options;
  options.public_url = config.public_url;
  options.audience = audience;
  options.nonce_seed = reply_id;
  return options;
}

// The content is in the message already. Only what answers a callback is kept as rendered: when the callback is gone, it
// would be rendered for another way.
std::string stored_form(const adapters::Send& send, std::size_t part) {
  nlohmann::json stored;
  if (send.to.callback.empty()) {
    stored = adapters::to_json(adapters::Send{send.kind, send.to, nlohmann::json(), send.progress, send.nonce, ""});
    stored.erase(kBody);
    stored[kPart] = part;
  } else {
    stored = adapters::to_json(send);
  }
  return adapters::json_text(stored);
}

bool holds_content(const nlohmann::json& stored) { return !stored.is_object() || stored.contains(kBody); }

}  // namespace

adapters::Reply reply_of(const storage::Message& message) {
  adapters::Reply reply = adapters::reply_from_json(nlohmann::json::parse(message.reply, nullptr, false));
  reply.text = message.text;
  return reply;
}

adapters::Address address_of(const storage::Conversation& conversation) {
  return adapters::address_from_json(nlohmann::json::parse(conversation.address, nullptr, false));
}

Prepared prepare(const Outgoing& outgoing, const std::string& channel_name, const adapters::Address& to,
                 const config::Config& config, std::int64_t now) {
  Prepared prepared;
  prepared.reply = outgoing.reply;
  if (prepared.reply.id.empty()) prepared.reply.id = base::new_id(now);
  nlohmann::json kept = adapters::to_json(prepared.reply);
  kept.erase(kText);
  prepared.reply_json = adapters::json_text(kept);
  const adapters::Channel* channel = adapters::find_channel(channel_name);
  if (channel == nullptr) return prepared;
  for (adapters::Send& send : channel->render(prepared.reply, to, render_options(prepared.reply.id, outgoing.audience, config))) {
    // Asked where others read along: should the DM be closed, the ladder comes back to that place.
    if (outgoing.audience == Audience::direct && to.place != adapters::Place::direct) {
      send.progress[kOriginPlace] = to.place_id;
      send.progress["origin_thread"] = to.thread;
    }
    prepared.sends.push_back(std::make_shared<const adapters::Send>(std::move(send)));
  }
  return prepared;
}

base::Result<Said> put(storage::Session& session, const storage::Conversation& conversation, const Outgoing& outgoing,
                       const Prepared& prepared, const base::Vault& vault, std::int64_t now, Parcel* parcel) {
  Said said;
  said.reply = prepared.reply;
  said.message_id = said.reply.id;
  storage::Message message;
  message.id = said.reply.id;
  message.conversation_id = conversation.id;
  message.author = outgoing.author;
  message.author_name = outgoing.author_name;
  message.text = said.reply.text;
  message.reply = prepared.reply_json;
  message.audience = name_of(outgoing.audience);
  message.inbox_id = outgoing.inbox_id;
  message.trace_id = said.reply.trace_id;
  message.client_key = outgoing.client_key;
  message.created_at = now;
  said.seq = storage::append(session, message);

  if (prepared.sends.empty()) return said;
  // Someone whose DM is closed reads in the web chat, like a web visitor: nothing is pushed. Who asks anew elsewhere is
  // reached anew, by the DM if it is open by now, or by another link.
  const bool is_unreachable = conversation.rung == kUnreachable;
  if ((conversation.rung == "web_link" || is_unreachable) && !prepared.sends.front()->progress.contains(kOriginPlace)) {
    if (is_unreachable && !outgoing.ticket_id.empty()) {
      storage::add_history(session, outgoing.ticket_id, {now, "bot", "delivery_failed", "dm_closed"});
    }
    return said;
  }
  const std::int64_t unsent = storage::count_unsent(session, conversation.id);
  const auto more = static_cast<std::int64_t>(prepared.sends.size());
  if (unsent + more > static_cast<std::int64_t>(config::kQueuedPerConversation)) {
    return base::Error{base::Code::limited, "Too many messages wait to be sent in this conversation.", "", ""};
  }
  const bool held = outgoing.inline_answer == Outgoing::Inline::held;
  // Only what nothing unsent precedes may go out past the queue: what is in the parcel already goes before it.
  const bool in_hand = parcel != nullptr && !held && unsent == static_cast<std::int64_t>(parcel->rows.size());
  for (std::size_t i = 0; i < prepared.sends.size(); ++i) {
    const adapters::Send& send = *prepared.sends[i];
    storage::OutboxRow row;
    row.id = base::new_id(now);
    row.order_key = conversation.id;
    row.channel = conversation.channel;
    row.workspace = send.to.workspace;
    if (!send.to.callback.empty()) {
      row.sealed_callback = vault.seal(send.to.callback);
      row.callback_expires_at = send.to.callback_expires_at;
    }
    row.send = stored_form(send, i);
    const bool hold = held && i == 0;
    row.status = in_hand ? "sending" : "queued";
    row.attempts = in_hand ? 1 : 0;
    row.next_attempt_at = in_hand ? now + kLeaseMs : hold ? now + kInlineRepairAfterMs : now;
    row.expires_at = now + std::chrono::milliseconds(config::kDeliveryPatience).count();
    row.message_id = said.message_id;
    row.ticket_id = outgoing.ticket_id;
    row.created_at = now;
    storage::insert_row(session, row);
    if (hold) said.held_outbox_id = row.id;
    if (in_hand) {
      row.attempts = 0;  // made before this one
      parcel->rows.push_back(row);
      parcel->sends.push_back(prepared.sends[i]);
    } else {
      said.queued = true;
    }
  }
  return said;
}

base::Result<Said> say(storage::Session& session, const storage::Conversation& conversation, const adapters::Address& to,
                       const Outgoing& outgoing, const config::Config& config, const base::Vault& vault, std::int64_t now) {
  return put(session, conversation, outgoing, prepare(outgoing, conversation.channel, to, config, now), vault, now, nullptr);
}

base::Status correct(storage::Session& session, const storage::Message& message, const std::string& ticket_id,
                     const adapters::Reply& reply, const config::Config& config, std::int64_t now) {
  const auto conversation = storage::get_conversation(session, message.conversation_id);
  if (!conversation) return base::Error{base::Code::internal, "The message's conversation is gone.", "", message.id};
  const bool takes_back = reply.text.empty();
  const adapters::Address to = address_of(*conversation);
  const auto rendered = [&](adapters::Reply words) {
    Outgoing outgoing;
    outgoing.reply = std::move(words);
    outgoing.reply.id = message.id;
    outgoing.audience = audience_of(message.audience);
    return prepare(outgoing, conversation->channel, to, config, now);
  };
  const Prepared before = rendered(reply_of(message));
  const Prepared after = takes_back ? before : rendered(reply);
  const bool is_pushed = !before.sends.empty();  // the web chat reads by itself
  const auto sent = storage::sent_ids_of(session, ticket_id, message.id);
  if (is_pushed && (sent.size() != 1 || before.sends.size() != 1 || after.sends.size() != 1 || to.place_id.empty())) {
    return base::Error{base::Code::conflict, "What the person has got cannot be changed any more: write what is right instead.",
                       "message_id", ""};
  }
  if (takes_back) {
    storage::redact_message(session, message.id, now);
  } else {
    storage::edit_message(session, message.id, reply.text, after.reply_json);
  }
  if (!is_pushed) return base::done();
  adapters::Send send = *after.sends.front();
  send.kind = takes_back ? "remove" : "update";
  if (takes_back) send.body = nlohmann::json::object();
  send.to = to;
  send.target = sent.front();
  storage::OutboxRow row;
  row.id = base::new_id(now);
  row.order_key = conversation->id;
  row.channel = conversation->channel;
  row.workspace = to.workspace;
  row.send = adapters::json_text(adapters::to_json(send));
  row.next_attempt_at = now;
  row.expires_at = now + std::chrono::milliseconds(config::kDeliveryPatience).count();
  row.ticket_id = ticket_id;
  row.created_at = now;
  if (storage::enqueue(session, row, static_cast<std::int64_t>(config::kQueuedPerConversation))) return base::done();
  return base::Error{base::Code::limited, "Too many messages wait to be sent in this conversation.", "", ""};
}

bool needs_message(const storage::OutboxRow& row) { return !holds_content(nlohmann::json::parse(row.send, nullptr, false)); }

adapters::Send restore(const storage::OutboxRow& row, const std::optional<storage::Message>& message,
                       const config::Config& config) {
  const nlohmann::json stored = nlohmann::json::parse(row.send, nullptr, false);
  adapters::Send send = adapters::send_from_json(stored);
  const adapters::Channel* channel = adapters::find_channel(row.channel);
  if (holds_content(stored) || !message || channel == nullptr) return send;
  const adapters::Reply reply = reply_of(*message);
  auto sends = channel->render(reply, send.to, render_options(reply.id, audience_of(message->audience), config));
  const std::size_t part = stored.value(kPart, std::size_t{0});
  if (part < sends.size()) send.body = std::move(sends[part].body);
  return send;
}

base::Status answered_inline(storage::Session& session, const std::string& held_outbox_id, std::int64_t now) {
  storage::mark_sent_inline(session, held_outbox_id, now);
  return base::done();
}

base::Status release_held(storage::Session& session, const std::string& held_outbox_id, std::int64_t now) {
  storage::release(session, held_outbox_id, now + kHeadStartMs);
  return base::done();
}

}  // namespace handrail::delivery
