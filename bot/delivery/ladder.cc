#include "bot/delivery/ladder.h"

#include "adapters/channels.h"
#include "adapters/web_chat/tokens.h"
#include "bot/storage/conversations.h"
#include "bot/storage/tickets.h"

namespace handrail::delivery {
namespace {

// Tokens ride in the fragment: it is never sent to a server, so it does not end up in access logs.
std::string chat_link(const LadderNeeds& needs, const storage::Conversation& conversation, const std::string& user,
                      std::int64_t now) {
  const std::int64_t expires = now + std::chrono::milliseconds(config::kOneTimeLinkLife).count();
  return needs.config.public_url + "/#chat=" +
         adapters::web_chat::make_link_token({conversation.id, user}, needs.session_key, expires);
}

std::string reply_locale(storage::Session& session, const storage::OutboxRow& row, const std::string& fallback) {
  const auto messages = storage::get_message(session, row.message_id);
  if (!messages) return fallback;
  return nlohmann::json::parse(messages->reply, nullptr, false).value("locale", fallback);
}

void note_on_tickets(storage::Session& session, const std::string& conversation_id, const std::string& what,
                     const std::string& because, std::int64_t now) {
  for (const storage::Ticket& ticket : storage::tickets_of_conversation(session, conversation_id)) {
    if (ticket.state != "resolved") storage::add_history(session, ticket.id, {now, "bot", what, because});
  }
}

}  // namespace

void give_up(storage::Session& session, const storage::OutboxRow& row, const std::string& because, std::int64_t now) {
  storage::mark_given_up(session, row.id, because, now);
  note_on_tickets(session, row.order_key, "delivery_failed", because, now);
}

base::Result<std::string> take_next_rung(storage::Session& session, const LadderNeeds& needs, const storage::OutboxRow& row,
                                         const adapters::Send& send, const adapters::GiveUp& failure, std::int64_t now) {
  const adapters::Channel* channel = adapters::find_channel(row.channel);
  const auto conversation = storage::get_conversation(session, row.order_key);
  std::string link_text;
  if (conversation && !needs.config.public_url.empty()) {
    link_text = needs.words.dm_closed(reply_locale(session, row, needs.config.default_locale),
                                      chat_link(needs, *conversation, send.to.user, now), config::kOneTimeLinkLife.count());
  }
  std::optional<adapters::Send> next;
  if (channel != nullptr) next = channel->next_rung(send, failure, link_text);
  if (!next) {
    give_up(session, row, failure.because, now);
    return std::string("given_up");
  }
  storage::replace_send(session, row.id, adapters::to_json(*next).dump(), row.channel, failure.because, now);
  const bool by_link = failure.dm_closed || failure.place_closed;
  const std::string rung = next->kind == "private_thread" ? "private_thread" : by_link ? "web_link" : "dm";
  if (conversation && rung != "dm") {
    storage::set_rung(session, conversation->id, rung);
    note_on_tickets(session, conversation->id, "reached_by_" + rung, failure.because, now);
    if (rung == "web_link") {
      // What else was waiting for the closed DM is in the conversation already, where the link leads.
      storage::drop_queued_behind(session, row.order_key, row.id, now);
    }
  }
  return rung;
}

}  // namespace handrail::delivery
