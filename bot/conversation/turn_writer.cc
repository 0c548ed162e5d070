#include "bot/conversation/turn_writer.h"

#include <algorithm>
#include <chrono>

#include "adapters/json_text.h"
#include "bot/base/id.h"
#include "bot/base/secret.h"
#include "bot/delivery/ladder.h"
#include "bot/storage/settings.h"

namespace handrail::conversation {

using adapters::Address;
using adapters::InboundMessage;
using adapters::InputKind;
using adapters::Place;
using base::Status;

namespace {

constexpr std::int64_t kMessagesForTriage = 30;
constexpr std::int64_t kTicketsMended = 100;     // of one person, newest first, when they delete or edit what they wrote
constexpr std::int64_t kMessagesWithButtons = 20;  // a button pressed after more than that is kept as its id

std::string queue_of(const std::string& kind) { return kind == "refund" ? "billing" : kind == "account_review" ? "trust" : "support"; }

// Files are kept as links: for the agents, who can open them. The bot reads words only.
std::string with_links(std::string text, const std::vector<adapters::SharedFile>& files) {
  for (const adapters::SharedFile& file : files) text += (text.empty() ? "" : "\n") + file.name + ": " + file.url;
  return text;
}

}  // namespace

bool TurnWriter::finish_rows() {
  for (const TurnJob::Part& part : job_.parts) {
    // The exactly-once of deciding: whoever comes second finds the row done and changes nothing.
    if (job_.accepted && !storage::mark_done(session_, part.row.id, "", job_.now)) return false;
    written_.decided.emplace_back(part.row.id, Decided{});
  }
  return true;
}

bool TurnWriter::is_settled_without_answer() {
  const InboundMessage& message = job_.last();
  if (message.kind == InputKind::lifecycle) return true;
  if (message.kind != InputKind::deletion && message.kind != InputKind::edit) return false;
  const auto known = storage::find_by_post_key(session_, message.edited_key);
  if (known) written_.changed_conversations.insert(known->conversation_id);
  if (message.kind == InputKind::deletion) {
    storage::redact(session_, message.edited_key, job_.now);
    if (known) mend_cards(known->conversation_id);
    return true;
  }
  if (!known || known->redacted_at != 0) return true;
  intents::Context context;
  context.now = job_.now;
  const auto before = job_.content->detector->understand(known->text, context);
  const auto after = job_.content->detector->understand(message.text, context);
  storage::edit_text(session_, message.edited_key, message.text, adapters::json_text(facts_json(after.facts)));
  mend_cards(known->conversation_id);
  return before.intent == after.intent || after.decision != intents::Decision::answer;
}

std::vector<tickets::SaidFacts> TurnWriter::said_in(const std::set<std::string>& conversations) const {
  std::vector<tickets::SaidFacts> said;
  for (const std::string& conversation : conversations) {
    for (const storage::Message& message : storage::last_messages(session_, conversation, kMessagesForTriage)) {
      if (message.author == "person") said.push_back({message.id, facts_from(message.facts)});
    }
  }
  return said;
}

void TurnWriter::mend_cards(const std::string& conversation_id) {
  const auto conversation = storage::get_conversation(session_, conversation_id);
  if (!conversation) return;
  for (storage::Ticket& ticket : storage::tickets_of_person(session_, conversation->person_id, kTicketsMended)) {
    const std::set<std::string> places{ticket.origin_conversation_id, ticket.conversation_id};
    if (places.count(conversation_id) == 0) continue;
    const std::string card = adapters::json_text(tickets::said_anew(nlohmann::json::parse(ticket.triage, nullptr, false), said_in(places)));
    if (card == ticket.triage) continue;
    ticket.triage = card;
    storage::save_ticket(session_, ticket);
    written_.changed_tickets.insert(ticket.id);
  }
}

void TurnWriter::find_place(const Snapshot& found) {
  const InboundMessage& last = job_.last();
  const storage::Identity wanted{last.from.channel, last.from.workspace, last.from.user, "", last.user_name, last.platform_locale, false};
  const auto is_news = [](const std::string& given, const std::string& known) { return !given.empty() && given != known; };
  const bool known = found.identity && !is_news(last.user_name, found.identity->name) &&
                     !is_news(last.platform_locale, found.identity->platform_locale);
  identity_ = known ? *found.identity : storage::find_or_create_identity(session_, wanted, job_.now);
  written_.language_unknown = identity_.platform_locale.empty();
  if (last.from.channel == "web_chat") {
    conversation_ = *found.conversation;
    identity_.person_id = conversation_.person_id;
    return;
  }
  storage::Conversation place;
  place.key = job_.key();
  place.person_id = identity_.person_id;
  place.channel = last.from.channel;
  // Commands and forms may come without the DM's own place: a known one is kept.
  const bool is_bare = found.conversation && last.from.place_id.empty();
  place.address = is_bare ? found.conversation->address : adapters::json_text(adapters::to_json(last.from, false));
  const bool same = found.conversation && found.conversation->address == place.address;
  conversation_ = same ? *found.conversation : storage::find_or_create_conversation(session_, place, job_.now);
  const bool was_closed = conversation_.rung == "web_link" || conversation_.rung == delivery::kUnreachable;
  if (!was_closed || !is_direct_place()) return;
  // Who writes in the DM that was closed reads there again.
  storage::set_rung(session_, conversation_.id, "dm");
  storage::set_address(session_, conversation_.id, place.address);
  conversation_.rung = "dm";
  conversation_.address = place.address;
}

// What a pressed button said, for those who read the conversation: its label, as it was last offered here.
std::string TurnWriter::label_of(const std::string& action) const {
  const auto earlier = storage::last_messages(session_, conversation_.id, kMessagesWithButtons);
  for (auto message = earlier.rbegin(); message != earlier.rend(); ++message) {
    if (message->author != "bot") continue;
    const adapters::Reply reply = delivery::reply_of(*message);
    for (const adapters::Action& offered : reply.actions) {
      if (offered.id == action) return offered.label;
    }
  }
  return action;
}

void TurnWriter::append_said() {
  for (std::size_t i = 0; i < job_.parts.size(); ++i) {
    const TurnJob::Part& part = job_.parts[i];
    storage::Message message;
    message.id = base::new_id(job_.now);
    message.conversation_id = conversation_.id;
    message.author = "person";
    message.author_name = part.message.user_name;
    const bool is_button = part.message.text.empty() && !part.message.action.empty();
    message.text = is_button ? label_of(part.message.action) : with_links(part.message.text, part.message.files);
    message.inbox_id = part.row.id;
    message.post_key = part.message.kind == InputKind::edit ? "" : part.message.post_key;
    const auto facts = i < job_.facts_of_parts.size() ? job_.facts_of_parts[i] : std::vector<intents::Fact>{};
    if (!facts.empty()) message.facts = adapters::json_text(facts_json(facts));
    message.created_at = job_.now;
    storage::append(session_, message);
  }
}

base::Result<bool> TurnWriter::must_stay_silent(const Snapshot& found) {
  if (found.tickets.empty() && conversation_.owner == "bot") return false;
  const tickets::Desk desk{config_, vault_, *job_.content->catalogs};
  auto silent = tickets::person_wrote(session_, desk, conversation_, job_.now);
  if (!silent) return silent.error();
  for (const storage::Ticket& ticket : storage::tickets_of_conversation(session_, conversation_.id)) {
    if (ticket.state != "resolved") written_.changed_tickets.insert(ticket.id);
  }
  return *silent;
}

// Where direct answers and tickets live: here when this is a DM, else in the person's DM.
const storage::Conversation& TurnWriter::direct_conversation() {
  if (direct_) return *direct_;
  if (is_direct_place()) {
    direct_ = conversation_;
    return *direct_;
  }
  const Address& from = job_.last().from;
  storage::Conversation wanted;
  wanted.key = from.channel + ":" + from.workspace + ":dm:" + from.user;
  wanted.person_id = identity_.person_id;
  wanted.channel = from.channel;
  direct_ = storage::find_conversation(session_, wanted.key);
  if (direct_) return *direct_;
  Address address = from;
  address.place = Place::direct;
  address.place_id.clear();
  address.thread.clear();
  wanted.address = adapters::json_text(adapters::to_json(address, false));
  direct_ = storage::find_or_create_conversation(session_, wanted, job_.now);
  return *direct_;
}

Status TurnWriter::open_ticket(const Plan& plan, const std::string& kind, const std::string& reason, bool opens) {
  // Details join the card that is there; without a ticket (it was resolved meanwhile) there is nothing to join.
  const auto& known = plan.basis.tickets;
  const bool is_open = std::any_of(known.begin(), known.end(), [&](const storage::Ticket& ticket) {
    return ticket.kind == kind && ticket.state != "resolved";
  });
  if (!opens && !is_open) return base::done();
  storage::Ticket ticket;
  ticket.person_id = identity_.person_id;
  ticket.kind = kind;
  ticket.queue = queue_of(kind);
  ticket.priority = kind == "refund" ? "high" : "normal";
  ticket.locale = plan.state_after.locale;
  ticket.channel = job_.last().from.channel;
  ticket.conversation_id = direct_conversation().id;
  ticket.origin_conversation_id = conversation_.id;
  ticket.reason = reason;
  ticket.first_response_due_at = job_.now + std::chrono::milliseconds(config_.first_response_within).count();
  // A case begun in a channel goes on in the DM: what was said in the other place still counts, what is said now counts last.
  std::set<std::string> places;
  for (const storage::Ticket& open : known) {
    if (open.kind == kind && open.state != "resolved") places.insert({open.origin_conversation_id, open.conversation_id});
  }
  places.erase(conversation_.id);
  std::vector<tickets::SaidFacts> said = said_in(places);
  for (tickets::SaidFacts& here : said_in({conversation_.id})) said.push_back(std::move(here));
  const auto account = job_.account.access == AccountAccess::found ? std::optional(job_.account.facts) : std::nullopt;
  ticket.triage = adapters::json_text(tickets::make_triage(kind, said, account, config_.refund_policy, job_.now));
  const storage::OpenedTicket opened = storage::open_or_join(session_, ticket, job_.now);
  ticket_id_ = opened.ticket.id;
  storage::add_history(session_, ticket_id_, {job_.now, "person", opened.joined ? "joined" : "opened", reason});
  written_.changed_tickets.insert(ticket_id_);
  if (direct_conversation().owner == "bot") storage::set_owner(session_, direct_conversation().id, "queue");
  return base::done();
}

Status TurnWriter::carry_out(const Plan& plan) {
  for (const Effect& effect : plan.effects) {
    if (std::holds_alternative<UseLinkOffer>(effect)) {
      storage::create_link(session_, base::hash_token(job_.link_token), identity_,
                           job_.now + std::chrono::milliseconds(config::kOneTimeLinkLife).count());
      continue;
    }
    if (const auto* again = std::get_if<ReopenTicket>(&effect)) {
      auto reopened = tickets::reopen_for_person(session_, std::to_string(again->number), job_.now);
      if (!reopened) return reopened.error();
      ticket_id_ = reopened->id;
      written_.changed_tickets.insert(ticket_id_);
      continue;
    }
    const auto* opens = std::get_if<OpenTicket>(&effect);
    const Status done = opens != nullptr ? open_ticket(plan, opens->kind, opens->reason, true)
                                         : open_ticket(plan, std::get<AddToTicket>(effect).kind, "", false);
    if (!done) return done;
  }
  return base::done();
}

Status TurnWriter::say(const Plan& plan) {
  Decided outcome;
  outcome.person_only = job_.last().ephemeral;
  delivery::Parcel here;
  delivery::Parcel by_dm;
  for (const PlannedAnswer& answer : plan.answers) {
    delivery::Outgoing outgoing = answer.outgoing;
    outgoing.ticket_id = ticket_id_;
    const storage::Conversation& target = answer.goes_direct ? direct_conversation() : conversation_;
    delivery::Parcel* parcel = !in_hand_ ? nullptr : answer.goes_direct ? &by_dm : &here;
    auto said = delivery::put(session_, target, outgoing, answer.prepared, vault_, job_.now, parcel);
    if (!said) return said.error();
    written_.changed_conversations.insert(target.id);
    written_.filled_outbox = written_.filled_outbox || said->queued;
    if (answer.goes_direct) continue;
    if (outcome.held_outbox_id.empty()) outcome.held_outbox_id = said->held_outbox_id;
    outcome.replies.push_back(said->reply);
  }
  for (delivery::Parcel* parcel : {&here, &by_dm}) {
    if (!parcel->rows.empty()) written_.parcels.push_back(std::move(*parcel));
  }
  written_.decided.back().second = std::move(outcome);
  return base::done();
}

void TurnWriter::save_state(const Plan& plan) {
  State next = plan.state_after;
  // What is asked by DM is answered there: the question and its numbered choices go with it, and the bot has introduced itself.
  if (direct_ && direct_->id != conversation_.id) {
    State there = state_from_json(nlohmann::json::parse(direct_->state, nullptr, false));
    there.locale = next.locale;
    there.introduced = true;
    there.choices = std::move(next.choices);
    next.choices.clear();
    if (next.pending == Pending::refund_details) there.pending = std::exchange(next.pending, Pending::none);
    storage::save_state(session_, direct_->id, adapters::json_text(to_json(there)), job_.now);
  }
  storage::save_state(session_, conversation_.id, adapters::json_text(to_json(next)), job_.now);
}

Status TurnWriter::write(const Plan& planned) {
  if (is_settled_without_answer()) {
    finish_rows();
    return base::done();
  }
  const bool others_may_write = session_.engine() == storage::Engine::postgresql;
  if (others_may_write && planned.basis.conversation) storage::lock_conversation(session_, planned.basis.conversation->id);
  Snapshot found = read_snapshot(session_, job_.last(), job_.key());
  if (!finish_rows()) return base::done();
  const bool is_gone = job_.last().from.channel == "web_chat" && !found.conversation;
  if (is_gone) return base::done();
  find_place(found);
  written_.changed_conversations.insert(conversation_.id);
  append_said();
  auto silent = must_stay_silent(found);
  if (!silent) return silent.error();
  if (*silent) return base::done();

  std::optional<Plan> again;
  if (!still_holds(planned, found)) again = make_plan(job_, std::move(found), config_);
  const Plan& plan = again ? *again : planned;
  storage::put_trace(session_, plan.trace_id, conversation_.id, plan.trace, job_.now);
  Status done = carry_out(plan);
  if (done) done = say(plan);
  if (done) save_state(plan);
  return done;
}

}  // namespace handrail::conversation
