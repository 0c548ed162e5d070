#include "bot/team/mirror.h"

#include <algorithm>

#include "adapters/channels.h"
#include "adapters/json_text.h"
#include "bot/base/id.h"
#include "bot/storage/conversations.h"
#include "bot/storage/outbox.h"
#include "bot/storage/people.h"
#include "bot/team/words.h"

namespace handrail::team {

using adapters::Reply;
using adapters::Send;
using storage::Session;
using storage::TeamCard;
using storage::Ticket;

namespace {

constexpr const char* kNobodyKnown = "Somebody";

adapters::Address channel_of(const TeamPlace& place) {
  adapters::Address to;
  to.channel = place.channel;
  to.workspace = place.workspace;
  to.place_id = place.place_id;
  to.place = adapters::Place::channel;
  return to;
}

adapters::Address thread_of(const TeamPlace& place, const TeamCard& card) {
  adapters::Address to = channel_of(place);
  to.place = adapters::Place::thread;
  (thread_is_a_place(place) ? to.place_id : to.thread) = card.remote_id;
  return to;
}

std::vector<Send> render(const Reply& reply, const adapters::Address& to, const std::string& seed, const config::Config& config) {
  const adapters::Channel* channel = adapters::find_channel(to.channel);
  adapters::RenderOptions options;
  options.public_url = config.public_url;
  options.nonce_seed = seed;
  return channel == nullptr ? std::vector<Send>{} : channel->render(reply, to, options);
}

// The id of the first row: what a later change is made to.
std::string queue(Session& session, const Ticket& ticket, const TeamPlace& place, const std::vector<Send>& sends,
                  std::int64_t now) {
  std::string first;
  for (const Send& send : sends) {
    storage::OutboxRow row;
    row.id = base::new_id(now);
    row.order_key = "team:" + place.channel + ":" + ticket.id;
    row.channel = place.channel;
    row.workspace = place.workspace;
    row.send = adapters::json_text(adapters::to_json(send));
    row.next_attempt_at = now;
    row.expires_at = now + std::chrono::milliseconds(config::kDeliveryPatience).count();
    row.ticket_id = ticket.id;
    row.created_at = now;
    storage::insert_row(session, row);
    if (first.empty()) first = row.id;
  }
  return first;
}

std::string name_of(Session& session, const Ticket& ticket) {
  std::string name;
  for (const storage::Identity& identity : storage::identities_of(session, ticket.person_id)) {
    if (!identity.name.empty() && (name.empty() || identity.channel == ticket.channel)) name = identity.name;
  }
  return name.empty() ? kNobodyKnown : name;
}

// One mirroring of one ticket into one place.
class Mirroring {
 public:
  Mirroring(Session& session, const config::Config& config, const TeamPlace& place, const Ticket& ticket, std::int64_t now)
      : session_(session), config_(config), place_(place), ticket_(ticket), now_(now), person_(name_of(session, ticket)) {}

  base::Result<bool> run() {
    const Reply wanted = card(ticket_, person_, config_);
    const auto before = storage::find_card(session_, ticket_.id, place_.channel);
    if (!before) return ticket_.state == "resolved" ? false : post_card(wanted);
    if (before->remote_id.empty()) return false;  // nothing can hang on a card that is not posted yet
    TeamCard after = *before;
    after.shown = digest(wanted);
    if (after.shown != before->shown) change(wanted, channel_of(place_), before->remote_id);
    const bool has_begun = !ticket_.assignee_name.empty();
    if (before->thread_open) {
      copy_news(after);
      copy_messages(after);
      follow_changes();
    } else if (has_begun) {
      open_thread(after);
    }
    const bool same = after.shown == before->shown && after.thread_open == before->thread_open &&
                      after.copied_seq == before->copied_seq && after.copied_history == before->copied_history;
    if (!same && !storage::advance_card(session_, *before, after)) {
      return base::Error{base::Code::conflict, "Another process mirrors this ticket.", "", ticket_.id};
    }
    return queued_;
  }

 private:
  base::Result<bool> post_card(const Reply& wanted) {
    const auto sends = render(wanted, channel_of(place_), base::new_id(now_), config_);
    if (sends.empty()) return false;
    TeamCard made;
    made.ticket_id = ticket_.id;
    made.channel = place_.channel;
    made.workspace = place_.workspace;
    made.place_id = place_.place_id;
    made.shown = digest(wanted);
    made.outbox_id = queue(session_, ticket_, place_, {sends.front()}, now_);
    if (!storage::add_card(session_, made)) {
      return base::Error{base::Code::conflict, "Another process mirrors this ticket.", "", ticket_.id};
    }
    return true;
  }

  std::string post(const Reply& reply, const TeamCard& there) {
    queued_ = true;
    return queue(session_, ticket_, place_, render(reply, thread_of(place_, there), base::new_id(now_), config_), now_);
  }

  void change(const Reply& reply, const adapters::Address& where, const std::string& remote_id) {
    auto sends = render(reply, where, base::new_id(now_), config_);
    if (sends.empty()) return;
    sends.front().kind = "update";
    sends.front().target = remote_id;
    queue(session_, ticket_, place_, {sends.front()}, now_);
    queued_ = true;
  }

  void open_thread(TeamCard& after) {
    const auto messages = storage::last_messages(session_, ticket_.conversation_id, kTranscriptMessages);
    auto sends = render(transcript(led_here(messages), person_), thread_of(place_, after), base::new_id(now_), config_);
    if (thread_is_a_place(place_) && !sends.empty()) {
      Send& first = sends.front();
      first.kind = "thread_under";
      first.to = channel_of(place_);
      first.target = after.remote_id;
      first.body["thread_name"] = title_of(ticket_);
    }
    queue(session_, ticket_, place_, sends, now_);
    queued_ = true;
    after.thread_open = true;
    if (!messages.empty()) after.copied_seq = messages.back().seq;
    after.copied_history = static_cast<std::int64_t>(storage::history_of(session_, ticket_.id).size());
  }

  // What was said elsewhere and led to the ticket (in a channel), then the conversation that it is spoken about in.
  std::vector<storage::Message> led_here(const std::vector<storage::Message>& messages) {
    if (ticket_.origin_conversation_id.empty() || ticket_.origin_conversation_id == ticket_.conversation_id) return messages;
    std::vector<storage::Message> all = storage::last_messages(session_, ticket_.origin_conversation_id, kTranscriptMessages);
    all.insert(all.end(), messages.begin(), messages.end());
    const std::size_t more = all.size() > kTranscriptMessages ? all.size() - kTranscriptMessages : 0;
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(more));
    return all;
  }

  void copy_news(TeamCard& after) {
    const auto history = storage::history_of(session_, ticket_.id);
    for (auto i = static_cast<std::size_t>(after.copied_history); i < history.size(); ++i) {
      if (const auto line = news(history[i])) post(*line, after);
    }
    after.copied_history = static_cast<std::int64_t>(history.size());
  }

  bool stands_there(const std::string& message_id) {
    if (!copies_) copies_ = storage::copies_of(session_, ticket_.id, place_.channel);
    return std::any_of(copies_->begin(), copies_->end(), [&](const auto& copy) { return copy.message_id == message_id; });
  }

  void copy_messages(TeamCard& after) {
    for (const auto& message : storage::messages_after(session_, ticket_.conversation_id, after.copied_seq, kCopiedAtOnce)) {
      after.copied_seq = message.seq;
      if (stands_there(message.id)) continue;  // an agent wrote it here
      const Reply words = copy_of(message, person_);
      storage::add_copy(session_, {ticket_.id, place_.channel, message.id, post(words, after), "", digest(words)});
    }
  }

  // What the person, or an agent elsewhere, has changed or taken back since.
  void follow_changes() {
    for (storage::TeamCopy copy : storage::copies_of(session_, ticket_.id, place_.channel)) {
      if (copy.outbox_id.empty()) continue;
      const auto message = storage::get_message(session_, copy.message_id);
      if (!message) continue;
      const Reply words = copy_of(*message, person_);
      if (digest(words) == copy.shown) continue;
      const std::string remote_id = storage::remote_id_of(session_, copy.outbox_id);
      if (remote_id.empty()) continue;  // not posted yet: the next round finds it
      const auto there = storage::find_card(session_, ticket_.id, place_.channel);
      change(words, thread_of(place_, *there), remote_id);
      copy.shown = digest(words);
      storage::set_copy_shown(session_, copy);
    }
  }

  Session& session_;
  const config::Config& config_;
  const TeamPlace& place_;
  const Ticket& ticket_;
  const std::int64_t now_;
  const std::string person_;
  std::optional<std::vector<storage::TeamCopy>> copies_;
  bool queued_ = false;
};

}  // namespace

bool thread_is_a_place(const TeamPlace& place) { return place.channel == "discord"; }

std::vector<TeamPlace> team_places(const config::Config& config) {
  std::vector<TeamPlace> places;
  if (!config.slack_team_channel.empty()) {
    const std::string& given = config.slack_team_channel;
    const std::size_t slash = given.find('/');
    if (slash == std::string::npos) {
      places.push_back({"slack", "", given});
    } else {
      places.push_back({"slack", given.substr(0, slash), given.substr(slash + 1)});
    }
  }
  if (!config.discord_team_channel.empty()) places.push_back({"discord", "", config.discord_team_channel});
  return places;
}

base::Result<bool> mirror(Session& session, const config::Config& config, const TeamPlace& place, const std::string& ticket_id,
                          std::int64_t now) {
  const auto ticket = storage::get_ticket(session, ticket_id);
  if (!ticket) return false;
  return Mirroring(session, config, place, *ticket, now).run();
}

std::string post_line(Session& session, const config::Config& config, const TeamPlace& place, const Ticket& ticket,
                      const Reply& reply, std::int64_t now) {
  const auto there = storage::find_card(session, ticket.id, place.channel);
  const bool is_posted = there && !there->remote_id.empty();
  auto sends = render(reply, is_posted ? thread_of(place, *there) : channel_of(place), base::new_id(now), config);
  if (is_posted && thread_is_a_place(place) && !there->thread_open && !sends.empty()) {
    sends.front().kind = "thread_under";
    sends.front().to = channel_of(place);
    sends.front().target = there->remote_id;
    sends.front().body["thread_name"] = title_of(ticket);
  }
  return queue(session, ticket, place, sends, now);
}

}  // namespace handrail::team
