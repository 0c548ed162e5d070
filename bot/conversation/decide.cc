// Steps 3 to 5 of a message's life: understand, look up, decide, and write everything in one transaction.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

#include "bot/base/id.h"
#include "bot/base/log.h"
#include "bot/base/secret.h"
#include "bot/conversation/engine.h"

namespace handrail::conversation {

using adapters::InboundMessage;
using adapters::InputKind;
using base::Code;
using base::Error;
using base::Status;

namespace {

constexpr std::int64_t kRowsPerTurn = 50;
constexpr int kLinkTokenBytes = 24;
constexpr int kAttempts = 3;

bool is_plain_text(const InboundMessage& message) { return message.kind == InputKind::text; }

intents::Context::Scope scope_of(const State& state) {
  const bool asks = state.pending == Pending::did_you_mean || state.pending == Pending::offer_review ||
                    state.pending == Pending::anything_else;
  return asks || !state.topic.empty() ? intents::Context::Scope::guide : intents::Context::Scope::conversation;
}

// Outside a guide "ok", "done" and "no" are still an answer to whatever we said last.
void understand_as_answer(const intents::Detector& detector, const std::string& text, const State& state,
                          intents::Context context, intents::Understanding& understanding) {
  if (understanding.decision == intents::Decision::answer || !state.introduced) return;
  context.scope = intents::Context::Scope::guide;
  intents::Understanding answer = detector.understand(text, context);
  const bool is_answer = answer.intent == "yes" || answer.intent == "no" || answer.intent == "done";
  if (answer.decision == intents::Decision::answer && is_answer) understanding = std::move(answer);
}

// These follow what was said before; whether there is something to answer is only known in the transaction.
bool has_no_plan(const TurnJob& job) {
  return job.last().kind == InputKind::lifecycle || job.last().kind == InputKind::deletion;
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
      TurnJob job;
      const std::size_t used = gather(rows, job);
      Snapshot snapshot;
      prepare(job, snapshot, Lookups::all);
      const Plan plan = has_no_plan(job) ? Plan{} : make_plan(job, std::move(snapshot), parts_.config);
      Written written;
      Status done = base::done();
      for (int attempt = 0; attempt < kAttempts; ++attempt) {
        done = parts_.store.write([&](storage::Session& session) {
          TurnWriter writer(session, job, parts_.config, parts_.vault, parts_.courier != nullptr && parts_.courier->has_room());
          Status status = writer.write(plan);
          written = std::move(writer.written());
          return status;
        });
        if (done || done.error().code != Code::unavailable) break;
      }
      if (!done) {
        base::log(base::Level::error, "turn_failed", {{"inbox", job.parts.front().row.id}, {"detail", done.error().detail}});
        // Left pending: a restart takes it up again. This run goes on with others rather than spin on it.
        break;
      }
      tell(written, job, started);
      rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(used));
    }
    const std::lock_guard lock(mutex_);
    if (again_.erase(key) != 0) continue;
    running_.erase(key);
    return;
  }
}

// One message on its way from accept() over a worker to the database's writer and back.
struct Engine::AtOnce {
  TurnJob job;
  Plan plan;
  std::optional<Pace>* pace = nullptr;
  storage::AcceptResult result;
  Written written;
  bool has_to_be_queued = false;
  Status done = base::done();
  std::mutex mutex;
  std::condition_variable changed;
  bool finished = false;

  void finish() {
    const std::lock_guard lock(mutex);
    finished = true;
    changed.notify_one();
  }
};

void Engine::plan_at_once(AtOnce& work) {
  Snapshot snapshot;
  work.has_to_be_queued = !prepare(work.job, snapshot, Lookups::local);
  if (work.has_to_be_queued) return work.finish();
  work.plan = make_plan(work.job, std::move(snapshot), parts_.config);
  parts_.store.post([this, &work](storage::Session& session) { return write_at_once(work, session); },
                    [&work](const Status& status) {
                      work.done = status;
                      work.finish();
                    });
}

Status Engine::write_at_once(AtOnce& work, storage::Session& session) {
  work.written = {};
  const storage::InboxRow& row = work.job.parts.front().row;
  work.result = storage::accept(session, row, static_cast<std::int64_t>(config::kQueuedPerConversation));
  if (work.result.outcome != storage::Accepted::fresh) return base::done();
  if (work.result.waiting > 0) return Error{Code::conflict, "Others of this conversation come first.", "", ""};
  const Status paced = keep_pace(work.job.last(), *work.pace);
  if (!paced) return paced;
  if (*work.pace == Pace::tell && !work.job.too_fast) {
    work.job.too_fast = true;
    work.plan = make_plan(work.job, std::move(work.plan.basis), parts_.config);
  }
  const bool in_hand = parts_.courier != nullptr && parts_.courier->has_room();
  TurnWriter writer(session, work.job, parts_.config, parts_.vault, in_hand);
  Status status = writer.write(work.plan);
  work.written = std::move(writer.written());
  return status;
}

std::optional<base::Result<Accepted>> Engine::accept_and_decide(const InboundMessage& message, const storage::InboxRow& row,
                                                                std::optional<Pace>& pace) {
  const bool may = is_plain_text(message) || message.kind == InputKind::action || message.kind == InputKind::command ||
                   message.kind == InputKind::form;
  if (!may || !hold(row.conversation_key)) return std::nullopt;
  const auto started = std::chrono::steady_clock::now();
  AtOnce work;
  work.pace = &pace;
  work.job.accepted = false;
  work.job.parts.push_back({row, message});
  storage::InboxRow& decided_row = work.job.parts.front().row;
  decided_row.status = "done";
  decided_row.payload = "{}";  // what was said is in the messages
  decided_row.sealed_callback.clear();
  work.job.now = row.received_at;
  bool has_workers = false;
  {
    const std::lock_guard lock(mutex_);
    has_workers = !threads_.empty() && !stopping_;
    if (has_workers) at_once_.push_back(&work);
  }
  if (has_workers) {
    work_.notify_one();
  } else {
    plan_at_once(work);
  }
  {
    std::unique_lock lock(work.mutex);
    work.changed.wait(lock, [&] { return work.finished; });
  }
  const bool fresh = !work.has_to_be_queued && work.done && work.result.outcome == storage::Accepted::fresh;
  if (fresh) tell(work.written, work.job, started);
  let_go(row.conversation_key);
  if (work.has_to_be_queued) return std::nullopt;
  if (!work.done && pace == Pace::over) return {Accepted{Acceptance::limited, "", "too_fast"}};
  if (!work.done) return std::nullopt;  // stored by itself then, and tried again from there
  switch (work.result.outcome) {
    case storage::Accepted::fresh:
      return {Accepted{Acceptance::accepted, row.id, ""}};
    case storage::Accepted::full:
      return {Accepted{Acceptance::limited, "", "queue_full"}};
    case storage::Accepted::duplicate:
      return {Accepted{Acceptance::repeated, work.result.row.id, "duplicate"}};
    case storage::Accepted::upgraded:
      break;
  }
  schedule(work.result.row.conversation_key);
  return {Accepted{Acceptance::accepted, work.result.row.id, ""}};
}

// Queued texts of one person are one turn; an interaction is a turn of its own.
std::size_t Engine::gather(const std::vector<storage::InboxRow>& rows, TurnJob& job) {
  job.now = parts_.clock.now_ms();
  for (const storage::InboxRow& row : rows) {
    InboundMessage message = adapters::inbound_from_json(nlohmann::json::parse(row.payload, nullptr, false));
    if (!row.sealed_callback.empty() && row.callback_expires_at > job.now) {
      message.from.callback = parts_.vault.unseal(row.sealed_callback).value_or("");
      message.from.callback_expires_at = row.callback_expires_at;
    }
    message.mentioned = row.mentioned;
    const bool alone = !is_plain_text(message) || (!job.parts.empty() && !is_plain_text(job.last()));
    if (alone && !job.parts.empty()) break;
    job.parts.push_back({row, std::move(message)});
    if (alone) break;
  }
  const std::lock_guard lock(pace_mutex_);
  for (const TurnJob::Part& part : job.parts) job.too_fast = windows_.erase(part.row.id) != 0 || job.too_fast;
  return job.parts.size();
}

bool Engine::prepare(TurnJob& job, Snapshot& snapshot, Lookups lookups) {
  job.content = parts_.content.get();
  const InboundMessage& last = job.last();
  job.said.kind = last.kind;
  job.said.action = last.action;
  job.said.fields = last.fields;
  for (const TurnJob::Part& part : job.parts) job.said.text += (job.said.text.empty() ? "" : "\n") + part.message.text;
  if (has_no_plan(job)) return true;
  const Status read = parts_.store.read([&](storage::Session& session) {
    snapshot = read_snapshot(session, last, job.key());
    return base::done();
  });
  if (!read) base::log(base::Level::warning, "turn_read_failed", {{"detail", read.error().detail}});
  const State state =
      snapshot.conversation ? state_from_json(nlohmann::json::parse(snapshot.conversation->state, nullptr, false)) : State{};

  intents::Context context;
  context.now = job.now;
  context.scope = scope_of(state);
  const intents::Detector& detector = *job.content->detector;
  const std::string utterance = utterance_of(state, job.said, job.now);
  const bool is_form = last.kind == InputKind::form;
  if (is_form && !job.said.text.empty()) {
    job.understanding = detector.understand(job.said.text, context);
  } else if (!utterance.empty() && job.said.action.empty()) {
    job.understanding = detector.understand(job.said.text, context);
    understand_as_answer(detector, job.said.text, state, context, job.understanding);
    // What says nothing by itself may be the other half of what came before ("i want" / "my money back").
    if (job.understanding.decision != intents::Decision::answer && utterance != job.said.text) {
      intents::Context whole = context;
      whole.scope = intents::Context::Scope::conversation;
      intents::Understanding joined = detector.understand(utterance, whole);
      if (joined.decision == intents::Decision::answer) job.understanding = std::move(joined);
    }
  }
  // Facts are kept with the message that states them, so each text is read by itself; the turn is understood as one.
  const bool is_one = job.parts.size() == 1 && last.text == utterance && !is_form && job.said.action.empty();
  for (const TurnJob::Part& part : job.parts) {
    job.facts_of_parts.push_back(part.message.text.empty() ? std::vector<intents::Fact>{}
                                 : is_one                  ? job.understanding.facts
                                                           : detector.understand(part.message.text, context).facts);
  }

  const Needs needs = needs_of(state, job.said, job.understanding);
  if (!needs.account && !is_form) return true;
  if (snapshot.account_id.empty()) {
    job.account.access = AccountAccess::not_linked;
    if (!parts_.config.link_url.empty()) job.link_token = base::random_token(kLinkTokenBytes);
    return true;
  }
  if (lookups == Lookups::local && !parts_.accounts.is_local()) return false;
  look_up(job, snapshot.account_id, needs.fresh ? accounts::Freshness::fresh : accounts::Freshness::cached);
  return true;
}

void Engine::look_up(TurnJob& job, const std::string& account_id, accounts::Freshness freshness) {
  const accounts::Lookup lookup = parts_.accounts.look_up(account_id, freshness);
  switch (lookup.outcome) {
    case accounts::Outcome::found:
      job.account = {AccountAccess::found, lookup.facts};
      break;
    case accounts::Outcome::not_found:
      job.account.access = AccountAccess::not_found;
      break;
    case accounts::Outcome::unavailable:
      job.account.access = AccountAccess::unavailable;
      base::log(base::Level::warning, "accounts_unavailable", {{"detail", lookup.detail}});
      break;
  }
}

void Engine::tell(Written& written, const TurnJob& job, std::chrono::steady_clock::time_point started) {
  for (delivery::Parcel& parcel : written.parcels) parts_.courier->take(std::move(parcel));
  for (const std::string& id : written.changed_conversations) parts_.events.conversation_changed(id);
  for (const std::string& id : written.changed_tickets) parts_.events.ticket_changed(id);
  if (written.filled_outbox) parts_.events.outbox_filled();
  if (written.language_unknown) parts_.events.stranger_wrote(job.last().from);
  for (const auto& [inbox_id, outcome] : written.decided) publish(inbox_id, outcome);
  parts_.events.turn_taken(job.last().from.channel, job.understanding.intent,
                           std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
}

}  // namespace handrail::conversation
