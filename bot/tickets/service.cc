#include "bot/tickets/service.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "adapters/message.h"
#include "bot/accounts/facts.h"
#include "bot/delivery/outgoing.h"
#include "bot/storage/agents.h"
#include "bot/storage/conversations.h"
#include "bot/storage/labels.h"
#include "locales/text.h"

namespace handrail::tickets {

using base::Code;
using base::Error;
using base::Status;
using storage::Session;
using storage::Ticket;

namespace {

constexpr std::size_t kClientMessageIdCharacters = 100;
constexpr std::int64_t kUnseenLookedAt = 100;    // since what the agent has seen
constexpr std::int64_t kMessagesSearched = 200;  // for the one that a ticket began with

Error not_found() { return {Code::not_found, "There is no such ticket.", "id", ""}; }

void record(Session& session, const Ticket& ticket, const Actor& actor, const std::string& what, const std::string& detail,
            std::int64_t now) {
  storage::add_history(session, ticket.id, {now, actor.name, what, detail});
}

// A catalog sentence about the ticket, in its language.
adapters::Reply sentence(const Ticket& ticket, const Desk& desk, const char* key) {
  return adapters::one_paragraph(ticket.locale, desk.catalogs.format(ticket.locale, key, {{"number", ticket.number}}));
}

base::Result<delivery::Said> tell(Session& session, const Desk& desk, const Ticket& ticket, delivery::Outgoing outgoing,
                                  std::int64_t now) {
  const auto conversation = storage::get_conversation(session, ticket.conversation_id);
  if (!conversation) return Error{Code::internal, "The ticket's conversation is gone.", "", ticket.id};
  outgoing.ticket_id = ticket.id;
  outgoing.audience = adapters::Audience::direct;
  return delivery::say(session, *conversation, delivery::address_of(*conversation), outgoing, desk.config, desk.vault, now);
}

base::Result<Ticket> unresolved(Session& session, const std::string& ticket_id) {
  const auto ticket = storage::get_ticket(session, ticket_id);
  if (!ticket) return not_found();
  if (ticket->state == "resolved") {
    return Error{Code::conflict, "The ticket is resolved: reopen it first.", "state", ""};
  }
  return *ticket;
}

bool is_someone_elses(const Ticket& ticket, const Actor& actor) {
  return !ticket.assignee_name.empty() && ticket.assignee_name != actor.name;
}

// Whoever had the case has it again; without anyone it is back in the queue.
void open_again(Session& session, Ticket& ticket, const Actor& actor, std::int64_t now) {
  ticket.state = ticket.assignee_name.empty() ? "open" : "claimed";
  ticket.outcome.clear();
  ticket.resolved_at = 0;
  ticket.updated_at = now;
  storage::save_ticket(session, ticket);
  storage::set_owner(session, ticket.conversation_id, ticket.first_response_at != 0 ? "agent" : "queue");
  record(session, ticket, actor, "reopened", "", now);
}

// Other open tickets may share the conversation: it stays with their agent or the queue.
std::string owner_after(Session& session, const Ticket& resolved) {
  std::string owner = "bot";
  for (const Ticket& other : storage::tickets_of_conversation(session, resolved.conversation_id)) {
    if (other.id == resolved.id || other.state == "resolved") continue;
    if (other.first_response_at != 0) return "agent";
    owner = "queue";
  }
  return owner;
}

// What rests is woken by whoever does something with it.
void wake_up(Ticket& ticket) { ticket.snoozed_until = 0; }

// Somebody but this agent has written since the agent looked. What the bot says on its own is no news to an agent.
bool has_unseen(Session& session, const Ticket& ticket, const Actor& actor, const std::string& seen_message_id) {
  const auto seen = storage::get_message(session, seen_message_id);
  const std::int64_t seen_seq = seen && seen->conversation_id == ticket.conversation_id ? seen->seq : 0;
  for (const auto& message : storage::messages_after(session, ticket.conversation_id, seen_seq, kUnseenLookedAt)) {
    if (message.author == "person" || (message.author == "agent" && message.author_name != actor.name)) return true;
  }
  return false;
}

bool is_of(const Ticket& ticket, const storage::Message& message) {
  return message.conversation_id == ticket.conversation_id || message.conversation_id == ticket.origin_conversation_id;
}

// The last words of the person before the ticket opened: a button they pressed says nothing about how people write.
std::optional<storage::Message> opening_message(Session& session, const Ticket& ticket) {
  const std::string& place = ticket.origin_conversation_id.empty() ? ticket.conversation_id : ticket.origin_conversation_id;
  const auto messages = storage::last_messages(session, place, kMessagesSearched);
  for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
    const bool is_theirs = message->author == "person" && message->redacted_at == 0 && !message->text.empty();
    if (is_theirs && message->created_at <= ticket.created_at) return *message;
  }
  return std::nullopt;
}

}  // namespace

base::Result<Ticket> claim(Session& session, const Desk&, const std::string& ticket_id, const Actor& actor, std::int64_t now) {
  auto found = unresolved(session, ticket_id);
  if (!found) return found.error();
  Ticket ticket = *found;
  if (ticket.state != "open" && is_someone_elses(ticket, actor)) {
    return Error{Code::conflict, "The ticket is claimed by " + ticket.assignee_name + ".", "assignee", ""};
  }
  if (ticket.state != "open" && ticket.assignee_name == actor.name && ticket.snoozed_until == 0) return ticket;
  wake_up(ticket);
  ticket.state = "claimed";
  ticket.assignee_id = actor.agent_id;
  ticket.assignee_name = actor.name;
  ticket.updated_at = now;
  storage::save_ticket(session, ticket);
  record(session, ticket, actor, "claimed", "", now);
  return ticket;
}

base::Result<Replied> reply(Session& session, const Desk& desk, const std::string& ticket_id, const Actor& actor,
                            const AgentReply& agent_reply, std::int64_t now) {
  const std::size_t id_length = locales::count_code_points(agent_reply.client_message_id);
  if (id_length == 0 || id_length > kClientMessageIdCharacters) {
    return Error{Code::invalid, "client_message_id is required: text of 1 to 100 characters, new for each message.",
                 "client_message_id", ""};
  }
  const std::size_t length = locales::count_code_points(agent_reply.text);
  const bool blank = agent_reply.text.find_first_not_of(" \t\r\n") == std::string::npos;
  if (blank || length > kAgentReplyCharacters) {
    return Error{Code::invalid, "text is required: 1 to " + std::to_string(kAgentReplyCharacters) + " characters.", "text", ""};
  }
  const auto any = storage::get_ticket(session, ticket_id);
  if (!any) return not_found();
  const std::string client_key = any->id + ":" + agent_reply.client_message_id;
  if (const auto known = storage::find_by_client_key(session, any->conversation_id, client_key)) {
    return Replied{*any, any->conversation_id, known->id, true};
  }
  auto found = unresolved(session, ticket_id);
  if (!found) return found.error();
  Ticket ticket = *found;
  // Whoever answers has the ticket; an agent cannot answer on top of another one unaware.
  const bool takes_over = is_someone_elses(ticket, actor) && agent_reply.takes_over;
  if (is_someone_elses(ticket, actor) && ticket.state != "open" && !takes_over) {
    return Error{Code::conflict, "The ticket is claimed by " + ticket.assignee_name + ".", "assignee", ""};
  }
  if (!agent_reply.seen_message_id.empty() && has_unseen(session, ticket, actor, agent_reply.seen_message_id)) {
    return Error{Code::conflict, "Something new was written meanwhile: read it, then send again.", "seen_message_id", ""};
  }
  wake_up(ticket);
  if (takes_over) record(session, ticket, actor, "transferred", actor.name, now);
  if (ticket.assignee_name.empty() || takes_over) {
    ticket.assignee_id = actor.agent_id;
    ticket.assignee_name = actor.name;
  }
  delivery::Outgoing outgoing;
  outgoing.reply = adapters::one_paragraph(ticket.locale, agent_reply.text);
  outgoing.author = "agent";
  outgoing.author_name = actor.name;
  outgoing.client_key = client_key;
  auto said = tell(session, desk, ticket, std::move(outgoing), now);
  if (!said) return said.error();
  ticket.state = "waiting";
  ticket.updated_at = now;
  if (ticket.first_response_at == 0) ticket.first_response_at = now;
  storage::save_ticket(session, ticket);
  storage::set_owner(session, ticket.conversation_id, "agent");
  record(session, ticket, actor, "replied", said->message_id, now);
  return Replied{ticket, ticket.conversation_id, said->message_id, false};
}

base::Result<Ticket> resolve(Session& session, const Desk& desk, const std::string& ticket_id, const Actor& actor,
                             const std::string& outcome, std::int64_t now) {
  static constexpr std::array<std::string_view, 3> kOutcomes{"answered", "approved", "denied"};
  const std::string decided = outcome.empty() ? "answered" : outcome;
  if (std::find(kOutcomes.begin(), kOutcomes.end(), decided) == kOutcomes.end()) {
    return Error{Code::invalid, "outcome must be answered, approved or denied.", "outcome", ""};
  }
  const auto any = storage::get_ticket(session, ticket_id);
  if (!any) return not_found();
  if (any->state == "resolved" && !outcome.empty() && outcome != any->outcome) {
    return Error{Code::conflict, "The ticket was resolved as " + any->outcome + " already: reopen it first.", "outcome", ""};
  }
  if (any->state == "resolved") return *any;
  Ticket ticket = *any;
  wake_up(ticket);
  ticket.state = "resolved";
  ticket.outcome = decided;
  ticket.resolved_at = now;
  ticket.updated_at = now;
  if (ticket.assignee_name.empty()) {
    ticket.assignee_id = actor.agent_id;
    ticket.assignee_name = actor.name;
  }
  storage::save_ticket(session, ticket);
  record(session, ticket, actor, "resolved", decided, now);
  storage::set_owner(session, ticket.conversation_id, owner_after(session, ticket));
  delivery::Outgoing outgoing;
  outgoing.reply = sentence(ticket, desk, "ticket.resolved");
  auto said = tell(session, desk, ticket, std::move(outgoing), now);
  if (!said) return said.error();
  return ticket;
}

base::Result<Ticket> reopen(Session& session, const Desk& desk, const std::string& ticket_id, const Actor& actor,
                            std::int64_t now) {
  const auto any = storage::get_ticket(session, ticket_id);
  if (!any) return not_found();
  if (any->state != "resolved") return *any;
  for (const Ticket& other : storage::tickets_of_person(session, any->person_id, 100)) {
    if (other.kind == any->kind && other.state != "resolved") {
      return Error{Code::conflict, "The person has another open ticket of this kind: number " + std::to_string(other.number) + ".",
                   "id", ""};
    }
  }
  Ticket ticket = *any;
  open_again(session, ticket, actor, now);
  delivery::Outgoing outgoing;
  outgoing.reply = sentence(ticket, desk, "ticket.reopened");
  auto said = tell(session, desk, ticket, std::move(outgoing), now);
  if (!said) return said.error();
  return ticket;
}

base::Result<Ticket> snooze(Session& session, const Desk&, const std::string& ticket_id, const Actor& actor, std::int64_t until,
                            std::int64_t now) {
  auto found = unresolved(session, ticket_id);
  if (!found) return found.error();
  Ticket ticket = *found;
  if (is_someone_elses(ticket, actor) && ticket.state != "open") {
    return Error{Code::conflict, "The ticket is claimed by " + ticket.assignee_name + ".", "assignee", ""};
  }
  if (until <= now || until > now + kLongestSnoozeMs) {
    return Error{Code::invalid, "Snooze for a time such as 30m, 2h, 3d or 1w, at most 90 days.", "for", ""};
  }
  ticket.snoozed_until = until;
  ticket.updated_at = now;
  storage::save_ticket(session, ticket);
  record(session, ticket, actor, "snoozed", accounts::to_rfc3339(until), now);
  return ticket;
}

base::Result<Ticket> wake(Session& session, const std::string& ticket_id, std::int64_t now) {
  auto ticket = storage::get_ticket(session, ticket_id);
  if (!ticket) return not_found();
  if (ticket->snoozed_until == 0 || ticket->snoozed_until > now) return *ticket;
  wake_up(*ticket);
  ticket->updated_at = now;
  storage::save_ticket(session, *ticket);
  record(session, *ticket, {"", "bot"}, "woken", "", now);
  return *ticket;
}

base::Result<Ticket> transfer(Session& session, const Desk&, const std::string& ticket_id, const Actor& actor,
                              const std::string& agent_name, std::int64_t now) {
  auto found = unresolved(session, ticket_id);
  if (!found) return found.error();
  Ticket ticket = *found;
  const auto agent = storage::find_agent(session, agent_name);
  if (!agent || agent->disabled_at != 0) {
    std::string names;
    for (const storage::Agent& known : storage::list_agents(session)) {
      if (known.disabled_at == 0) names += (names.empty() ? "" : ", ") + known.name;
    }
    if (agent_name.empty()) return Error{Code::invalid, "to is required: the name of an agent. There are: " + names + ".", "to", ""};
    return Error{Code::not_found, "There is no such agent. There are: " + names + ".", "to", ""};
  }
  if (ticket.assignee_name == agent->name) return ticket;
  ticket.assignee_id = agent->id;
  ticket.assignee_name = agent->name;
  if (ticket.state == "open") ticket.state = "claimed";
  wake_up(ticket);
  ticket.updated_at = now;
  storage::save_ticket(session, ticket);
  record(session, ticket, actor, "transferred", agent->name, now);
  return ticket;
}

std::optional<std::int64_t> parse_span(std::string_view text) {
  static constexpr std::pair<char, std::int64_t> kUnits[] = {
      {'m', 60'000}, {'h', 3'600'000}, {'d', 86'400'000}, {'w', std::int64_t{7} * 86'400'000}};
  std::int64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  if (read.ec != std::errc() || read.ptr + 1 != text.data() + text.size() || count <= 0) return std::nullopt;
  for (const auto& [unit, length] : kUnits) {
    if (*read.ptr == unit && count <= kLongestSnoozeMs / length) return count * length;
  }
  return std::nullopt;
}

base::Status correct_reply(Session& session, const Desk& desk, const Ticket& ticket, const Actor& actor,
                           const std::string& message_id, const std::string& text, std::int64_t now) {
  const auto message = storage::get_message(session, message_id);
  if (!message || message->author != "agent" || message->conversation_id != ticket.conversation_id) return Status(not_found());
  if (message->author_name != actor.name) {
    return Status(Error{Code::conflict, "Only " + message->author_name + " can change this message.", "message_id", ""});
  }
  if (message->redacted_at != 0) return base::done();
  if (locales::count_code_points(text) > kAgentReplyCharacters) {
    return Status(Error{Code::invalid, "At most " + std::to_string(kAgentReplyCharacters) + " characters.", "text", ""});
  }
  return delivery::correct(session, *message, ticket.id, adapters::one_paragraph(ticket.locale, text), desk.config, now);
}

base::Result<Ticket> reopen_for_person(Session& session, const std::string& ticket_id, std::int64_t now) {
  auto ticket = storage::get_ticket(session, ticket_id);
  if (!ticket) return not_found();
  if (ticket->state == "resolved") open_again(session, *ticket, {"", "person"}, now);
  return *ticket;
}

base::Result<Labelled> label_intent(Session& session, const std::string& ticket_id, const Actor& actor, const IntentLabel& label,
                                    const std::vector<std::string>& known, std::int64_t now) {
  const auto ticket = storage::get_ticket(session, ticket_id);
  if (!ticket) return not_found();
  if (label.intent.empty()) return Error{Code::invalid, "intent is required: the name of one, or out_of_scope.", "intent", ""};
  if (std::find(known.begin(), known.end(), label.intent) == known.end()) {
    return Error{Code::not_found, "There is no such intent: name one of them, or out_of_scope.", "intent", ""};
  }
  const auto message =
      label.message_id.empty() ? opening_message(session, *ticket) : storage::get_message(session, label.message_id);
  if (!message || message->author != "person" || !is_of(*ticket, *message)) {
    return Error{Code::not_found, "message_id must be a message of the person in this ticket.", "message_id", ""};
  }
  if (message->redacted_at != 0) {
    return Error{Code::conflict, "The person deleted this message: there is nothing to learn from it.", "message_id", ""};
  }
  storage::put_label(session, message->id, label.intent, actor.name, now);
  Labelled labelled{*ticket, message->id, ""};
  if (const auto trace = storage::trace_of_answer(session, message->id)) {
    const auto json = nlohmann::json::parse(*trace, nullptr, false);
    if (json.is_object() && json.value("decision", "") == "answer") labelled.understood = json.value("intent", "");
  }
  record(session, *ticket, actor, label.intent == labelled.understood ? "confirmed" : "corrected", label.intent, now);
  return labelled;
}

base::Result<bool> person_wrote(Session& session, const Desk&, const storage::Conversation& conversation, std::int64_t now) {
  bool silent = conversation.owner == "agent";
  for (Ticket ticket : storage::tickets_of_conversation(session, conversation.id)) {
    if (ticket.state != "waiting" && (ticket.snoozed_until == 0 || ticket.state == "resolved")) continue;
    if (ticket.state == "waiting") ticket.state = "claimed";
    wake_up(ticket);
    ticket.updated_at = now;
    storage::save_ticket(session, ticket);
    storage::add_history(session, ticket.id, {now, "person", "wrote", ""});
  }
  return silent;
}

nlohmann::json to_json(const Ticket& ticket) {
  nlohmann::json triage = nlohmann::json::parse(ticket.triage, nullptr, false);
  if (!triage.is_object()) triage = nlohmann::json::object();
  return {{"id", ticket.id},
          {"number", ticket.number},
          {"kind", ticket.kind},
          {"state", ticket.state},
          {"queue", ticket.queue},
          {"priority", ticket.priority},
          {"locale", ticket.locale},
          {"channel", ticket.channel},
          {"assignee", ticket.assignee_name.empty() ? nlohmann::json(nullptr) : nlohmann::json(ticket.assignee_name)},
          {"conversation_id", ticket.conversation_id},
          {"person_id", ticket.person_id},
          {"reason", ticket.reason},
          {"outcome", ticket.outcome.empty() ? nlohmann::json(nullptr) : nlohmann::json(ticket.outcome)},
          {"created_at", accounts::to_rfc3339(ticket.created_at)},
          {"updated_at", accounts::to_rfc3339(ticket.updated_at)},
          {"first_response_due_at", accounts::to_rfc3339(ticket.first_response_due_at)},
          {"snoozed_until",
           ticket.snoozed_until == 0 ? nlohmann::json(nullptr) : nlohmann::json(accounts::to_rfc3339(ticket.snoozed_until))},
          {"triage", triage}};
}

}  // namespace handrail::tickets
