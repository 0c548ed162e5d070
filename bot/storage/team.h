// The agents' channel as rows: cards, what stands in their threads, and replies that were held back. The rules are in
// bot/team; here a change is one statement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/storage/agents.h"
#include "bot/storage/session.h"
#include "bot/storage/tickets.h"

namespace handrail::storage {

struct TeamCard {
  std::string ticket_id;
  std::string channel;
  std::string workspace;
  std::string place_id;
  std::string outbox_id;
  std::string remote_id;  // '' while it is not posted
  std::string shown;      // digest
  bool thread_open = false;
  std::int64_t copied_seq = 0;
  std::int64_t copied_history = 0;
};
// False when the ticket has one on this platform.
bool add_card(Session& session, const TeamCard& card);
// Writes what changed since `before` was read. False when another process has done so meanwhile: nothing is written then.
bool advance_card(Session& session, const TeamCard& before, const TeamCard& after);
std::optional<TeamCard> find_card(Session& session, const std::string& ticket_id, const std::string& channel);
std::optional<TeamCard> find_card_by_message(Session& session, const std::string& channel, const std::string& remote_id);
// Tickets whose card has been posted, which learn_posted_cards does not know yet.
std::vector<std::string> newly_posted_cards(Session& session, const std::string& channel);
// Cards that have been posted since learn their platform's id.
void learn_posted_cards(Session& session, const std::string& channel);
void forget_card(Session& session, const TeamCard& card);  // it is gone there: the next one is posted anew

// A message of the conversation that stands in the thread: our copy (outbox_id) or what an agent wrote there (post_key).
struct TeamCopy {
  std::string ticket_id;
  std::string channel;
  std::string message_id;
  std::string outbox_id;
  std::string post_key;
  std::string shown;  // digest of the words
};
void add_copy(Session& session, const TeamCopy& copy);
std::optional<TeamCopy> find_copy_by_post(Session& session, const std::string& post_key);
std::vector<TeamCopy> copies_of(Session& session, const std::string& ticket_id, const std::string& channel);
void set_copy_shown(Session& session, const TeamCopy& copy);

// The platform's id of what an outbox row sent; '' while it is not sent, or no longer known.
std::string remote_id_of(Session& session, const std::string& outbox_id);
// The platform's ids of what was sent to the person for a message of a ticket.
std::vector<std::string> sent_ids_of(Session& session, const std::string& ticket_id, const std::string& message_id);

struct HeldReply {
  std::string id;
  std::string ticket_id;
  std::string channel;
  std::string agent_id;
  std::string post_key;
  std::string text;
  std::int64_t held_at = 0;
};
void hold_reply(Session& session, const HeldReply& held);
std::optional<HeldReply> find_held(Session& session, const std::string& id);
std::optional<HeldReply> find_held_by_post(Session& session, const std::string& post_key);
void set_held_text(Session& session, const std::string& id, const std::string& text);
void forget_held(Session& session, const std::string& id);
void prune_held(Session& session, std::int64_t before);

// Who an agent is on a platform. An identity belongs to one agent: it moves.
void set_agent_identity(Session& session, const std::string& channel, const std::string& user, const std::string& agent_id);
std::optional<Agent> agent_of_identity(Session& session, const std::string& channel, const std::string& user);

// Tickets that changed at or after `since`, and those that wait no longer at `now`. For whoever shows them elsewhere.
std::vector<std::string> tickets_changed_since(Session& session, std::int64_t since, std::int64_t limit);
std::vector<std::string> tickets_whose_snooze_ended(Session& session, std::int64_t now, std::int64_t limit);
std::vector<std::string> unresolved_ticket_ids(Session& session, std::int64_t limit);

}  // namespace handrail::storage
