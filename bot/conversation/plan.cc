// What a turn would do, worked out beside the database's writer.
#include <algorithm>

#include "adapters/json_text.h"
#include "bot/base/id.h"
#include "bot/conversation/turn_job.h"
#include "bot/tickets/hours.h"

namespace handrail::conversation {

using adapters::Audience;
using adapters::InboundMessage;
using adapters::Place;

namespace {

constexpr std::int64_t kTicketsShown = 10;

std::string with_token(std::string url, const std::string& token) {
  const std::string mark = "{token}";
  const std::size_t at = url.find(mark);
  if (at != std::string::npos) url.replace(at, mark.size(), token);
  return url;
}

Surroundings surroundings_of(const TurnJob& job, const Snapshot& snapshot, const config::Config& config) {
  const InboundMessage& last = job.last();
  Surroundings around;
  around.now = job.now;
  around.direct_place = last.from.place == Place::direct;
  around.private_place = around.direct_place || last.ephemeral;
  around.linked = !snapshot.account_id.empty();
  around.platform_locale = last.platform_locale;
  around.user_name = last.user_name;
  if (snapshot.identity) {
    if (around.platform_locale.empty()) around.platform_locale = snapshot.identity->platform_locale;
    if (around.user_name.empty()) around.user_name = snapshot.identity->name;
  }
  around.default_locale = config.default_locale;
  around.time_zone = config.time_zone;
  around.product_name = config.product_name;
  const tickets::Presence presence = tickets::presence(config.hours, job.now);
  around.people_there_now = presence.now;
  around.people_next_there_at = presence.next_at;
  const std::int64_t reopen_from = job.now - std::chrono::milliseconds(config.reopen_within).count();
  for (const storage::Ticket& ticket : snapshot.tickets) {
    const bool is_spoken_about_here = snapshot.conversation && snapshot.conversation->id == ticket.conversation_id;
    const bool can_reopen = ticket.state == "resolved" && is_spoken_about_here && ticket.resolved_at >= reopen_from;
    around.tickets.push_back({ticket.number, ticket.kind, ticket.state, can_reopen});
  }
  around.next_ticket_number = snapshot.next_ticket_number;
  if (!job.link_token.empty()) around.link_offer = with_token(config.link_url, job.link_token);
  return around;
}

// Said once a minute at most, without reading the message: the person knows what they asked.
TurnResult too_fast(const TurnJob& job, const State& state, const config::Config& config) {
  TurnResult result;
  result.state = state;
  const std::string locale = state.locale.empty() ? config.default_locale : state.locale;
  const std::string words = job.content->catalogs->format(locale, "reply.too_fast", {});
  result.answers.push_back({adapters::one_paragraph(locale, words), Audience::here});
  result.trace = {{"decision", "too_fast"}};
  return result;
}

bool needs_ticket_number(const std::vector<Effect>& effects) {
  return std::any_of(effects.begin(), effects.end(),
                     [](const Effect& effect) { return std::holds_alternative<OpenTicket>(effect); });
}

bool is_same(const storage::Ticket& a, const storage::Ticket& b) {
  return a.id == b.id && a.state == b.state && a.kind == b.kind;
}

}  // namespace

nlohmann::json facts_json(const std::vector<intents::Fact>& facts) {
  nlohmann::json list = nlohmann::json::array();
  for (const intents::Fact& fact : facts) {
    list.push_back({{"name", fact.name}, {"value", fact.value}, {"unit", fact.unit}, {"begin", fact.begin}, {"end", fact.end}});
  }
  return list;
}

std::vector<intents::Fact> facts_from(const std::string& json) {
  std::vector<intents::Fact> facts;
  const nlohmann::json list = nlohmann::json::parse(json, nullptr, false);
  if (!list.is_array()) return facts;
  for (const nlohmann::json& item : list) {
    if (!item.is_object()) continue;
    facts.push_back({item.value("name", ""), item.value("value", ""), item.value("unit", ""), item.value("begin", std::size_t{0}),
                     item.value("end", std::size_t{0})});
  }
  return facts;
}

Snapshot read_snapshot(storage::Session& session, const InboundMessage& message, const std::string& key) {
  Snapshot snapshot;
  snapshot.conversation = message.from.channel == "web_chat" ? storage::get_conversation(session, message.from.place_id)
                                                             : storage::find_conversation(session, key);
  snapshot.identity = storage::find_identity(session, message.from.channel, message.from.workspace, message.from.user);
  const std::string person = message.from.channel == "web_chat" && snapshot.conversation ? snapshot.conversation->person_id
                             : snapshot.identity                                         ? snapshot.identity->person_id
                                                                                         : "";
  if (!person.empty()) snapshot.tickets = storage::tickets_of_person(session, person, kTicketsShown);
  if (snapshot.identity && snapshot.identity->linked) {
    if (const auto owner = storage::get_person(session, snapshot.identity->person_id)) snapshot.account_id = owner->account_id;
  }
  snapshot.next_ticket_number = storage::next_ticket_number(session);
  return snapshot;
}

bool still_holds(const Plan& plan, const Snapshot& found) {
  const Snapshot& basis = plan.basis;
  if (basis.conversation.has_value() != found.conversation.has_value()) return false;
  if (basis.identity.has_value() != found.identity.has_value() || basis.account_id != found.account_id) return false;
  if (basis.conversation) {
    const storage::Conversation& a = *basis.conversation;
    const storage::Conversation& b = *found.conversation;
    if (a.id != b.id || a.state != b.state || a.owner != b.owner || a.rung != b.rung) return false;
  }
  if (!std::equal(basis.tickets.begin(), basis.tickets.end(), found.tickets.begin(), found.tickets.end(), is_same)) return false;
  return !needs_ticket_number(plan.effects) || basis.next_ticket_number == found.next_ticket_number;
}

Plan make_plan(const TurnJob& job, Snapshot snapshot, const config::Config& config) {
  Plan plan;
  plan.basis = std::move(snapshot);
  const auto& conversation = plan.basis.conversation;
  plan.silent = conversation && conversation->owner == "agent";
  if (plan.silent) return plan;
  const InboundMessage& last = job.last();
  const State state = conversation ? state_from_json(nlohmann::json::parse(conversation->state, nullptr, false)) : State{};
  const Surroundings around = surroundings_of(job, plan.basis, config);
  const Content content{job.content->catalogs.get(), job.content->shelf.get()};
  TurnResult result = job.too_fast ? too_fast(job, state, config)
                                   : take_turn(state, job.said, job.understanding, job.account, around, content);
  plan.trace_id = base::new_id(job.now);
  result.trace["state_before"] = to_json(state);
  plan.trace = adapters::json_text(result.trace);
  plan.effects = std::move(result.effects);
  plan.state_after = std::move(result.state);

  const bool pushed = last.from.channel != "web_chat";
  bool first_here = true;
  for (Answer& answer : result.answers) {
    PlannedAnswer planned;
    planned.goes_direct = answer.audience == Audience::direct && !around.direct_place;
    delivery::Outgoing& outgoing = planned.outgoing;
    outgoing.reply = std::move(answer.reply);
    outgoing.reply.trace_id = plan.trace_id;
    outgoing.audience = planned.goes_direct ? Audience::direct : last.ephemeral ? Audience::person_only : Audience::here;
    outgoing.inbox_id = job.parts.back().row.id;
    if (!planned.goes_direct && job.parts.back().row.interactive && pushed && first_here) {
      outgoing.inline_answer = delivery::Outgoing::Inline::held;
    }
    first_here = first_here && planned.goes_direct;
    planned.prepared = delivery::prepare(outgoing, last.from.channel, last.from, config, job.now);
    plan.answers.push_back(std::move(planned));
  }
  return plan;
}

}  // namespace handrail::conversation
