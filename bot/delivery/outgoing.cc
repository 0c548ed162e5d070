#include "bot/delivery/outgoing.h"

#include "adapters/channels.h"
#include "bot/base/id.h"
#include "bot/storage/outbox.h"

namespace handrail::delivery {

using adapters::Audience;

namespace {

const char* name_of(Audience audience) {
  return audience == Audience::here ? "here" : audience == Audience::person_only ? "person_only" : "direct";
}

}  // namespace

adapters::Address address_of(const storage::Conversation& conversation) {
  return adapters::address_from_json(nlohmann::json::parse(conversation.address, nullptr, false));
}

base::Result<Said> say(storage::Session& session, const storage::Conversation& conversation, const adapters::Address& to,
                       const Outgoing& outgoing, const config::Config& config, const base::Vault& vault, std::int64_t now) {
  Said said;
  said.reply = outgoing.reply;
  if (said.reply.id.empty()) said.reply.id = base::new_id(now);
  said.message_id = said.reply.id;
  storage::Message message;
  message.id = said.reply.id;
  message.conversation_id = conversation.id;
  message.author = outgoing.author;
  message.author_name = outgoing.author_name;
  message.text = said.reply.text;
  message.reply = adapters::to_json(said.reply).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  message.audience = name_of(outgoing.audience);
  message.inbox_id = outgoing.inbox_id;
  message.trace_id = said.reply.trace_id;
  message.client_key = outgoing.client_key;
  message.created_at = now;
  said.seq = storage::append(session, message);

  // Someone whose DM is closed reads in the web chat, like a web visitor: nothing is pushed.
  const adapters::Channel* channel = adapters::find_channel(conversation.channel);
  if (channel == nullptr || conversation.rung == "web_link") return said;
  adapters::RenderOptions options;
  options.public_url = config.public_url;
  options.audience = outgoing.audience;
  options.nonce_seed = said.reply.id;
  bool first = true;
  for (adapters::Send& send : channel->render(said.reply, to, options)) {
    if (outgoing.audience == Audience::direct && to.place == adapters::Place::channel) {
      send.progress["origin_place"] = to.place_id;
      send.progress["origin_thread"] = to.thread;
    }
    storage::OutboxRow row;
    row.id = base::new_id(now);
    row.order_key = conversation.id;
    row.channel = conversation.channel;
    row.workspace = send.to.workspace;
    if (!send.to.callback.empty()) {
      row.sealed_callback = vault.seal(send.to.callback);
      row.callback_expires_at = send.to.callback_expires_at;
    }
    row.send = adapters::to_json(send).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    const bool hold = first && outgoing.inline_answer == Outgoing::Inline::held;
    row.next_attempt_at = hold ? now + kInlineRepairAfterMs : now;
    row.expires_at = now + std::chrono::milliseconds(config::kDeliveryPatience).count();
    row.message_id = said.message_id;
    row.ticket_id = outgoing.ticket_id;
    row.created_at = now;
    if (!storage::enqueue(session, row, static_cast<std::int64_t>(config::kQueuedPerConversation))) {
      return base::Error{base::Code::limited, "Too many messages wait to be sent in this conversation.", "", ""};
    }
    if (hold) said.held_outbox_id = row.id;
    first = false;
  }
  return said;
}

base::Status answered_inline(storage::Session& session, const std::string& held_outbox_id, std::int64_t now) {
  storage::mark_sent_inline(session, held_outbox_id, now);
  return base::done();
}

base::Status release_held(storage::Session& session, const std::string& held_outbox_id, std::int64_t now) {
  storage::release(session, held_outbox_id, now);
  return base::done();
}

}  // namespace handrail::delivery
