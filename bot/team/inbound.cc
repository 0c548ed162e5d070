#include "bot/team/inbound.h"

#include <algorithm>

#include "adapters/channels.h"
#include "bot/base/id.h"
#include "bot/storage/conversations.h"
#include "bot/storage/inbox.h"
#include "bot/storage/people.h"
#include "bot/team/commands.h"
#include "bot/team/words.h"

namespace handrail::team {

using adapters::InboundMessage;
using adapters::InputKind;
using base::Status;
using storage::HeldReply;
using storage::Session;
using storage::TeamCard;
using storage::Ticket;

namespace {

constexpr std::int64_t kUndecidedInTeam = 1000;
constexpr const char* kStranger = "Agent";

// "team:snooze:01ABC:2h" -> snooze, 01ABC, 2h.
struct Button {
  std::string verb;
  std::string subject;
  std::string argument;
};
Button read_button(const std::string& id) {
  const std::size_t verb = std::string_view(kActionPrefix).size();
  const std::size_t subject = std::min(id.find(':', verb), id.size());
  const std::size_t argument = std::min(id.find(':', std::min(subject + 1, id.size())), id.size());
  Button button{id.substr(verb, subject - verb), "", ""};
  if (subject < id.size()) button.subject = id.substr(subject + 1, argument - subject - 1);
  if (argument < id.size()) button.argument = id.substr(argument + 1);
  return button;
}

bool is_button(const InboundMessage& message) {
  return message.kind == InputKind::action && message.action.rfind(kActionPrefix, 0) == 0;
}

std::string thread_in(const InboundMessage& message) {
  return message.from.thread.empty() ? message.from.place_id : message.from.thread;
}

bool is_there(const TeamPlace& place, const InboundMessage& message) {
  const bool same_workspace = place.workspace.empty() || message.from.workspace == place.workspace;
  return message.from.channel == place.channel && same_workspace && message.from.place_id == place.place_id;
}

std::string last_part(const std::string& key) { return key.substr(key.rfind(':') + 1); }

// Agents are who may write in the team's channel: whoever acts there for the first time becomes one. A desk account stays apart
// until `handrail agents identify` says that they are the same person.
storage::Agent agent_of(Session& session, const InboundMessage& message, std::int64_t now) {
  if (const auto known = storage::agent_of_identity(session, message.from.channel, message.from.user)) return *known;
  const auto identity = storage::find_identity(session, message.from.channel, message.from.workspace, message.from.user);
  std::string name = !message.user_name.empty() ? message.user_name : identity ? identity->name : "";
  if (name.empty()) name = kStranger;
  auto agent = storage::add_agent(session, name, now);
  for (int number = 2; !agent; ++number) agent = storage::add_agent(session, name + " " + std::to_string(number), now);
  storage::set_agent_identity(session, message.from.channel, message.from.user, agent->id);
  return *agent;
}

// One message of one agent.
class Taking {
 public:
  Taking(Session& session, const tickets::Desk& desk, const TeamPlace& place, const InboundMessage& message, std::int64_t now)
      : session_(session), desk_(desk), place_(place), message_(message), now_(now) {}

  base::Result<Touched> run() {
    const bool is_change = message_.kind == InputKind::edit || message_.kind == InputKind::deletion;
    // Who deletes a post is not named by the platform: it is whoever wrote it.
    if (!is_change) agent_ = agent_of(session_, message_, now_);
    actor_ = {agent_.id, agent_.name};
    const Status done = is_change ? change() : act();
    if (!done) {
      // What an agent may do better is said to them. Where we could not, or only by half (a full queue), nothing is kept and the
      // platform sends it again.
      const base::Error& error = done.error();
      const bool is_ours = error.code == base::Code::internal || error.code == base::Code::unavailable;
      if (is_ours || error.code == base::Code::limited) return error;
      if (ticket_) say(notice(error.message));
    }
    return ticket_ ? Touched{ticket_->id, ticket_->conversation_id} : Touched{};
  }

 private:
  void say(const adapters::Reply& reply) { post_line(session_, desk_.config, place_, *ticket_, reply, now_); }

  bool find_ticket(const std::string& id) {
    ticket_ = storage::get_ticket(session_, id);
    return ticket_.has_value();
  }

  Status act() {
    const auto card = storage::find_card_by_message(session_, place_.channel, thread_in(message_));
    if (card) find_ticket(card->ticket_id);
    if (agent_.disabled_at != 0) return Status(base::Error{base::Code::unauthorized, agent_.name + " is no agent any more.", "", ""});
    if (is_button(message_)) return press(read_button(message_.action));
    if (!ticket_) return base::done();
    const Line line = read_line(message_.text);
    if (const auto* command = std::get_if<Command>(&line)) return obey(*command);
    Words words = std::get<Words>(line);
    for (const adapters::SharedFile& file : message_.files) {
      words.to_person += (words.to_person.empty() ? "" : "\n") + file.name + ": " + file.url;
    }
    if (!words.note.empty()) storage::add_history(session_, ticket_->id, {now_, agent_.name, "note", words.note});
    return words.to_person.empty() ? base::done() : send_or_hold(*card, words.to_person);
  }

  template <typename Outcome>
  Status keep(const Outcome& outcome) {
    if (!outcome) return Status(outcome.error());
    ticket_ = *outcome;
    return base::done();
  }

  Status snooze(const std::string& span) {
    const auto length = tickets::parse_span(span);
    return keep(tickets::snooze(session_, desk_, ticket_->id, actor_, length ? now_ + *length : 0, now_));
  }

  Status press(const Button& button) {
    if (button.verb == "send" || button.verb == "drop") return decide_held(button);
    if (!find_ticket(button.subject)) return base::done();
    if (button.verb == "claim") return keep(tickets::claim(session_, desk_, ticket_->id, actor_, now_));
    if (button.verb == "resolve") return keep(tickets::resolve(session_, desk_, ticket_->id, actor_, button.argument, now_));
    if (button.verb == "reopen") return keep(tickets::reopen(session_, desk_, ticket_->id, actor_, now_));
    if (button.verb == "snooze") return snooze(button.argument);
    return base::done();
  }

  Status obey(const Command& command) {
    if (command.verb == "claim") return keep(tickets::claim(session_, desk_, ticket_->id, actor_, now_));
    if (command.verb == "resolve") return keep(tickets::resolve(session_, desk_, ticket_->id, actor_, command.argument, now_));
    if (command.verb == "reopen") return keep(tickets::reopen(session_, desk_, ticket_->id, actor_, now_));
    if (command.verb == "snooze") return snooze(command.argument);
    if (command.verb == "transfer") return keep(tickets::transfer(session_, desk_, ticket_->id, actor_, command.argument, now_));
    say(notice("There is no !" + command.verb + ". " + std::string(kCommandHelp)));
    return base::done();
  }

  std::int64_t posted_at(const std::string& remote_id) const {
    const adapters::Channel* channel = adapters::find_channel(place_.channel);
    return channel == nullptr ? 0 : channel->posted_at(remote_id);
  }

  // When a message came to stand in this thread; nothing while it does not.
  std::optional<std::int64_t> stood_there_at(const storage::Message& said, const std::vector<storage::TeamCopy>& copies) {
    for (const storage::TeamCopy& copy : copies) {
      if (copy.message_id != said.id) continue;
      const std::string remote = copy.post_key.empty() ? storage::remote_id_of(session_, copy.outbox_id) : last_part(copy.post_key);
      if (remote.empty()) return std::nullopt;
      return posted_at(remote);
    }
    return std::nullopt;
  }

  // Who wrote what this agent cannot have seen when they wrote.
  std::optional<std::string> unseen(const TeamCard& card) {
    const std::int64_t written_at = posted_at(last_part(message_.post_key));
    if (!card.thread_open || written_at == 0) return std::nullopt;
    const auto copies = storage::copies_of(session_, ticket_->id, place_.channel);
    for (const auto& said : storage::last_messages(session_, ticket_->conversation_id, kUnseenSearched)) {
      const bool by_other = said.author == "person" || (said.author == "agent" && said.author_name != agent_.name);
      if (!by_other) continue;
      const bool in_transcript = said.seq <= card.copied_seq &&
                                 std::none_of(copies.begin(), copies.end(), [&](const auto& copy) { return copy.message_id == said.id; });
      if (in_transcript) continue;
      const auto at = stood_there_at(said, copies);
      if (!at || (*at != 0 && *at > written_at - kGlanceMs)) return said.author == "person" ? "the person" : said.author_name;
    }
    return std::nullopt;
  }

  Status send_or_hold(const TeamCard& card, const std::string& text) {
    const bool is_others = ticket_->state != "resolved" && !ticket_->assignee_name.empty() && ticket_->assignee_name != agent_.name;
    if (is_others) return hold(text, ticket_->assignee_name + " has this ticket.");
    if (const auto who = unseen(card)) return hold(text, who.value() + " wrote while you were writing.");
    return send(text, message_.post_key, false);
  }

  Status hold(const std::string& text, const std::string& because) {
    const HeldReply held{base::new_id(now_), ticket_->id, place_.channel, agent_.id, message_.post_key, text, now_};
    storage::hold_reply(session_, held);
    say(held_notice(held, because));
    return base::done();
  }

  Status send(const std::string& text, const std::string& post_key, bool knows) {
    tickets::AgentReply reply;
    reply.client_message_id = "team:" + post_key;
    reply.text = text;
    reply.takes_over = knows;
    auto replied = tickets::reply(session_, desk_, ticket_->id, actor_, reply, now_);
    if (!replied) return Status(replied.error());
    ticket_ = replied->ticket;
    storage::add_copy(session_, {ticket_->id, place_.channel, replied->message_id, "", post_key, ""});
    return base::done();
  }

  Status decide_held(const Button& button) {
    const auto held = storage::find_held(session_, button.subject);
    if (!held) return base::done();  // decided already
    if (!find_ticket(held->ticket_id)) return base::done();
    if (held->agent_id != agent_.id) {
      return Status(base::Error{base::Code::unauthorized, "Only who wrote it can send or discard it.", "", ""});
    }
    if (button.verb == "send") {
      if (Status sent = send(held->text, held->post_key, true); !sent) return sent;
    }
    storage::forget_held(session_, held->id);
    say(notice(button.verb == "send" ? "Sent." : "Discarded: nothing was sent."));
    return base::done();
  }

  Status change() {
    const auto copy = storage::find_copy_by_post(session_, message_.edited_key);
    if (!copy || !find_ticket(copy->ticket_id)) return change_held();
    const Line line = read_line(message_.kind == InputKind::edit ? message_.text : "");
    const auto* words = std::get_if<Words>(&line);
    // An answer that became a note or a command is taken back.
    const std::string text = words == nullptr ? "" : words->to_person;
    const auto message = storage::get_message(session_, copy->message_id);
    if (!message) return base::done();
    return tickets::correct_reply(session_, desk_, *ticket_, {"", message->author_name}, copy->message_id, text, now_);
  }

  Status change_held() {
    const auto held = storage::find_held_by_post(session_, message_.edited_key);
    if (!held || !find_ticket(held->ticket_id)) return base::done();
    const Line line = read_line(message_.kind == InputKind::edit ? message_.text : "");
    const auto* words = std::get_if<Words>(&line);
    if (words == nullptr || words->to_person.empty()) {
      storage::forget_held(session_, held->id);
    } else {
      storage::set_held_text(session_, held->id, words->to_person);
    }
    return base::done();
  }

  Session& session_;
  const tickets::Desk& desk_;
  const TeamPlace& place_;
  const InboundMessage& message_;
  const std::int64_t now_;
  storage::Agent agent_;
  tickets::Actor actor_;
  std::optional<Ticket> ticket_;
};

}  // namespace

bool is_for_team(Session& session, const TeamPlace& place, const InboundMessage& message) {
  if (message.from.channel != place.channel) return false;
  if (message.kind == InputKind::edit || message.kind == InputKind::deletion) {
    return storage::find_copy_by_post(session, message.edited_key) || storage::find_held_by_post(session, message.edited_key);
  }
  const bool in_thread = !thread_in(message).empty() && storage::find_card_by_message(session, place.channel, thread_in(message));
  if (is_button(message)) return in_thread || is_there(place, message);
  if (message.kind != InputKind::text || !in_thread) return false;
  return thread_is_a_place(place) || is_there(place, message);
}

base::Result<Touched> take(Session& session, const tickets::Desk& desk, const TeamPlace& place, const InboundMessage& message,
                           std::int64_t now) {
  storage::InboxRow row;
  row.id = base::new_id(now);
  row.event_key = message.event_key;
  row.post_key = message.post_key;
  row.conversation_key = "team:" + place.channel + ":" + place.place_id;
  row.payload = "{}";
  row.status = "done";
  row.received_at = now;
  if (storage::accept(session, row, kUndecidedInTeam).outcome != storage::Accepted::fresh) return Touched{};
  storage::learn_posted_cards(session, place.channel);
  return Taking(session, desk, place, message, now).run();
}

}  // namespace handrail::team
