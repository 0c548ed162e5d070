// Tickets as rows. The rules of who may do what are in bot/tickets/service.h; here a change is one
// statement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/storage/session.h"

namespace handrail::storage {

struct Ticket {
  std::string id;
  std::int64_t number = 0;
  std::string person_id;
  std::string kind;
  std::string state = "open";
  std::string queue;
  std::string priority = "normal";
  std::string locale;
  std::string channel;
  std::string assignee_id;
  std::string assignee_name;
  std::string conversation_id;
  std::string origin_conversation_id;
  std::string reason;
  std::string triage = "{}";
  std::string outcome;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  std::int64_t first_response_due_at = 0;
  std::int64_t first_response_at = 0;
  std::int64_t resolved_at = 0;
  std::int64_t snoozed_until = 0;  // 0: not snoozed
};

struct OpenedTicket {
  Ticket ticket;
  bool joined = false;  // there was an unresolved one of this person and kind
};
// Opens with the next number, or joins: then only triage and updated_at change.
OpenedTicket open_or_join(Session& session, const Ticket& wanted, std::int64_t now);
// The number that the next new ticket gets, if nothing else opens one in between (the same
// transaction guarantees that).
std::int64_t next_ticket_number(Session& session);

std::optional<Ticket> get_ticket(Session& session, const std::string& id);  // by id or number
std::vector<Ticket> tickets_of_person(Session& session, const std::string& person_id,
                                      std::int64_t limit);  // newest first
std::vector<Ticket> tickets_of_conversation(Session& session, const std::string& conversation_id);
// `state`: one state or "unresolved", by priority and then age; or "all", newest first.
std::vector<Ticket> list_tickets(Session& session, const std::string& state, std::int64_t limit);
// Writes every changeable column.
void save_ticket(Session& session, const Ticket& ticket);

// Something about it changed that is in no column: whoever shows it looks again.
void touch_ticket(Session& session, const std::string& id, std::int64_t now);

struct HistoryEntry {
  std::int64_t at = 0;
  std::string actor;
  std::string what;
  std::string detail;
};
void add_history(Session& session, const std::string& ticket_id, const HistoryEntry& entry);
std::vector<HistoryEntry> history_of(Session& session, const std::string& ticket_id);

}  // namespace handrail::storage
