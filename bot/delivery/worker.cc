#include "bot/delivery/worker.h"

#include <sodium.h>

#include <algorithm>

#include "adapters/channels.h"
#include "adapters/json_text.h"
#include "bot/base/log.h"
#include "bot/delivery/platform_call.h"
#include "bot/storage/conversations.h"
#include "bot/storage/outbox.h"

namespace handrail::delivery {

using adapters::GiveUp;
using adapters::NextCall;
using adapters::RetryAfter;
using adapters::Send;
using adapters::Sent;
using adapters::Step;

namespace {

constexpr std::int64_t kRowsPerClaim = 16;
constexpr std::int64_t kClocksDiffer = 60'000;  // between us and a platform, at most

// Under which name a platform's refused token is remembered, beside its buckets.
std::string token_of(const std::string& channel) { return channel + ":token"; }

std::string dump(const Send& send) { return adapters::json_text(adapters::to_json(send)); }

// Doubling with jitter: half of the wait is fixed, half random, so that failed sends do not come back all at once.
std::int64_t backoff_ms(std::int64_t attempts) {
  const std::int64_t exponent = std::clamp<std::int64_t>(attempts, 0, 20);
  const std::int64_t ceiling = std::min(kLongestRetryMs, kFirstRetryMs << exponent);
  return ceiling / 2 + static_cast<std::int64_t>(randombytes_uniform(static_cast<std::uint32_t>(ceiling / 2) + 1));
}

// Nobody knows whether the last attempt reached the person: whoever tries again looks first, where the platform lets them.
// The first such attempt came after the row was made.
void note_that_it_may_exist(Send& send, const storage::OutboxRow& row) {
  if (!send.progress.contains(adapters::kMayExistSince)) send.progress[adapters::kMayExistSince] = row.created_at - kClocksDiffer;
}

// A DM or thread that was opened for a send is where the conversation goes on; a DM that was closed may be open again.
void remember_place(storage::Session& session, const std::string& conversation_id, const std::string& kind, const std::string& place) {
  const auto conversation = storage::get_conversation(session, conversation_id);
  if (!conversation) return;
  nlohmann::json address = nlohmann::json::parse(conversation->address, nullptr, false);
  if (!address.is_object()) return;
  const std::string known = address.value("place_id", "");
  const bool by_thread = conversation->rung == "private_thread";
  const bool open_again = kind == "direct" && (conversation->rung == "web_link" || (by_thread && known != place));
  if (open_again) storage::set_rung(session, conversation->id, "dm");
  if (known == place || !(known.empty() || open_again || kind == "private_thread")) return;
  address["place_id"] = place;
  storage::set_address(session, conversation->id, address.dump());
}

}  // namespace

// Waits until nobody else writes into the place of a send, and keeps it meanwhile. `got`: it is ours.
class Worker::Turn {
 public:
  Turn(Worker& worker, const Send& send) : worker_(worker) {
    const std::string id = send.progress.value("place_id", send.to.place_id);
    if (id.empty() || !send.to.callback.empty()) return;  // opens its own place, or answers an interaction
    place_ = send.to.channel + ":" + id;
    std::unique_lock lock(worker_.mutex_);
    got_ = worker_.place_free_.wait_for(lock, kPlacePatience,
                                        [&] { return worker_.stopping_ || worker_.busy_places_.count(place_) == 0; }) &&
           worker_.busy_places_.insert(place_).second;
  }
  ~Turn() {
    if (place_.empty() || !got_) return;
    {
      const std::lock_guard lock(worker_.mutex_);
      worker_.busy_places_.erase(place_);
    }
    worker_.place_free_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  bool got() const { return place_.empty() || got_; }

 private:
  Worker& worker_;
  std::string place_;
  bool got_ = false;
};

Worker::Worker(storage::Store& store, base::HttpClient& http, const base::Clock& clock, const base::Vault& vault,
               const config::Config& config, BotTokens& tokens, const LinkWords& words, DeliveryEvents& events, WorkerOptions options)
    : store_(store), http_(http), clock_(clock), vault_(vault), config_(config), tokens_(tokens), words_(words), events_(events),
      options_(std::move(options)) {}

Worker::~Worker() { stop(); }

void Worker::start() {
  {
    const std::lock_guard lock(mutex_);
    running_ = options_.threads > 0;
  }
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { run(); });
}

void Worker::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  woken_.notify_all();
  place_free_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  store_.flush();  // what was posted tells this worker
}

void Worker::wake() {
  {
    const std::lock_guard lock(mutex_);
    ++wakes_;
  }
  woken_.notify_one();
}

bool Worker::has_room() const {
  const std::lock_guard lock(mutex_);
  return running_ && !stopping_ && parcels_.size() < kParcelsInHand;
}

void Worker::take(Parcel parcel) {
  {
    const std::lock_guard lock(mutex_);
    parcels_.push_back(std::move(parcel));
  }
  woken_.notify_one();
}

void Worker::run() {
  std::uint64_t seen = 0;
  auto look_at = std::chrono::steady_clock::now();  // when to look for rows that nobody told us about
  for (;;) {
    std::optional<Parcel> parcel;
    bool look = false;
    {
      std::unique_lock lock(mutex_);
      woken_.wait_until(lock, look_at, [&] { return stopping_ || wakes_ != seen || !parcels_.empty(); });
      if (stopping_) break;
      look = wakes_ != seen || std::chrono::steady_clock::now() >= look_at;
      seen = wakes_;
      if (!parcels_.empty()) {
        parcel = std::move(parcels_.front());
        parcels_.pop_front();
      }
    }
    if (parcel) deliver_parcel(std::move(*parcel));
    if (!look) continue;
    look_at = std::chrono::steady_clock::now();
    if (run_once() > 0) continue;
    const std::int64_t due_in = due_at_ == 0 ? kPollMs : due_at_ - clock_.now_ms();
    look_at += std::chrono::milliseconds(std::clamp<std::int64_t>(due_in, 1, kPollMs));
  }
  // What is still in hand goes back to the outbox for whoever comes next.
  for (;;) {
    Parcel parcel;
    {
      const std::lock_guard lock(mutex_);
      if (parcels_.empty()) return;
      parcel = std::move(parcels_.front());
      parcels_.pop_front();
    }
    give_back(parcel, 0);
  }
}

void Worker::deliver_parcel(Parcel parcel) {
  for (std::size_t i = 0; i < parcel.rows.size(); ++i) {
    const std::int64_t leave_from = parcel.rows[i].next_attempt_at - kLeaseMs / 2;
    if (clock_.now_ms() >= leave_from || is_stopping()) return give_back(parcel, i);
    if (!deliver(parcel.rows[i], *parcel.sends[i])) return give_back(parcel, i + 1);
  }
}

void Worker::give_back(const Parcel& parcel, std::size_t from) {
  if (from >= parcel.rows.size()) return;
  const std::int64_t now = clock_.now_ms();
  const base::Status written = store_.write([&](storage::Session& session) {
    for (std::size_t i = from; i < parcel.rows.size(); ++i) storage::retry_at(session, parcel.rows[i].id, now, "");
    return base::done();
  });
  // Otherwise the leases end by themselves.
  if (!written) base::log(base::Level::warning, "give_back_failed", {{"detail", written.error().detail}});
  wake();
}

int Worker::run_once() {
  // Looking is cheap and shares nothing; claiming is a durable write, so it is done only when there is something to claim.
  std::int64_t due_at = 0;
  const base::Status looked = store_.read([&](storage::Session& session) {
    due_at = storage::next_due_at(session, options_.channel);
    return base::done();
  });
  due_at_ = due_at;
  if (looked && (due_at == 0 || due_at > clock_.now_ms())) return 0;
  std::vector<storage::OutboxRow> rows;
  std::int64_t claimed_at = 0;
  const base::Status claimed = store_.write([&](storage::Session& session) {
    claimed_at = clock_.now_ms();
    rows = storage::claim_due(session, claimed_at, kRowsPerClaim, kLeaseMs, options_.channel);
    return base::done();
  });
  if (!claimed) {
    base::log(base::Level::error, "outbox_claim_failed", {{"detail", claimed.error().detail}});
    return 0;
  }
  const std::int64_t leave_from = claimed_at + kLeaseMs / 2;
  for (storage::OutboxRow& row : rows) {
    // Platforms that answer slowly must not carry us past the lease: another worker would send the rest a second time.
    // What is left comes back when the lease ends; the same when the program is asked to stop.
    if (clock_.now_ms() >= leave_from || is_stopping()) break;
    deliver(std::move(row));
  }
  store_.flush();
  return static_cast<int>(rows.size());
}

bool Worker::is_stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

bool Worker::is_paused(const std::string& bucket, std::int64_t* until) {
  const std::lock_guard lock(mutex_);
  const auto found = paused_until_.find(bucket);
  if (found == paused_until_.end()) return false;
  if (found->second <= clock_.now_ms()) {
    paused_until_.erase(found);
    return false;
  }
  *until = std::max(*until, found->second);
  return true;
}

void Worker::pause(const std::string& bucket, std::int64_t until) {
  const std::lock_guard lock(mutex_);
  paused_until_[bucket] = std::max(paused_until_[bucket], until);
}

// Where we may not open a thread, ten people with closed DMs would be ten refusals more.
bool Worker::may_open_thread(const Send& send) {
  if (send.kind != "private_thread" || send.progress.contains("place_id") || send.progress.contains("thread_id")) return true;
  const std::lock_guard lock(mutex_);
  const auto closed = closed_until_.find(send.to.place_id);
  return closed == closed_until_.end() || closed->second <= clock_.now_ms();
}

void Worker::note_closed(const Send& send, const GiveUp& failure) {
  const bool of_the_place = failure.because == "50013" || failure.because == "50001" || failure.because == "50024";
  if (send.kind != "private_thread" || send.progress.contains("thread_id") || !of_the_place) return;
  const std::lock_guard lock(mutex_);
  closed_until_[send.to.place_id] = clock_.now_ms() + kClosedPlaceMs;
}

// What an answer means for other sends too: a limit is kept by all of its bucket or platform; a refused token is not tried
// again by every send. An installation has lost it for good and is given up; for the configured token sends wait until they
// expire, since a restart may bring a good one.
Step Worker::heeded(Step step, const std::string& channel, const std::string& bucket, const BotToken& token) {
  if (const auto* retry = std::get_if<RetryAfter>(&step)) {
    if (retry->wait_ms > 0) pause(retry->whole_platform ? channel : bucket, clock_.now_ms() + retry->wait_ms);
    return step;
  }
  const auto* failure = std::get_if<GiveUp>(&step);
  if (failure == nullptr || !failure->disconnected) return step;
  if (token.kind == BotToken::Kind::installed) {
    // It is being renewed, or its renewal is refused and then it is disconnected.
    if (token.expires_at > 0 && failure->because == "token_expired") return RetryAfter{kTokenRenewalMs, false, failure->because};
    tokens_.refused(token, failure->because);
    const auto now_used = tokens_.choose(channel, token.workspace);
    const bool renewed = now_used && now_used->kind == BotToken::Kind::installed;
    return renewed ? Step(RetryAfter{1, false, "token_renewed"}) : Step(GiveUp{kDisconnected, false, false, false, false});
  }
  base::log(base::Level::error, "platform_refuses_token", {{"channel", channel}, {"because", failure->because}});
  pause(token_of(channel), clock_.now_ms() + kLongestRetryMs);
  return RetryAfter{kLongestRetryMs, false, failure->because};
}

std::optional<Step> Worker::choose_token(const storage::OutboxRow& row, BotToken& token) {
  const auto chosen = tokens_.choose(row.channel, row.workspace);
  if (!chosen) return RetryAfter{0, false, "database"};
  token = *chosen;
  if (token.kind == BotToken::Kind::disconnected) return GiveUp{kDisconnected, false, false, false, false};
  if (token.kind == BotToken::Kind::none) {
    if (!config_.slack_client_id.empty()) return GiveUp{kNotInstalled, false, false, false, false};
    // The operator has not finished yet: a restart may bring a token.
    return RetryAfter{kLongestRetryMs, false, "no_token"};
  }
  std::int64_t until = 0;
  if (token.kind == BotToken::Kind::configured && is_paused(token_of(row.channel), &until)) {
    return RetryAfter{std::max<std::int64_t>(until - clock_.now_ms(), 1), false, "token_refused_before"};
  }
  if (token.expires_at > 0 && token.expires_at <= clock_.now_ms()) return RetryAfter{kTokenRenewalMs, false, "token_expired"};
  return std::nullopt;
}

base::HttpReply Worker::call(const adapters::Call& call, const std::string& channel, const std::string& bot_token) {
  const auto request = to_http(call, channel, config_, bot_token, options_.media_dir);
  if (!request) return {404, {}, "", "address not allowed"};
  return http_.send(*request);
}

bool Worker::deliver(storage::OutboxRow row) {
  std::optional<storage::Message> message;
  if (needs_message(row)) {
    const base::Status read = store_.read([&](storage::Session& session) {
      message = storage::get_message(session, row.message_id);
      return base::done();
    });
    if (!read) {
      base::log(base::Level::error, "outbox_read_failed", {{"detail", read.error().detail}});
      return false;  // the lease runs out and the row comes back
    }
  }
  Send send = restore(row, message, config_);
  if (row.last_error == storage::kLeaseEnded) note_that_it_may_exist(send, row);
  if (!row.sealed_callback.empty() && row.callback_expires_at > clock_.now_ms()) {
    send.to.callback = vault_.unseal(row.sealed_callback).value_or("");
    send.to.callback_expires_at = row.callback_expires_at;
  }
  return deliver(row, send);
}

bool Worker::deliver(const storage::OutboxRow& row, const Send& given) {
  std::optional<Send> further;  // what earlier calls taught, with the rest of what was given
  const auto current = [&]() -> const Send& { return further ? *further : given; };
  const adapters::Channel* channel = adapters::find_channel(row.channel);
  const auto end = [&](const Step& step) {
    finish(row, current(), step);
    return std::holds_alternative<Sent>(step);
  };
  if (channel == nullptr) return end(GiveUp{"unknown_channel", false, false, false, false});
  if (clock_.now_ms() >= row.expires_at) return end(GiveUp{"expired", false, false, false, false});
  const Turn turn(*this, given);
  if (!turn.got()) return end(RetryAfter{kFirstRetryMs, false, "place_busy"});
  std::optional<adapters::HttpResult> last;
  std::string bucket;  // of the last call
  BotToken token;      // which it was made with
  for (int calls = 0; calls < kCallsPerSend; ++calls) {
    Step step = channel->next_step(current(), last);
    auto* next = std::get_if<NextCall>(&step);
    if (next != nullptr && !may_open_thread(current())) return end(GiveUp{"no_thread_before", false, false, false, true});
    if (const auto* failure = std::get_if<GiveUp>(&step)) note_closed(current(), *failure);
    if (next == nullptr) return end(heeded(std::move(step), row.channel, bucket, token));
    bucket = next->call.rate_bucket;
    std::int64_t until = 0;
    const bool bucket_paused = is_paused(bucket, &until);
    const bool platform_paused = is_paused(row.channel, &until);
    if (bucket_paused || platform_paused) {
      return end(RetryAfter{std::max<std::int64_t>(until - clock_.now_ms(), 1), false, "rate_limited_before"});
    }
    token = BotToken{};
    if (next->call.auth == adapters::Auth::bot_token) {
      if (const auto without = choose_token(row, token)) return end(*without);
    }
    if (next->progress != current().progress) {
      if (!further) further = given;
      further->progress = next->progress;
      const base::Status saved = store_.write([&](storage::Session& session) {
        storage::save_send(session, row.id, dump(*further));
        return base::done();
      });
      if (!saved) return false;  // the lease runs out and the row comes back
    }
    next->call.body = with_link(std::move(next->call.body), current(), ladder_needs(), row.order_key, clock_.now_ms());
    const base::HttpReply reply = call(next->call, row.channel, token.token);
    if (reply.status == 0) {
      base::log(base::Level::warning, "call_unanswered", {{"channel", row.channel}, {"error", reply.error}});
    }
    last = adapters::HttpResult{reply.status, reply.headers, reply.body};
    if (const std::int64_t wait = channel->pause_after(*last); wait > 0) pause(bucket, clock_.now_ms() + wait);
  }
  return end(GiveUp{"too_many_calls", false, false, false, false});
}

// Nobody waits for this to be durable: a crash in between sends once more, as one between the platform's answer and any
// write would.
void Worker::finish_sent(const storage::OutboxRow& row, const Send& send, const Sent& sent) {
  const std::int64_t now = clock_.now_ms();
  const bool learnt = !sent.place_id.empty() && (send.kind == "direct" || send.kind == "private_thread");
  const auto others_wait = std::make_shared<bool>(false);
  const auto write = [id = row.id, order_key = row.order_key, sent, kind = send.kind, learnt, now, others_wait](storage::Session& session) {
    storage::mark_sent(session, id, sent.remote_id, now);
    *others_wait = storage::has_queued(session, order_key);
    if (learnt) remember_place(session, order_key, kind, sent.place_id);
    return base::done();
  };
  store_.post(write, [this, others_wait](const base::Status& written) {
    if (!written) base::log(base::Level::error, "outbox_update_failed", {{"detail", written.error().detail}});
    if (*others_wait) wake();
  });
  events_.delivered(row.channel, now - row.created_at);
}

void Worker::finish(const storage::OutboxRow& row, const Send& send, const Step& step) {
  if (const auto* sent = std::get_if<Sent>(&step)) return finish_sent(row, send, *sent);
  const std::int64_t now = clock_.now_ms();
  std::string rung;
  const base::Status written = store_.write([&](storage::Session& session) {
    if (const auto* retry = std::get_if<RetryAfter>(&step)) {
      const std::int64_t wait = retry->wait_ms > 0 ? retry->wait_ms : backoff_ms(row.attempts);
      if (retry->may_exist) {
        Send noted = send;
        note_that_it_may_exist(noted, row);
        storage::save_send(session, row.id, dump(noted));
      }
      storage::retry_at(session, row.id, now + wait, retry->because);
    } else {
      const auto& failure = std::get<GiveUp>(step);
      if (!failure.dm_closed && !failure.callback_dead && !failure.place_closed) {
        give_up(session, row, failure.because, now);
        return base::done();
      }
      auto taken = take_next_rung(session, ladder_needs(), row, send, failure, now);
      if (!taken) return base::Status(taken.error());
      rung = *taken;
    }
    return base::done();
  });
  if (!written) {
    base::log(base::Level::error, "outbox_update_failed", {{"detail", written.error().detail}});
    return;
  }
  if (const auto* retry = std::get_if<RetryAfter>(&step)) {
    events_.retried(row.channel, retry->because);
  } else {
    const auto& failure = std::get<GiveUp>(step);
    if (rung.empty() || rung == "given_up") {
      events_.given_up(row.channel, failure.because);
      base::log(base::Level::warning, "send_given_up", {{"channel", row.channel}, {"outbox", row.id}, {"because", failure.because}});
    } else {
      events_.rung_taken(row.order_key, rung);
      wake();
    }
  }
}

}  // namespace handrail::delivery
