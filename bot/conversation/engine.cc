#include "bot/conversation/engine.h"

#include <algorithm>

#include "adapters/json_text.h"
#include "bot/base/id.h"
#include "bot/base/log.h"
#include "bot/conversation/card_numbers.h"
#include "bot/delivery/outgoing.h"

namespace handrail::conversation {

using adapters::InboundMessage;
using adapters::InputKind;
using adapters::Place;
using base::Code;
using base::Error;
using base::Status;

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr int kMessagesPerMinute = config::kMessagesPerMinute;
constexpr std::size_t kSendersRemembered = 100'000;
constexpr std::int64_t kConversationsTakenUp = 100'000;
// More threads than this do not decide what they accept: they queue it, so that a flood is still acknowledged quickly.
constexpr std::size_t kDecidingAtOnce = 64;

}  // namespace

Engine::Engine(EngineParts parts) : parts_(parts) {}
Engine::~Engine() { stop(); }

std::string Engine::conversation_key(const InboundMessage& message) {
  const adapters::Address& from = message.from;
  if (from.channel == "web_chat") return "id:" + from.place_id;
  const std::string start = from.channel + ":" + from.workspace + ":";
  if (from.place == Place::direct) return start + "dm:" + from.user;
  // Commands and their buttons are answered to one person alone, so they do not share the thread's conversation.
  if (message.ephemeral) return start + from.place_id + ":private:" + from.user;
  return start + from.place_id + ":" + from.thread + ":" + from.user;
}

Status Engine::start(int threads) {
  std::vector<std::string> keys;
  const Status read = parts_.store.read([&](storage::Session& session) {
    keys = storage::pending_conversations(session, kConversationsTakenUp);
    return base::done();
  });
  if (!read) return read;
  if (!keys.empty()) base::log(base::Level::info, "taking_up", {{"conversations", std::to_string(keys.size())}});
  for (const std::string& key : keys) schedule(key);
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run_worker(); });
  return base::done();
}

void Engine::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

// In channels: when mentioned or commanded, in support channels, and in threads that the bot has joined.
bool Engine::is_addressed(const InboundMessage& message) {
  if (message.mentioned || message.from.place == Place::direct || message.kind == InputKind::lifecycle) return true;
  const auto& support = message.from.channel == "slack" ? parts_.config.slack_support_channels : parts_.config.discord_support_channels;
  if (std::find(support.begin(), support.end(), message.from.place_id) != support.end()) return true;
  bool joined = false;
  const std::string key = conversation_key(message);
  const Status read = parts_.store.read([&](storage::Session& session) {
    joined = storage::find_conversation(session, key).has_value() ||
             (!message.edited_key.empty() && storage::find_by_post_key(session, message.edited_key).has_value());
    return base::done();
  });
  return read.ok() && joined;
}

Engine::Pace Engine::pace_of(const InboundMessage& message) {
  const std::int64_t now = parts_.clock.now_ms();
  const std::lock_guard lock(pace_mutex_);
  if (windows_.size() > kSendersRemembered) windows_.clear();
  SenderWindow& window = windows_[message.from.channel + ":" + message.from.workspace + ":" + message.from.user];
  if (now - window.from >= kMinuteMs) window = {now, 0, false};
  if (++window.count <= kMessagesPerMinute) return Pace::fine;
  if (window.told) return Pace::over;
  window.told = true;
  return Pace::tell;
}

base::Result<Accepted> Engine::accept(const InboundMessage& given, Waits waits) {
  const auto masked = without_card_numbers(given);
  const InboundMessage& message = masked ? *masked : given;
  if (!is_addressed(message)) return Accepted{Acceptance::ignored, "", "not_addressed"};
  storage::InboxRow row;
  row.received_at = parts_.clock.now_ms();
  row.id = base::new_id(row.received_at);
  row.event_key = message.event_key;
  row.post_key = message.post_key;
  row.conversation_key = conversation_key(message);
  row.mentioned = message.mentioned;
  row.interactive = message.interactive;
  nlohmann::json payload = adapters::to_json(message);
  if (!message.from.callback.empty()) {
    row.sealed_callback = parts_.vault.seal(message.from.callback);
    row.callback_expires_at = message.from.callback_expires_at;
  }
  row.payload = adapters::json_text(payload);

  // Both marks are set before the row can be seen: a worker that is on this conversation may decide it at once.
  const auto forget_waiter = [&] {
    const std::lock_guard lock(waiters_mutex_);
    waiters_.erase(row.id);
  };
  if (waits == Waits::yes) {
    const std::lock_guard lock(waiters_mutex_);
    waiters_[row.id];
  }
  std::optional<Pace> pace;
  if (auto at_once = accept_and_decide(message, row, pace)) {
    if (!*at_once || (*at_once)->inbox_id != row.id) forget_waiter();
    return *at_once;
  }
  storage::AcceptResult result;
  const Status written = parts_.store.write([&](storage::Session& session) {
    result = storage::accept(session, row, static_cast<std::int64_t>(config::kQueuedPerConversation));
    if (result.outcome != storage::Accepted::fresh) return base::done();
    const Status paced = keep_pace(message, pace);
    if (paced && pace == Pace::tell) {
      const std::lock_guard lock(pace_mutex_);
      windows_[row.id].told = true;  // gather() finds the notice to give by the message's id
    }
    return paced;
  });
  if (!written || result.outcome == storage::Accepted::full || result.outcome == storage::Accepted::duplicate) forget_waiter();
  if (!written) {
    if (written.error().code == Code::limited) return Accepted{Acceptance::limited, "", "too_fast"};
    return written.error();
  }
  if (result.outcome == storage::Accepted::full) return Accepted{Acceptance::limited, "", "queue_full"};
  if (result.outcome == storage::Accepted::duplicate) return Accepted{Acceptance::repeated, result.row.id, "duplicate"};
  schedule(row.conversation_key);
  return Accepted{Acceptance::accepted, result.row.id, ""};
}

// Only messages that are new count towards the sender's pace: a platform's retry is not the person's haste.
Status Engine::keep_pace(const InboundMessage& message, std::optional<Pace>& pace) {
  if (!pace) pace = pace_of(message);
  if (*pace == Pace::over) return Error{Code::limited, "Too many messages: please wait a minute.", "", ""};
  return base::done();
}

// Takes the conversation for a turn of the caller's thread: false when it is busy or queued, or too many do so already.
bool Engine::hold(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (stopping_ || deciding_at_once_ >= kDecidingAtOnce || queued_.count(key) != 0) return false;
  if (!running_.insert(key).second) return false;
  ++deciding_at_once_;
  return true;
}

void Engine::let_go(const std::string& key) {
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    --deciding_at_once_;
    running_.erase(key);
    more = again_.erase(key) != 0;
  }
  if (more) schedule(key);
}

std::optional<Decided> Engine::wait_for(const std::string& inbox_id, std::chrono::milliseconds patience) {
  std::unique_lock lock(waiters_mutex_);
  decided_.wait_for(lock, patience, [&] { return waiters_[inbox_id].ready; });
  const Waiter waiter = waiters_[inbox_id];
  waiters_.erase(inbox_id);
  if (!waiter.ready) return std::nullopt;
  return waiter.decided;
}

void Engine::publish(const std::string& inbox_id, const Decided& decided) {
  bool abandoned = false;
  {
    const std::lock_guard lock(waiters_mutex_);
    const auto waiter = waiters_.find(inbox_id);
    abandoned = waiter == waiters_.end();
    if (!abandoned) {
      waiter->second.ready = true;
      waiter->second.decided = decided;
    }
  }
  decided_.notify_all();
  if (!abandoned || decided.held_outbox_id.empty()) return;
  // The response has gone out as "deferred": the reply need not be held any longer.
  const Status released = parts_.store.write([&](storage::Session& session) {
    return delivery::release_held(session, decided.held_outbox_id, parts_.clock.now_ms());
  });
  if (!released) base::log(base::Level::warning, "release_failed", {{"outbox", decided.held_outbox_id}});
  parts_.events.outbox_filled();
}

base::Result<std::optional<Decided>> Engine::answered(const std::string& inbox_id) {
  Decided decided;
  bool pending = false;
  const Status read = parts_.store.read([&](storage::Session& session) {
    const auto row = storage::get_inbox(session, inbox_id);
    pending = row && row->status == "pending";
    if (pending) return base::done();
    for (const storage::Message& message : storage::replies_to(session, inbox_id)) {
      if (message.audience == "direct") continue;
      decided.replies.push_back(delivery::reply_of(message));
    }
    return base::done();
  });
  if (!read) return read.error();
  if (pending) return std::optional<Decided>();
  return std::optional<Decided>(std::move(decided));
}

void Engine::schedule(const std::string& key) {
  {
    const std::lock_guard lock(mutex_);
    if (running_.count(key) != 0) {
      again_.insert(key);
      return;
    }
    if (!queued_.insert(key).second) return;
    queue_.push_back(key);
  }
  work_.notify_one();
}

bool Engine::take_one(Task& task, bool wait) {
  std::unique_lock lock(mutex_);
  if (wait) work_.wait(lock, [this] { return stopping_ || !queue_.empty() || !at_once_.empty(); });
  task = {};
  if (!at_once_.empty()) {
    task.at_once = at_once_.front();
    at_once_.pop_front();
    return true;
  }
  if (queue_.empty() || (stopping_ && wait)) return false;
  task.key = std::move(queue_.front());
  queue_.pop_front();
  queued_.erase(task.key);
  running_.insert(task.key);
  return true;
}

void Engine::run(const Task& task) {
  if (task.at_once != nullptr) {
    plan_at_once(*task.at_once);
  } else {
    decide(task.key);
  }
}

void Engine::run_worker() {
  Task task;
  while (take_one(task, true)) run(task);
}

void Engine::run_until_idle() {
  Task task;
  while (take_one(task, false)) run(task);
}

}  // namespace handrail::conversation
