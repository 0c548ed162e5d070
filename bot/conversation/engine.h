// The life of a message (design section 2): accepted once and durably, then understood, looked up, decided and written in
// one transaction. Turns of one conversation run one after another, conversations side by side.
//
// A process killed at any point loses nothing that `accept` returned for: `start` takes up what was left undecided.
// Thread safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "adapters/message.h"
#include "bot/accounts/provider.h"
#include "bot/base/clock.h"
#include "bot/base/secret.h"
#include "bot/config/config.h"
#include "bot/conversation/content.h"
#include "bot/conversation/turn_job.h"
#include "bot/conversation/turn_writer.h"
#include "bot/storage/conversations.h"
#include "bot/storage/inbox.h"
#include "bot/storage/people.h"
#include "bot/storage/store.h"

namespace handrail::conversation {

// Who wants to know what happened: streams, delivery workers, metrics.
struct EngineEvents {
  virtual ~EngineEvents() = default;
  virtual void conversation_changed(const std::string& conversation_id) = 0;
  virtual void outbox_filled() = 0;
  virtual void ticket_changed(const std::string& ticket_id) = 0;
  // Somebody whose language the platform has not told: it can be asked, after the answer.
  virtual void stranger_wrote(const adapters::Address&) {}
  virtual void turn_taken(const std::string& channel, const std::string& intent, double seconds) = 0;
};

struct EngineParts {
  storage::Store& store;
  const base::Clock& clock;
  const base::Vault& vault;
  const config::Config& config;
  ContentHolder& content;
  accounts::AccountProvider& accounts;
  EngineEvents& events;
  delivery::Courier* courier = nullptr;  // takes sends past the outbox's queue; null: workers claim them
};

enum class Acceptance {
  accepted,   // durable; `inbox_id` can be waited for
  repeated,   // known: `replies` is what was answered, when it has been
  ignored,    // not for us (`because`)
  limited     // too many messages of this sender, or in this conversation
};
struct Accepted {
  Acceptance outcome = Acceptance::accepted;
  std::string inbox_id;
  std::string because;
};

class Engine {
 public:
  explicit Engine(EngineParts parts);
  ~Engine();
  // Takes up undecided messages and starts `threads` workers.
  base::Status start(int threads);
  void stop();

  // Durable when it returns. With `waits` the caller will call `wait_for`.
  enum class Waits { no, yes };
  base::Result<Accepted> accept(const adapters::InboundMessage& message, Waits waits);
  // The decision, or nothing when it takes longer: then the replies go out by themselves.
  std::optional<Decided> wait_for(const std::string& inbox_id, std::chrono::milliseconds patience);
  // What was answered to a message that was accepted before; nothing when it is not decided yet.
  base::Result<std::optional<Decided>> answered(const std::string& inbox_id);
  // Decides everything that is queued, on the caller's thread. For the terminal chat and for tests.
  void run_until_idle();

  // The key under which messages of one conversation are queued.
  static std::string conversation_key(const adapters::InboundMessage& message);

 private:
  struct AtOnce;  // decide.cc
  struct Waiter {
    bool ready = false;
    Decided decided;
  };
  struct SenderWindow {
    std::int64_t from = 0;
    int count = 0;
    bool told = false;
  };
  void run_worker();
  void schedule(const std::string& key);
  struct Task {
    AtOnce* at_once = nullptr;
    std::string key;
  };
  bool take_one(Task& task, bool wait);
  void run(const Task& task);
  void decide(const std::string& key);
  bool is_addressed(const adapters::InboundMessage& message);
  enum class Pace { fine, tell, over };
  Pace pace_of(const adapters::InboundMessage& message);
  void publish(const std::string& inbox_id, const Decided& decided);

  bool hold(const std::string& key);
  void let_go(const std::string& key);
  // Accepts and decides in one transaction, where nothing outside has to be asked and nothing of the conversation is queued.
  // Nothing: it has to be queued. The caller waits; a worker plans, so that the same few threads touch words and weights.
  std::optional<base::Result<Accepted>> accept_and_decide(const adapters::InboundMessage& message, const storage::InboxRow& row,
                                                          std::optional<Pace>& pace);
  void plan_at_once(AtOnce& work);
  base::Status write_at_once(AtOnce& work, storage::Session& session);
  // Counts a new message towards its sender's pace, once: a transaction's work may run twice.
  base::Status keep_pace(const adapters::InboundMessage& message, std::optional<Pace>& pace);

  // decide.cc
  std::size_t gather(const std::vector<storage::InboxRow>& rows, TurnJob& job);
  enum class Lookups { all, local };
  // Understands and looks up. False: somebody outside would have to be asked.
  bool prepare(TurnJob& job, Snapshot& snapshot, Lookups lookups);
  void look_up(TurnJob& job, const std::string& account_id, accounts::Freshness freshness);
  void tell(Written& written, const TurnJob& job, std::chrono::steady_clock::time_point started);

  EngineParts parts_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<AtOnce*> at_once_;           // somebody waits for each
  std::deque<std::string> queue_;         // conversation keys with something to decide
  std::set<std::string> queued_;          // keys in queue_
  std::set<std::string> running_;         // keys being decided
  std::set<std::string> again_;           // keys that got more while running
  std::size_t deciding_at_once_ = 0;      // by threads that accepted
  bool stopping_ = false;

  std::mutex waiters_mutex_;
  std::condition_variable decided_;
  std::map<std::string, Waiter> waiters_;

  std::mutex pace_mutex_;
  std::map<std::string, SenderWindow> windows_;
};

}  // namespace handrail::conversation
