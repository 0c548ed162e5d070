#include "bot/team/team.h"

#include "bot/base/log.h"
#include "bot/storage/team.h"

namespace handrail::team {

using storage::Session;

void Team::start() {
  if (!is_configured()) return;
  thread_ = std::thread([this] { run(); });
}

void Team::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::optional<base::Status> Team::take(const adapters::InboundMessage& message) {
  const TeamPlace* ours = nullptr;
  for (const TeamPlace& place : places_) {
    if (place.channel == message.from.channel) ours = &place;
  }
  if (ours == nullptr || message.from.place == adapters::Place::direct) return std::nullopt;
  // A thread of Slack's is in its channel; in Discord it is a place of its own, which only the cards know.
  if (!thread_is_a_place(*ours) && message.from.place_id != ours->place_id) return std::nullopt;
  bool is_ours = false;
  const base::Status looked = parts_.store.read([&](Session& session) {
    is_ours = is_for_team(session, *ours, message);
    return base::done();
  });
  if (!looked) return looked;
  if (!is_ours) return std::nullopt;
  const auto content = parts_.content.get();
  const tickets::Desk desk{parts_.config, parts_.vault, *content->catalogs};
  Touched touched;
  const base::Status written = parts_.store.write([&](Session& session) {
    auto taken = team::take(session, desk, *ours, message, parts_.clock.now_ms());
    if (!taken) return base::Status(taken.error());
    touched = *taken;
    return base::done();
  });
  if (!written) return written;
  if (!touched.ticket_id.empty()) {
    ticket_changed(touched.ticket_id);
    parts_.events.team_touched(touched.ticket_id, touched.conversation_id);
  }
  return base::done();
}

void Team::ticket_changed(const std::string& ticket_id) {
  if (!is_configured()) return;
  {
    const std::lock_guard lock(mutex_);
    tickets_.insert(ticket_id);
    woken_ = true;
  }
  changed_.notify_one();
}

void Team::conversation_changed(const std::string& conversation_id) {
  if (!is_configured()) return;
  {
    const std::lock_guard lock(mutex_);
    conversations_.insert(conversation_id);
    woken_ = true;
  }
  changed_.notify_one();
}

void Team::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, kTeamPoll, [this] { return stopping_ || woken_; });
      if (stopping_) return;
      woken_ = false;
    }
    run_once();
  }
}

// What changed here, in another process, and what waits no longer for its card to be posted.
std::set<std::string> Team::gather() {
  std::set<std::string> tickets;
  std::set<std::string> conversations;
  {
    const std::lock_guard lock(mutex_);
    tickets.swap(tickets_);
    conversations.swap(conversations_);
  }
  const std::int64_t now = parts_.clock.now_ms();
  const base::Status read = parts_.store.read([&](Session& session) {
    for (const std::string& conversation : conversations) {
      for (const auto& ticket : storage::tickets_of_conversation(session, conversation)) tickets.insert(ticket.id);
    }
    const auto changed = looked_at_ == 0 ? storage::unresolved_ticket_ids(session, kTicketsAtOnce)
                                         : storage::tickets_changed_since(session, looked_at_ - kChangesSeenAgain, kTicketsAtOnce);
    tickets.insert(changed.begin(), changed.end());
    for (const TeamPlace& place : places_) {
      const auto posted = storage::newly_posted_cards(session, place.channel);
      tickets.insert(posted.begin(), posted.end());
    }
    return base::done();
  });
  if (!read) {
    base::log(base::Level::warning, "team_look_failed", {{"detail", read.error().detail}});
    const std::lock_guard lock(mutex_);
    tickets_.insert(tickets.begin(), tickets.end());
    conversations_.insert(conversations.begin(), conversations.end());
    return {};
  }
  looked_at_ = now;
  return tickets;
}

void Team::mirror_all(const std::set<std::string>& tickets) {
  bool queued = false;
  for (const std::string& ticket : tickets) {
    for (const TeamPlace& place : places_) {
      bool more = false;
      const base::Status written = parts_.store.write([&](Session& session) {
        auto done = mirror(session, parts_.config, place, ticket, parts_.clock.now_ms());
        if (!done) return base::Status(done.error());
        more = *done;
        return base::done();
      });
      queued = queued || (written && more);
      if (written || written.error().code == base::Code::conflict) continue;  // in a conflict the other process has shown it
      base::log(base::Level::warning, "team_mirror_failed", {{"ticket", ticket}, {"detail", written.error().detail}});
      const std::lock_guard lock(mutex_);
      tickets_.insert(ticket);  // tried again in the next round
    }
  }
  if (queued) parts_.events.team_queued();
}

void Team::wake_snoozed() {
  std::vector<std::string> ended;
  const std::int64_t now = parts_.clock.now_ms();
  const base::Status read = parts_.store.read([&](Session& session) {
    ended = storage::tickets_whose_snooze_ended(session, now, kTicketsAtOnce);
    return base::done();
  });
  if (!read || ended.empty()) return;
  const base::Status written = parts_.store.write([&](Session& session) {
    for (const std::string& id : ended) {
      if (const auto woken = tickets::wake(session, id, now); !woken) return base::Status(woken.error());
    }
    return base::done();
  });
  if (!written) base::log(base::Level::warning, "team_wake_failed", {{"detail", written.error().detail}});
  for (const std::string& id : ended) parts_.events.team_touched(id, "");
}

void Team::run_once() {
  wake_snoozed();
  const std::set<std::string> tickets = gather();
  if (tickets.empty()) return;
  const base::Status learnt = parts_.store.write([&](Session& session) {
    for (const TeamPlace& place : places_) storage::learn_posted_cards(session, place.channel);
    return base::done();
  });
  if (!learnt) base::log(base::Level::warning, "team_look_failed", {{"detail", learnt.error().detail}});
  mirror_all(tickets);
}

}  // namespace handrail::team
