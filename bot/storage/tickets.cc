#include "bot/storage/tickets.h"

#include <algorithm>

#include "bot/base/id.h"

namespace handrail::storage {
namespace {

#define HANDRAIL_TICKET_COLUMNS                                                         \
  "id, number, person_id, kind, state, queue, priority, locale, channel, assignee_id, " \
  "assignee_name, conversation_id, "                                                    \
  "origin_conversation_id, reason, triage, outcome, created_at, updated_at, "           \
  "first_response_due_at, first_response_at, "                                          \
  "resolved_at, snoozed_until"

template <typename... Values>
std::vector<Ticket> rows_of(Session& session, const char* query, const Values&... values) {
  std::vector<Ticket> list;
  for (const auto& row :
       session.select<std::string, std::int64_t, std::string, std::string, std::string, std::string,
                      std::string, std::string, std::string, std::string, std::string, std::string,
                      std::string, std::string, std::string, std::string, std::int64_t,
                      std::int64_t, std::int64_t, std::int64_t, std::int64_t, std::int64_t>(query, values...)) {
    Ticket t;
    std::tie(t.id, t.number, t.person_id, t.kind, t.state, t.queue, t.priority, t.locale, t.channel,
             t.assignee_id, t.assignee_name, t.conversation_id, t.origin_conversation_id, t.reason,
             t.triage, t.outcome, t.created_at, t.updated_at, t.first_response_due_at,
             t.first_response_at, t.resolved_at, t.snoozed_until) = row;
    list.push_back(std::move(t));
  }
  return list;
}

}  // namespace

std::int64_t next_ticket_number(Session& session) {
  const auto rows =
      session.select<std::int64_t>("SELECT COALESCE(MAX(number), 1000) + 1 FROM tickets");
  return std::get<0>(rows.front());
}

OpenedTicket open_or_join(Session& session, const Ticket& wanted, std::int64_t now) {
  auto open =
      rows_of(session,
              "SELECT " HANDRAIL_TICKET_COLUMNS
              " FROM tickets WHERE person_id = :person AND kind = :kind AND state <> 'resolved'",
              wanted.person_id, wanted.kind);
  if (!open.empty()) {
    Ticket ticket = open.front();
    ticket.triage = wanted.triage;
    ticket.updated_at = now;
    save_ticket(session, ticket);
    return {ticket, true};
  }
  Ticket ticket = wanted;
  ticket.id = base::new_id(now);
  ticket.number = next_ticket_number(session);
  ticket.created_at = now;
  ticket.updated_at = now;
  session.execute(
      "INSERT INTO tickets (id, number, person_id, kind, state, queue, priority, locale, channel, "
      "conversation_id, "
      "origin_conversation_id, reason, triage, created_at, updated_at, first_response_due_at) "
      "VALUES (:id, :number, :person, "
      ":kind, :state, :queue, :priority, :locale, :channel, :conversation, :origin, :reason, "
      ":triage, :created, :updated, :due)",
      ticket.id, ticket.number, ticket.person_id, ticket.kind, ticket.state, ticket.queue,
      ticket.priority, ticket.locale, ticket.channel, ticket.conversation_id,
      ticket.origin_conversation_id, ticket.reason, ticket.triage, ticket.created_at,
      ticket.updated_at, ticket.first_response_due_at);
  return {ticket, false};
}

std::optional<Ticket> get_ticket(Session& session, const std::string& id) {
  auto rows =
      rows_of(session, "SELECT " HANDRAIL_TICKET_COLUMNS " FROM tickets WHERE id = :id", id);
  const bool is_number =
      !id.empty() && id.size() <= 15 &&
      std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (rows.empty() && is_number) {
    rows =
        rows_of(session, "SELECT " HANDRAIL_TICKET_COLUMNS " FROM tickets WHERE number = :number",
                std::int64_t{std::stoll(id)});
  }
  if (rows.empty()) return std::nullopt;
  return rows.front();
}

std::vector<Ticket> tickets_of_person(Session& session, const std::string& person_id,
                                      std::int64_t limit) {
  return rows_of(session,
                 "SELECT " HANDRAIL_TICKET_COLUMNS
                 " FROM tickets WHERE person_id = :person ORDER BY created_at DESC LIMIT :limit",
                 person_id, limit);
}

std::vector<Ticket> tickets_of_conversation(Session& session, const std::string& conversation_id) {
  return rows_of(session,
                 "SELECT " HANDRAIL_TICKET_COLUMNS
                 " FROM tickets WHERE conversation_id = :conversation ORDER BY created_at DESC",
                 conversation_id);
}

std::vector<Ticket> list_tickets(Session& session, const std::string& state, std::int64_t limit) {
#define HANDRAIL_TICKET_ORDER                                                                     \
  " ORDER BY CASE priority WHEN 'high' THEN 0 WHEN 'normal' THEN 1 ELSE 2 END, created_at LIMIT " \
  ":limit"
  if (state == "all") {
    return rows_of(
        session,
        "SELECT " HANDRAIL_TICKET_COLUMNS " FROM tickets ORDER BY number DESC LIMIT :limit", limit);
  }
  if (state == "unresolved") {
    return rows_of(
        session,
        "SELECT " HANDRAIL_TICKET_COLUMNS
        " FROM tickets WHERE state IN ('open', 'claimed', 'waiting')" HANDRAIL_TICKET_ORDER,
        limit);
  }
  return rows_of(session,
                 "SELECT " HANDRAIL_TICKET_COLUMNS
                 " FROM tickets WHERE state = :state" HANDRAIL_TICKET_ORDER,
                 state, limit);
}

void save_ticket(Session& session, const Ticket& t) {
  session.execute(
      "UPDATE tickets SET state = :state, queue = :queue, priority = :priority, assignee_id = "
      ":assignee, "
      "assignee_name = :assignee_name, triage = :triage, outcome = :outcome, updated_at = "
      ":updated, "
      "first_response_at = :first_response, resolved_at = :resolved, snoozed_until = :snoozed WHERE id = :id",
      t.state, t.queue, t.priority, t.assignee_id, t.assignee_name, t.triage, t.outcome,
      t.updated_at, t.first_response_at, t.resolved_at, t.snoozed_until, t.id);
}

void touch_ticket(Session& session, const std::string& id, std::int64_t now) {
  session.execute("UPDATE tickets SET updated_at = :now WHERE id = :id", now, id);
}

void add_history(Session& session, const std::string& ticket_id, const HistoryEntry& entry) {
  session.execute(
      "INSERT INTO ticket_history (id, ticket_id, at, actor, what, detail) VALUES (:id, :ticket, "
      ":at, :actor, :what, :detail)",
      base::new_id(entry.at), ticket_id, entry.at, entry.actor, entry.what, entry.detail);
}

std::vector<HistoryEntry> history_of(Session& session, const std::string& ticket_id) {
  std::vector<HistoryEntry> list;
  for (const auto& [at, actor, what, detail] :
       session.select<std::int64_t, std::string, std::string, std::string>(
           "SELECT at, actor, what, detail FROM ticket_history WHERE ticket_id = :ticket ORDER BY "
           "id",
           ticket_id)) {
    list.push_back({at, actor, what, detail});
  }
  return list;
}

}  // namespace handrail::storage
