#include "bot/storage/team.h"

namespace handrail::storage {
namespace {

#define HANDRAIL_CARD_COLUMNS                                                              \
  "ticket_id, channel, workspace, place_id, outbox_id, remote_id, shown, thread_open, " \
  "copied_seq, copied_history"
#define HANDRAIL_COPY_COLUMNS "ticket_id, channel, message_id, outbox_id, post_key, shown"
#define HANDRAIL_HELD_COLUMNS "id, ticket_id, channel, agent_id, post_key, text, held_at"

template <typename... Values>
std::optional<TeamCard> one_card(Session& session, const char* query, const Values&... values) {
  for (const auto& [ticket, channel, workspace, place, outbox, remote, shown, open, seq, history] :
       session.select<std::string, std::string, std::string, std::string, std::string, std::string, std::string,
                      std::int64_t, std::int64_t, std::int64_t>(query, values...)) {
    return TeamCard{ticket, channel, workspace, place, outbox, remote, shown, open != 0, seq, history};
  }
  return std::nullopt;
}

template <typename... Values>
std::vector<TeamCopy> copies(Session& session, const char* query, const Values&... values) {
  std::vector<TeamCopy> list;
  for (const auto& [ticket, channel, message, outbox, post, shown] :
       session.select<std::string, std::string, std::string, std::string, std::string, std::string>(query, values...)) {
    list.push_back({ticket, channel, message, outbox, post, shown});
  }
  return list;
}

template <typename... Values>
std::optional<HeldReply> one_held(Session& session, const char* query, const Values&... values) {
  for (const auto& [id, ticket, channel, agent, post, text, at] :
       session.select<std::string, std::string, std::string, std::string, std::string, std::string, std::int64_t>(query,
                                                                                                               values...)) {
    return HeldReply{id, ticket, channel, agent, post, text, at};
  }
  return std::nullopt;
}

template <typename... Values>
std::vector<std::string> ids(Session& session, const char* query, const Values&... values) {
  std::vector<std::string> list;
  for (const auto& row : session.select<std::string>(query, values...)) list.push_back(std::get<0>(row));
  return list;
}

}  // namespace

bool add_card(Session& session, const TeamCard& card) {
  return session.execute(
             "INSERT INTO team_cards (ticket_id, channel, workspace, place_id, outbox_id, shown) VALUES (:ticket, "
             ":channel, :workspace, :place, :outbox, :shown) ON CONFLICT (ticket_id, channel) DO NOTHING",
             card.ticket_id, card.channel, card.workspace, card.place_id, card.outbox_id, card.shown) == 1;
}

bool advance_card(Session& session, const TeamCard& before, const TeamCard& after) {
  return session.execute(
             "UPDATE team_cards SET shown = :shown, thread_open = :open, copied_seq = :seq, copied_history = :history "
             "WHERE ticket_id = :ticket AND channel = :channel AND shown = :shown_before AND copied_seq = :seq_before "
             "AND copied_history = :history_before AND thread_open = :open_before",
             after.shown, std::int64_t{after.thread_open}, after.copied_seq, after.copied_history, before.ticket_id,
             before.channel, before.shown, before.copied_seq, before.copied_history,
             std::int64_t{before.thread_open}) == 1;
}

std::optional<TeamCard> find_card(Session& session, const std::string& ticket_id, const std::string& channel) {
  return one_card(session, "SELECT " HANDRAIL_CARD_COLUMNS " FROM team_cards WHERE ticket_id = :ticket AND channel = :channel",
                  ticket_id, channel);
}

std::optional<TeamCard> find_card_by_message(Session& session, const std::string& channel, const std::string& remote_id) {
  auto known = one_card(session,
                        "SELECT " HANDRAIL_CARD_COLUMNS
                        " FROM team_cards WHERE remote_id = :remote AND remote_id <> '' AND channel = :channel",
                        remote_id, channel);
  if (known) return known;
  // Posted a moment ago.
  known = one_card(session,
                   "SELECT " HANDRAIL_CARD_COLUMNS
                   " FROM team_cards WHERE channel = :channel AND remote_id = '' AND outbox_id IN (SELECT id FROM outbox "
                   "WHERE id IN (SELECT outbox_id FROM team_cards WHERE channel = :of_channel AND remote_id = '') AND status "
                   "= 'sent' AND remote_id = :remote)",
                   channel, channel, remote_id);
  if (known) known->remote_id = remote_id;
  return known;
}

std::vector<std::string> newly_posted_cards(Session& session, const std::string& channel) {
  return ids(session,
             "SELECT c.ticket_id FROM team_cards c JOIN outbox o ON o.id = c.outbox_id WHERE c.channel = :channel AND "
             "c.remote_id = '' AND o.status = 'sent'",
             channel);
}

void learn_posted_cards(Session& session, const std::string& channel) {
  session.execute(
      "UPDATE team_cards SET remote_id = (SELECT o.remote_id FROM outbox o WHERE o.id = team_cards.outbox_id) WHERE "
      "channel = :channel AND remote_id = '' AND EXISTS (SELECT 1 FROM outbox o WHERE o.id = team_cards.outbox_id AND "
      "o.status = 'sent')",
      channel);
}

void forget_card(Session& session, const TeamCard& card) {
  session.execute("DELETE FROM team_cards WHERE ticket_id = :ticket AND channel = :channel", card.ticket_id, card.channel);
}

void add_copy(Session& session, const TeamCopy& copy) {
  session.execute(
      "INSERT INTO team_copies (ticket_id, channel, message_id, outbox_id, post_key, shown) VALUES (:ticket, :channel, "
      ":message, :outbox, :post, :shown) ON CONFLICT (ticket_id, channel, message_id) DO NOTHING",
      copy.ticket_id, copy.channel, copy.message_id, copy.outbox_id, copy.post_key, copy.shown);
}

std::optional<TeamCopy> find_copy_by_post(Session& session, const std::string& post_key) {
  const auto found = copies(
      session, "SELECT " HANDRAIL_COPY_COLUMNS " FROM team_copies WHERE post_key = :post AND post_key <> ''", post_key);
  if (found.empty()) return std::nullopt;
  return found.front();
}

std::vector<TeamCopy> copies_of(Session& session, const std::string& ticket_id, const std::string& channel) {
  return copies(session, "SELECT " HANDRAIL_COPY_COLUMNS " FROM team_copies WHERE ticket_id = :ticket AND channel = :channel",
                ticket_id, channel);
}

void set_copy_shown(Session& session, const TeamCopy& copy) {
  session.execute(
      "UPDATE team_copies SET shown = :shown WHERE ticket_id = :ticket AND channel = :channel AND message_id = :message",
      copy.shown, copy.ticket_id, copy.channel, copy.message_id);
}

std::string remote_id_of(Session& session, const std::string& outbox_id) {
  const auto found = ids(session, "SELECT remote_id FROM outbox WHERE id = :id AND status = 'sent'", outbox_id);
  return found.empty() ? "" : found.front();
}

std::vector<std::string> sent_ids_of(Session& session, const std::string& ticket_id, const std::string& message_id) {
  return ids(session,
             "SELECT remote_id FROM outbox WHERE ticket_id = :ticket AND ticket_id <> '' AND message_id = :message AND "
             "status = 'sent' AND remote_id <> '' ORDER BY id",
             ticket_id, message_id);
}

void hold_reply(Session& session, const HeldReply& held) {
  session.execute(
      "INSERT INTO team_held (id, ticket_id, channel, agent_id, post_key, text, held_at) VALUES (:id, :ticket, :channel, "
      ":agent, :post, :text, :at)",
      held.id, held.ticket_id, held.channel, held.agent_id, held.post_key, held.text, held.held_at);
}

std::optional<HeldReply> find_held(Session& session, const std::string& id) {
  return one_held(session, "SELECT " HANDRAIL_HELD_COLUMNS " FROM team_held WHERE id = :id", id);
}

std::optional<HeldReply> find_held_by_post(Session& session, const std::string& post_key) {
  return one_held(session, "SELECT " HANDRAIL_HELD_COLUMNS " FROM team_held WHERE post_key = :post AND post_key <> ''", post_key);
}

void set_held_text(Session& session, const std::string& id, const std::string& text) {
  session.execute("UPDATE team_held SET text = :text WHERE id = :id", text, id);
}

void forget_held(Session& session, const std::string& id) { session.execute("DELETE FROM team_held WHERE id = :id", id); }

void prune_held(Session& session, std::int64_t before) {
  session.execute("DELETE FROM team_held WHERE held_at < :before", before);
}

void set_agent_identity(Session& session, const std::string& channel, const std::string& user, const std::string& agent_id) {
  session.execute(
      "INSERT INTO agent_identities (channel, user_id, agent_id) VALUES (:channel, :user, :agent) ON CONFLICT (channel, "
      "user_id) DO UPDATE SET agent_id = excluded.agent_id",
      channel, user, agent_id);
}

std::optional<Agent> agent_of_identity(Session& session, const std::string& channel, const std::string& user) {
  const auto found =
      ids(session, "SELECT agent_id FROM agent_identities WHERE channel = :channel AND user_id = :user", channel, user);
  if (found.empty()) return std::nullopt;
  return get_agent(session, found.front());
}

std::vector<std::string> tickets_changed_since(Session& session, std::int64_t since, std::int64_t limit) {
  return ids(session, "SELECT id FROM tickets WHERE updated_at >= :since ORDER BY updated_at LIMIT :limit", since, limit);
}

std::vector<std::string> tickets_whose_snooze_ended(Session& session, std::int64_t now, std::int64_t limit) {
  return ids(session, "SELECT id FROM tickets WHERE snoozed_until > 0 AND snoozed_until <= :now ORDER BY snoozed_until LIMIT :limit",
             now, limit);
}

std::vector<std::string> unresolved_ticket_ids(Session& session, std::int64_t limit) {
  return ids(session, "SELECT id FROM tickets WHERE state IN ('open', 'claimed', 'waiting') ORDER BY created_at LIMIT :limit",
             limit);
}

}  // namespace handrail::storage
