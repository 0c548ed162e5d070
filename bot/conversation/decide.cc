// Steps 3 to 5 of a message's life: understand, look up, decide, and write everything in one transaction.
#include <algorithm>
#include <chrono>

#include "bot/base/id.h"
#include "bot/base/log.h"
#include "bot/conversation/engine.h"
#include "bot/delivery/outgoing.h"
#include "bot/storage/settings.h"
#include "bot/storage/tickets.h"
#include "bot/tickets/hours.h"
#include "bot/tickets/service.h"
#include "bot/tickets/triage.h"

namespace handrail::conversation {

using adapters::Address;
using adapters::Audience;
using adapters::InboundMessage;
using adapters::InputKind;
using adapters::Place;
using base::Status;

namespace {

constexpr std::int64_t kRowsPerTurn = 50;
constexpr std::int64_t kTicketsShown = 10;
constexpr std::int64_t kMessagesForTriage = 30;
constexpr int kLinkTokenBytes = 24;
constexpr int kAttempts = 3;

bool is_plain_text(const InboundMessage& message) { return message.kind == InputKind::text; }

nlohmann::json facts_json(const std::vector<intents::Fact>& facts) {
  nlohmann::json list = nlohmann::json::array();
  for (const intents::Fact& fact : facts) {
    list.push_back({{"name", fact.name}, {"value", fact.value}, {"unit", fact.unit}, {"begin", fact.begin}, {"end", fact.end}});
  }
  return list;
}

std::vector<intents::Fact> facts_from(const std::string& text) {
  std::vector<intents::Fact> facts;
  const nlohmann::json list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) return facts;
  for (const nlohmann::json& item : list) {
    if (!item.is_object()) continue;
    facts.push_back({item.value("name", ""), item.value("value", ""), item.value("unit", ""), item.value("begin", std::size_t{0}),
                     item.value("end", std::size_t{0})});
  }
  return facts;
}

std::string with_token(std::string url, const std::string& token) {
  const std::string mark = "{token}";
  const std::size_t at = url.find(mark);
  if (at != std::string::npos) url.replace(at, mark.size(), token);
  return url;
}

std::string queue_of(const std::string& kind) { return kind == "refund" ? "billing" : kind == "account_review" ? "trust" : "support"; }

}  // namespace

// Everything a turn needs that was gathered before its transaction.
struct Engine::Turn {
  struct Part {
    storage::InboxRow row;
    InboundMessage message;
  };
  std::vector<Part> parts;  // one interaction, or all queued texts
  std::shared_ptr<const Loaded> content;
  Said said;
  storage::Identity identity;   // as read; made in the transaction when new
  std::string account_id;
  State state;                  // as read before the transaction
  std::int64_t state_read_at = 0;
  intents::Understanding understanding;
  std::vector<std::vector<intents::Fact>> facts_of_parts;
  AccountView account;
  std::string link_token;
  bool too_fast = false;
  const InboundMessage& last() const { return parts.back().message; }
};

namespace {

storage::Identity identity_of(const InboundMessage& message) {
  return {message.from.channel, message.from.workspace, message.from.user, "", message.user_name, message.platform_locale, false};
}

std::optional<storage::Conversation> known_conversation(storage::Session& session, const InboundMessage& message,
                                                        const std::string& key) {
  if (message.from.channel == "web_chat") return storage::get_conversation(session, message.from.place_id);
  return storage::find_conversation(session, key);
}

intents::Context::Scope scope_of(const State& state) {
  const bool asks = state.pending == Pending::did_you_mean || state.pending == Pending::offer_review;
  return asks || !state.topic.empty() ? intents::Context::Scope::guide : intents::Context::Scope::conversation;
}

}  // namespace

void Engine::decide(const std::string& key) {
  for (;;) {
    std::vector<storage::InboxRow> rows;
    const Status read = parts_.store.read([&](storage::Session& session) {
      rows = storage::pending_of(session, key, kRowsPerTurn);
      return base::done();
    });
    if (!read) base::log(base::Level::error, "inbox_read_failed", {{"detail", read.error().detail}});
    while (!rows.empty()) {
      const auto started = std::chrono::steady_clock::now();
      Turn turn;
      const std::size_t used = prepare(rows, turn);
      std::vector<std::pair<std::string, Decided>> decided;
      Status written = base::done();
      for (int attempt = 0; attempt < kAttempts; ++attempt) {
        decided.clear();
        written = commit(turn, decided);
        if (written || written.error().code != base::Code::unavailable) break;
      }
      if (!written) {
        base::log(base::Level::error, "turn_failed", {{"inbox", turn.parts.front().row.id}, {"detail", written.error().detail}});
        // Left pending: a restart takes it up again. This run goes on with others rather than spin on it.
        rows.clear();
        break;
      }
      for (const auto& [inbox_id, outcome] : decided) publish(inbox_id, outcome);
      parts_.events.turn_taken(turn.last().from.channel, turn.understanding.intent,
                               std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
      rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(used));
    }
    const std::lock_guard lock(mutex_);
    if (again_.erase(key) != 0) continue;
    running_.erase(key);
    return;
  }
}

std::size_t Engine::prepare(const std::vector<storage::InboxRow>& rows, Turn& turn) {
  // Queued texts of one person are one turn; an interaction is a turn of its own.
  for (const storage::InboxRow& row : rows) {
    InboundMessage message = adapters::inbound_from_json(nlohmann::json::parse(row.payload, nullptr, false));
    if (!row.sealed_callback.empty() && row.callback_expires_at > parts_.clock.now_ms()) {
      message.from.callback = parts_.vault.unseal(row.sealed_callback).value_or("");
      message.from.callback_expires_at = row.callback_expires_at;
    }
    message.mentioned = row.mentioned;
    const bool alone = !is_plain_text(message) || (!turn.parts.empty() && !is_plain_text(turn.last()));
    if (alone && !turn.parts.empty()) break;
    turn.parts.push_back({row, std::move(message)});
    if (alone) break;
  }
  {
    const std::lock_guard lock(pace_mutex_);
    for (const Turn::Part& part : turn.parts) turn.too_fast = windows_.erase(part.row.id) != 0 || turn.too_fast;
  }
  turn.content = parts_.content.get();
  const InboundMessage& last = turn.last();
  turn.said.kind = last.kind;
  turn.said.action = last.action;
  turn.said.fields = last.fields;
  for (const Turn::Part& part : turn.parts) turn.said.text += (turn.said.text.empty() ? "" : "\n") + part.message.text;
  if (last.kind == InputKind::lifecycle || last.kind == InputKind::deletion) return turn.parts.size();

  turn.identity = identity_of(last);
  const Status read = parts_.store.read([&](storage::Session& session) {
    if (const auto conversation = known_conversation(session, last, turn.parts.front().row.conversation_key)) {
      turn.state = state_from_json(nlohmann::json::parse(conversation->state, nullptr, false));
    }
    if (const auto identity = storage::find_identity(session, last.from.channel, last.from.workspace, last.from.user)) {
      turn.identity = *identity;
      if (!last.platform_locale.empty()) turn.identity.platform_locale = last.platform_locale;
      if (identity->linked) {
        if (const auto person = storage::get_person(session, identity->person_id)) turn.account_id = person->account_id;
      }
    }
    return base::done();
  });
  if (!read) base::log(base::Level::warning, "turn_read_failed", {{"detail", read.error().detail}});

  const std::int64_t now = parts_.clock.now_ms();
  intents::Context context;
  context.now = now;
  context.scope = scope_of(turn.state);
  // Facts are kept with the message that states them, so each text is read by itself; the turn is understood as one.
  for (const Turn::Part& part : turn.parts) {
    turn.facts_of_parts.push_back(part.message.text.empty() ? std::vector<intents::Fact>{}
                                                            : turn.content->detector->understand(part.message.text, context).facts);
  }
  const std::string utterance = utterance_of(turn.state, turn.said, now);
  if (!utterance.empty() && turn.said.action.empty()) turn.understanding = turn.content->detector->understand(utterance, context);
  if (last.kind == InputKind::form && !turn.said.text.empty()) {
    turn.understanding = turn.content->detector->understand(turn.said.text, context);
  }

  const Needs needs = needs_of(turn.state, turn.said, turn.understanding);
  if (!needs.account && last.kind != InputKind::form) return turn.parts.size();
  if (turn.account_id.empty()) {
    turn.account.access = AccountAccess::not_linked;
    if (!parts_.config.link_url.empty()) turn.link_token = base::random_token(kLinkTokenBytes);
    return turn.parts.size();
  }
  const accounts::Lookup lookup = parts_.accounts.look_up(
      turn.account_id, needs.fresh ? accounts::Freshness::fresh : accounts::Freshness::cached);
  switch (lookup.outcome) {
    case accounts::Outcome::found:
      turn.account = {AccountAccess::found, lookup.facts};
      break;
    case accounts::Outcome::not_found:
      turn.account.access = AccountAccess::not_found;
      break;
    case accounts::Outcome::unavailable:
      turn.account.access = AccountAccess::unavailable;
      base::log(base::Level::warning, "accounts_unavailable", {{"detail", lookup.detail}});
      break;
  }
  return turn.parts.size();
}

// An edit follows our copy and is answered again only when its meaning has changed; a deletion redacts it.
Status Engine::follow_edit(const InboundMessage& message, storage::Session& session, bool& decide_again) {
  decide_again = false;
  if (message.kind == InputKind::deletion) {
    storage::redact(session, message.edited_key, parts_.clock.now_ms());
    return base::done();
  }
  const auto known = storage::find_by_post_key(session, message.edited_key);
  if (!known || known->redacted_at != 0) return base::done();
  const auto content = parts_.content.get();
  intents::Context context;
  context.now = parts_.clock.now_ms();
  const auto before = content->detector->understand(known->text, context);
  const auto after = content->detector->understand(message.text, context);
  storage::edit_text(session, message.edited_key, message.text);
  decide_again = before.intent != after.intent && after.decision == intents::Decision::answer;
  return base::done();
}

Status Engine::commit(Turn& turn, std::vector<std::pair<std::string, Decided>>& decided) {
  const config::Config& config = parts_.config;
  const std::int64_t now = parts_.clock.now_ms();
  const InboundMessage& last = turn.last();
  std::set<std::string> changed_conversations;
  std::vector<std::string> changed_tickets;
  bool filled_outbox = false;

  const Status written = parts_.store.write([&](storage::Session& session) -> Status {
    // A group that failed is retried: nothing of the first run may stay.
    decided.clear();
    changed_conversations.clear();
    changed_tickets.clear();
    const auto finish_rows = [&](const Decided& outcome) {
      for (std::size_t i = 0; i < turn.parts.size(); ++i) {
        // The exactly-once of deciding: whoever comes second finds the row done and changes nothing.
        if (!storage::mark_done(session, turn.parts[i].row.id, "", now)) return false;
        decided.emplace_back(turn.parts[i].row.id, i + 1 == turn.parts.size() ? outcome : Decided{});
      }
      return true;
    };
    if (last.kind == InputKind::lifecycle) {
      finish_rows({});
      return base::done();
    }
    if (last.kind == InputKind::edit || last.kind == InputKind::deletion) {
      bool decide_again = false;
      const Status followed = follow_edit(last, session, decide_again);
      if (!followed) return followed;
      if (!decide_again) {
        finish_rows({});
        return base::done();
      }
    }

    // Who and where.
    storage::Identity identity;
    storage::Conversation conversation;
    if (last.from.channel == "web_chat") {
      const auto known = storage::get_conversation(session, last.from.place_id);
      if (!known) {
        finish_rows({});
        return base::done();
      }
      conversation = *known;
      identity = storage::find_or_create_identity(session, identity_of(last), now);
      identity.person_id = conversation.person_id;
    } else {
      identity = storage::find_or_create_identity(session, identity_of(last), now);
      storage::Conversation wanted;
      wanted.key = turn.parts.front().row.conversation_key;
      wanted.person_id = identity.person_id;
      wanted.channel = last.from.channel;
      wanted.address = adapters::to_json(last.from, false).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      conversation = storage::find_or_create_conversation(session, wanted, now);
    }
    if (const auto locked = storage::lock_conversation(session, conversation.id)) conversation = *locked;
    if (!finish_rows({})) return base::done();
    changed_conversations.insert(conversation.id);

    // What the person said.
    std::vector<tickets::SaidFacts> said_facts;
    for (const storage::Message& earlier : storage::last_messages(session, conversation.id, kMessagesForTriage)) {
      if (earlier.author == "person") said_facts.push_back({earlier.id, facts_from(earlier.facts)});
    }
    for (std::size_t i = 0; i < turn.parts.size(); ++i) {
      const Turn::Part& part = turn.parts[i];
      storage::Message message;
      message.id = base::new_id(now);
      message.conversation_id = conversation.id;
      message.author = "person";
      message.author_name = part.message.user_name;
      message.text = part.message.text.empty() ? part.message.action : part.message.text;
      message.inbox_id = part.row.id;
      message.post_key = part.message.kind == InputKind::edit ? "" : part.message.post_key;
      message.facts = i < turn.facts_of_parts.size() ? facts_json(turn.facts_of_parts[i]).dump() : "[]";
      message.created_at = now;
      storage::append(session, message);
      said_facts.push_back({message.id, facts_from(message.facts)});
    }
    const tickets::Desk desk{config, parts_.vault, *turn.content->catalogs};
    auto silent = tickets::person_wrote(session, desk, conversation, now);
    if (!silent) return silent.error();
    for (const storage::Ticket& ticket : storage::tickets_of_conversation(session, conversation.id)) {
      if (ticket.state != "resolved") changed_tickets.push_back(ticket.id);
    }
    if (*silent) return base::done();

    // The turn itself, on the state as it is now: an agent may have acted since it was read.
    const State state = state_from_json(nlohmann::json::parse(conversation.state, nullptr, false));
    Surroundings around;
    around.now = now;
    around.direct_place = last.from.place == Place::direct;
    around.private_place = around.direct_place || last.ephemeral;
    around.linked = !turn.account_id.empty();
    around.platform_locale = identity.platform_locale;
    around.default_locale = config.default_locale;
    around.time_zone = config.time_zone;
    around.product_name = config.product_name;
    around.user_name = identity.name;
    const tickets::Presence presence = tickets::presence(config.hours, now);
    around.people_there_now = presence.now;
    around.people_next_there_at = presence.next_at;
    for (const storage::Ticket& ticket : storage::tickets_of_person(session, identity.person_id, kTicketsShown)) {
      around.tickets.push_back({ticket.number, ticket.kind, ticket.state});
    }
    around.next_ticket_number = storage::next_ticket_number(session);
    if (!turn.link_token.empty()) around.link_offer = with_token(config.link_url, turn.link_token);
    const Content content{turn.content->catalogs.get(), turn.content->shelf.get()};
    TurnResult result;
    if (turn.too_fast) {
      result.state = state;
      adapters::Reply notice;
      notice.locale = state.locale.empty() ? config.default_locale : state.locale;
      notice.direction = "ltr";
      notice.text = turn.content->catalogs->format(notice.locale, "reply.too_fast", {});
      adapters::Block block;
      block.text = notice.text;
      notice.blocks.push_back(block);
      result.answers.push_back({notice, Audience::here});
    } else {
      result = take_turn(state, turn.said, turn.understanding, turn.account, around, content);
    }
    const std::string trace_id = base::new_id(now);
    result.trace["state_before"] = to_json(state);
    storage::put_trace(session, trace_id, conversation.id,
                       result.trace.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), now);

    // Where direct answers and tickets live: here when this is a DM, else in the person's DM.
    std::optional<storage::Conversation> direct;
    const auto direct_conversation = [&]() -> const storage::Conversation& {
      if (direct) return *direct;
      if (around.direct_place) {
        direct = conversation;
      } else {
        storage::Conversation wanted;
        wanted.key = last.from.channel + ":" + last.from.workspace + ":dm:" + last.from.user;
        wanted.person_id = identity.person_id;
        wanted.channel = last.from.channel;
        if (const auto known = storage::find_conversation(session, wanted.key)) {
          direct = *known;
        } else {
          Address address = last.from;
          address.place = Place::direct;
          address.place_id.clear();
          address.thread.clear();
          wanted.address = adapters::to_json(address, false).dump();
          direct = storage::find_or_create_conversation(session, wanted, now);
        }
      }
      return *direct;
    };

    std::string ticket_id;
    const std::string locale = result.state.locale;
    for (const Effect& effect : result.effects) {
      if (std::holds_alternative<UseLinkOffer>(effect)) {
        storage::create_link(session, base::hash_token(turn.link_token), identity,
                             now + std::chrono::milliseconds(config::kOneTimeLinkLife).count());
        continue;
      }
      const bool opens = std::holds_alternative<OpenTicket>(effect);
      const std::string kind = opens ? std::get<OpenTicket>(effect).kind : std::get<AddToTicket>(effect).kind;
      storage::Ticket ticket;
      ticket.person_id = identity.person_id;
      ticket.kind = kind;
      ticket.queue = queue_of(kind);
      ticket.priority = kind == "refund" ? "high" : "normal";
      ticket.locale = locale;
      ticket.channel = last.from.channel;
      ticket.conversation_id = direct_conversation().id;
      ticket.origin_conversation_id = conversation.id;
      ticket.reason = opens ? std::get<OpenTicket>(effect).reason : "";
      ticket.first_response_due_at = now + std::chrono::milliseconds(config.first_response_within).count();
      const auto account = turn.account.access == AccountAccess::found ? std::optional(turn.account.facts) : std::nullopt;
      if (!opens) {
        // Details join the card that is there; without a ticket (it was resolved meanwhile) there is nothing to join.
        const auto& list = around.tickets;
        const bool open = std::any_of(list.begin(), list.end(), [&](const TicketView& view) {
          return view.kind == kind && view.state != "resolved";
        });
        if (!open) continue;
      }
      ticket.triage = tickets::make_triage(kind, said_facts, account, config.refund_policy, now)
                          .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      const storage::OpenedTicket opened = storage::open_or_join(session, ticket, now);
      ticket_id = opened.ticket.id;
      storage::add_history(session, ticket_id, {now, "person", opened.joined ? "joined" : "opened", ticket.reason});
      changed_tickets.push_back(ticket_id);
      if (direct_conversation().owner == "bot") storage::set_owner(session, direct_conversation().id, "queue");
    }

    Decided outcome;
    const bool interactive = turn.parts.back().row.interactive;
    outcome.person_only = last.ephemeral;
    bool first_here = true;
    for (Answer& answer : result.answers) {
      answer.reply.trace_id = trace_id;
      const bool goes_direct = answer.audience == Audience::direct && !around.direct_place;
      delivery::Outgoing outgoing;
      outgoing.reply = answer.reply;
      outgoing.audience = goes_direct ? Audience::direct : last.ephemeral ? Audience::person_only : Audience::here;
      outgoing.inbox_id = turn.parts.back().row.id;
      outgoing.ticket_id = ticket_id;
      const bool pushed = last.from.channel != "web_chat";
      if (!goes_direct && interactive && pushed && first_here) outgoing.inline_answer = delivery::Outgoing::Inline::held;
      const storage::Conversation& target = goes_direct ? direct_conversation() : conversation;
      auto said = delivery::say(session, target, last.from, outgoing, config, parts_.vault, now);
      if (!said) return said.error();
      changed_conversations.insert(target.id);
      filled_outbox = filled_outbox || pushed;
      if (goes_direct) continue;
      first_here = false;
      if (outcome.held_outbox_id.empty()) outcome.held_outbox_id = said->held_outbox_id;
      outcome.replies.push_back(said->reply);
    }
    decided.back().second = outcome;

    // A question asked by DM is answered there: what is pending goes with it.
    State next = result.state;
    if (direct && direct->id != conversation.id && next.pending == Pending::refund_details) {
      State there = state_from_json(nlohmann::json::parse(direct->state, nullptr, false));
      there.pending = next.pending;
      there.locale = next.locale;
      there.introduced = true;
      storage::save_state(session, direct->id, to_json(there).dump(), now);
      next.pending = Pending::none;
    }
    storage::save_state(session, conversation.id,
                        to_json(next).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), now);
    return base::done();
  });
  if (!written) return written;
  for (const std::string& id : changed_conversations) parts_.events.conversation_changed(id);
  for (const std::string& id : changed_tickets) parts_.events.ticket_changed(id);
  if (filled_outbox) parts_.events.outbox_filled();
  return written;
}

}  // namespace handrail::conversation
