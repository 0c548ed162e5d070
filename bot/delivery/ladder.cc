#include "bot/delivery/ladder.h"

#include "adapters/channels.h"
#include "adapters/json_text.h"
#include "adapters/web_chat/tokens.h"
#include "bot/delivery/outgoing.h"
#include "bot/storage/conversations.h"
#include "bot/storage/tickets.h"

namespace handrail::delivery {
namespace {

// Tokens ride in the fragment: it is never sent to a server, so it does not end up in access logs.
std::string chat_link(const LadderNeeds& needs, const std::string& conversation_id, const std::string& user,
                      std::int64_t now) {
  const std::int64_t expires = now + std::chrono::milliseconds(config::kOneTimeLinkLife).count();
  return needs.config.public_url + "/#chat=" +
         adapters::web_chat::make_link_token({conversation_id, user}, needs.session_key, expires);
}

constexpr const char* kSaysLink = "says_link";

bool says_link(const adapters::Send& send) { return send.progress.value(kSaysLink, false); }

std::string reply_locale(storage::Session& session, const storage::OutboxRow& row, const std::string& fallback) {
  const auto message = storage::get_message(session, row.message_id);
  const nlohmann::json reply = message ? nlohmann::json::parse(message->reply, nullptr, false) : nlohmann::json();
  return reply.is_object() ? reply.value("locale", fallback) : fallback;
}

void note_on_tickets(storage::Session& session, const std::string& conversation_id, const std::string& what,
                     const std::string& because, std::int64_t now) {
  for (const storage::Ticket& ticket : storage::tickets_of_conversation(session, conversation_id)) {
    if (ticket.state == "resolved") continue;
    storage::add_history(session, ticket.id, {now, "bot", what, because});
    storage::touch_ticket(session, ticket.id, now);
  }
}

}  // namespace

void give_up(storage::Session& session, const storage::OutboxRow& row, const std::string& because, std::int64_t now) {
  storage::mark_given_up(session, row.id, because, now);
  note_on_tickets(session, row.order_key, "delivery_failed", because, now);
}

std::string with_link(std::string body, const adapters::Send& send, const LadderNeeds& needs, const std::string& conversation_id,
                      std::int64_t now) {
  const std::size_t at = says_link(send) ? body.find(kLinkMark) : std::string::npos;
  if (at == std::string::npos) return body;
  const std::string link = nlohmann::json(chat_link(needs, conversation_id, send.to.user, now)).dump();
  return body.replace(at, std::string_view(kLinkMark).size(), link.substr(1, link.size() - 2));
}

base::Result<std::string> take_next_rung(storage::Session& session, const LadderNeeds& needs, const storage::OutboxRow& row,
                                         const adapters::Send& send, const adapters::GiveUp& failure, std::int64_t now) {
  const adapters::Channel* channel = adapters::find_channel(row.channel);
  const auto conversation = storage::get_conversation(session, row.order_key);
  if (failure.callback_dead) storage::forget_callback(session, row);
  std::string link_text;
  if (conversation && !needs.config.public_url.empty()) {
    link_text = needs.words.dm_closed(reply_locale(session, row, needs.config.default_locale), kLinkMark,
                                      config::kOneTimeLinkLife.count());
  }
  std::optional<adapters::Send> next;
  if (channel != nullptr) next = channel->next_rung(send, failure, link_text);
  if (!next) {
    if (conversation && send.kind == "private_thread") storage::set_rung(session, conversation->id, "dm");
    // Not asked again until the person writes: each refusal counts against us.
    if (conversation && failure.dm_closed) storage::set_rung(session, conversation->id, kUnreachable);
    give_up(session, row, failure.because, now);
    return std::string("given_up");
  }
  const bool is_thread = next->kind == "private_thread";
  const bool is_link = adapters::json_text(next->body).find(kLinkMark) != std::string::npos;
  if (is_link) next->progress[kSaysLink] = true;
  if (is_thread) {
    const auto ticket = storage::get_ticket(session, row.ticket_id);
    next->body["thread_name"] = needs.config.product_name + (ticket ? " #" + std::to_string(ticket->number) : "");
    next->body["thread_note"] = needs.words.private_thread(reply_locale(session, row, needs.config.default_locale));
  }
  // What follows goes into the thread that the first message has opened.
  if (is_thread && conversation && conversation->rung == "private_thread") {
    const std::string thread = address_of(*conversation).place_id;
    if (!thread.empty()) next->progress["place_id"] = thread;
  }
  storage::replace_send(session, row.id, adapters::json_text(adapters::to_json(*next)), row.channel, failure.because, now);
  const std::string rung = is_thread ? "private_thread" : is_link && !says_link(send) ? "web_link" : "dm";
  if (conversation && rung != "dm") {
    storage::set_rung(session, conversation->id, rung);
    note_on_tickets(session, conversation->id, "reached_by_" + rung, failure.because, now);
    // What else was waiting for the closed DM is in the conversation already, where the link leads.
    if (rung == "web_link") storage::drop_unsent_behind(session, row.order_key, row.id, now);
  }
  return rung;
}

}  // namespace handrail::delivery
