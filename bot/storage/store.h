// The database: SQLite by default, PostgreSQL by address, one set of SQL for both.
//
// Writes go through one writer that groups whatever is waiting into one commit, a savepoint each: a
// failing one is rolled back alone, nobody waits for company, and `write` returns once the work is
// durable (SQLite: WAL, synchronous=FULL). Reads run beside it on connections of their own. Other
// processes may use the same database: every write transaction is BEGIN IMMEDIATE with a busy
// timeout. Thread safe.
//
// Errors: Code::unavailable when the database cannot be opened or is locked for too long,
// Code::internal for SQL errors (the text is in `detail`), and whatever Status the work itself
// returns.
//
// Work must not call write() of the same store (it would wait for itself), nor anything slow:
// everybody's writes wait for it.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bot/base/result.h"
#include "bot/storage/session.h"

namespace handrail::storage {

inline constexpr std::size_t kWritesPerCommit = 128;
inline constexpr std::chrono::milliseconds kBusyTimeout{10'000};

struct StoreOptions {
  std::string url;  // "sqlite:///path/to/file.db" or "postgresql://user@host/name"
  int readers = 4;
  std::chrono::milliseconds busy_timeout =
      kBusyTimeout;  // SQLite: how long to wait for another process that writes
};

// The work of one write. It may run twice (a failed group is retried one by one), so it must not
// keep results of a first run.
using Work = std::function<base::Status(Session&)>;

class Store {
 public:
  // Opens, creates and migrates. A schema newer than this program is refused.
  static base::Result<std::unique_ptr<Store>> open(const StoreOptions& options);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  base::Status write(const Work& work);
  // Writes with the next group without being waited for; `done` is then called on the writer's thread and must be quick.
  // In order with other writes; what is posted before the store is destroyed is still written.
  // When the store is stopping, `done` is told so at once.
  void post(Work work, std::function<void(const base::Status&)> done = nullptr);
  // Returns when everything posted before is written.
  void flush();
  base::Status read(const Work& work);
  Engine engine() const { return engine_; }
  int schema_version() const { return schema_version_; }

  // For metrics: writes that wait for the writer now, and what it has committed since the start.
  std::size_t writes_waiting() const;
  std::int64_t writes_done() const { return writes_done_.load(); }
  std::int64_t commits_done() const { return commits_done_.load(); }

 private:
  struct Connection;
  // Somebody waits for a written job on its own stack; a posted one belongs to the queue.
  struct Job {
    const Work* work = nullptr;
    base::Status result = base::done();
    bool finished = false;
    std::mutex mutex;
    std::condition_variable changed;
    Work posted;
    std::function<void(const base::Status&)> done;
  };

  Store();
  base::Status start(const StoreOptions& options);
  void run_writer();
  void commit_group(std::vector<Job*>& group);
  void commit_alone(Job& job);
  bool enqueue(Job* job);
  static void tell(Job* job);

  Engine engine_ = Engine::sqlite;
  int schema_version_ = 0;
  std::unique_ptr<Connection> writer_;
  std::vector<std::unique_ptr<Connection>> readers_;
  std::mutex readers_mutex_;
  std::condition_variable reader_free_;
  std::vector<Connection*> free_readers_;

  mutable std::mutex queue_mutex_;
  std::condition_variable queue_filled_;
  std::deque<Job*> queue_;
  bool stopping_ = false;
  std::atomic<std::int64_t> writes_done_{0};
  std::atomic<std::int64_t> commits_done_{0};
  std::thread thread_;
};

}  // namespace handrail::storage
