#include "bot/storage/store.h"

#include <postgresql/soci-postgresql.h>
#include <sqlite3/soci-sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "bot/base/secret.h"
#include "bot/storage/migrations.h"

namespace handrail::storage {

using base::Code;
using base::Error;
using base::Status;

void Session::script(const std::string& text) {
  try {
    sql_ << text;
  } catch (const soci::soci_error& error) {
    throw StorageError(std::string(error.what()));
  }
}

std::vector<std::string> Session::prepared() const {
  std::vector<std::string> texts;
  for (const auto& [query, statement] : statements_) texts.emplace_back(query);
  return texts;
}

namespace {

constexpr std::string_view kSqlitePrefix = "sqlite://";
// What another process did at the same moment (a unique key taken, a deadlock broken) is seen by
// the next attempt.
constexpr int kAttemptsAlone = 3;
constexpr std::chrono::milliseconds kLockedPause{5};
constexpr int kCacheKib = 8 * 1024;  // of each connection, as far as it is used
// 16 MB of journal: each group of commits writes the same few index pages, which one checkpoint moves once. Under steady reading
// the journal is seldom begun anew, and SQLite's own 1,000 pages then mean a checkpoint after every commit.
constexpr int kPagesBeforeCheckpoint = 4000;

Error failed(const std::exception& error) {
  return {Code::internal, "The database refused the operation.", "", error.what()};
}
Error busy(const std::exception& error) {
  return {Code::unavailable, "The database is busy or does not answer: try again.", "",
          error.what()};
}

Error stopping() { return {Code::unavailable, "The server is stopping.", "", ""}; }

std::string sqlite_path(const std::string& url) { return url.substr(kSqlitePrefix.size()); }

}  // namespace

// Owns the SOCI session, and the prepared statements in front of it.
struct Store::Connection {
  enum class Use { write, read };

  Connection(Engine which, const StoreOptions& options, Use purpose)
      : session(sql, which),
        engine(which),
        url(options.url),
        use(purpose),
        busy_timeout(options.busy_timeout) {
    open();
  }

  void open() {
    if (engine == Engine::postgresql) {
      sql.open(soci::postgresql, url);
      session.script("SET client_min_messages = 'error'");  // libpq prints notices to standard
                                                            // error, past our log
      return;
    }
    sql.open(soci::sqlite3, "db=\"" + sqlite_path(url) + "\"");
    session.script("PRAGMA busy_timeout=" + std::to_string(busy_timeout.count()));
    become_wal();
    session.script("PRAGMA synchronous=FULL");
    session.script("PRAGMA foreign_keys=ON");
    // A group of writes stays in memory until it is committed; the journals of its savepoints too.
    session.script("PRAGMA temp_store=MEMORY");
    session.script("PRAGMA cache_size=-" + std::to_string(kCacheKib));
    session.script("PRAGMA wal_autocheckpoint=" + std::to_string(kPagesBeforeCheckpoint));
    if (use == Use::read) session.script("PRAGMA query_only=ON");
  }

  // SQLite answers "locked" at once, without its busy timeout, when another process makes the same change to a new database.
  void become_wal() {
    const auto until = std::chrono::steady_clock::now() + busy_timeout;
    for (;;) {
      try {
        return session.script("PRAGMA journal_mode=WAL");
      } catch (const StorageError&) {
        if (std::chrono::steady_clock::now() >= until) throw;
        std::this_thread::sleep_for(kLockedPause);
      }
    }
  }

  // Begins a transaction. A PostgreSQL server that was restarted is connected to anew, once.
  void begin() {
    const char* how = "BEGIN";
    if (engine == Engine::sqlite && use == Use::write) how = "BEGIN IMMEDIATE";
    if (engine == Engine::postgresql && use == Use::read)
      how = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    try {
      control(how);
    } catch (const StorageError&) {
      if (engine == Engine::sqlite) throw;
      session.forget_prepared();
      sql.close();
      try {
        open();
      } catch (const soci::soci_error& error) {
        throw StorageError(std::string(error.what()));
      }
      control(how);
    }
  }

  // Transaction control: SQLite parses it once and reuses it; PostgreSQL's must work in a
  // transaction that has failed.
  void control(const char* text) {
    if (engine == Engine::sqlite) {
      session.execute(text);
    } else {
      session.script(text);
    }
  }

  void roll_back() {
    try {
      control("ROLLBACK");
    } catch (const std::exception&) {
      // Nothing was open any more: SQLite rolls back by itself, a lost connection took its
      // transaction along.
    }
  }

  soci::session sql;
  Session session;
  Engine engine;
  std::string url;
  Use use;
  std::chrono::milliseconds busy_timeout;
};

namespace {

struct Ran {
  Status status = base::done();
  bool threw = false;  // SQL failed, as against a refusal by the work itself
};

Ran run_guarded(const Work& work, Session& session) {
  try {
    return {work(session), false};
  } catch (const std::exception& error) {
    return {failed(error), true};
  }
}

}  // namespace

Store::Store() = default;

base::Result<std::unique_ptr<Store>> Store::open(const StoreOptions& options) {
  std::unique_ptr<Store> store(new Store());
  Status started = store->start(options);
  if (!started) return started.error();
  return store;
}

Status Store::start(const StoreOptions& options) {
  const bool sqlite =
      options.url.rfind(kSqlitePrefix, 0) == 0 && options.url.size() > kSqlitePrefix.size();
  const bool postgresql =
      options.url.rfind("postgresql://", 0) == 0 || options.url.rfind("postgres://", 0) == 0;
  if (!sqlite && !postgresql) {
    return Error{Code::invalid, "database_url must begin with sqlite:// or postgresql://",
                 "database_url", ""};
  }
  if (options.url.find('"') != std::string::npos) {
    return Error{Code::invalid, "database_url must not contain a quotation mark.", "database_url",
                 ""};
  }
  if (!base::start_crypto()) return Error{Code::internal, "libsodium cannot start.", "", ""};
  engine_ = sqlite ? Engine::sqlite : Engine::postgresql;
  try {
    if (sqlite) {
      const std::filesystem::path parent =
          std::filesystem::path(sqlite_path(options.url)).parent_path();
      // What people wrote is in there: a folder that we make is for nobody else.
      if (!parent.empty() && std::filesystem::create_directories(parent)) {
        std::filesystem::permissions(parent, std::filesystem::perms::owner_all);
      }
    }
    writer_ = std::make_unique<Connection>(engine_, options, Connection::Use::write);
    Status migrated = migrate(writer_->session, migrations(), &schema_version_);
    if (!migrated) return migrated;
    for (int i = 0; i < std::max(options.readers, 1); ++i) {
      readers_.push_back(std::make_unique<Connection>(engine_, options, Connection::Use::read));
      free_readers_.push_back(readers_.back().get());
    }
  } catch (const std::exception& error) {
    return Error{Code::unavailable,
                 "The database cannot be opened: check database_url and the data folder.",
                 "database_url", error.what()};
  }
  thread_ = std::thread([this] { run_writer(); });
  return base::done();
}

Store::~Store() {
  {
    const std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  queue_filled_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Store::enqueue(Job* job) {
  {
    const std::lock_guard lock(queue_mutex_);
    if (stopping_) return false;
    queue_.push_back(job);
  }
  queue_filled_.notify_one();
  return true;
}

Status Store::write(const Work& work) {
  Job job;
  job.work = &work;
  if (!enqueue(&job)) return stopping();
  std::unique_lock lock(job.mutex);
  job.changed.wait(lock, [&] { return job.finished; });
  return std::move(job.result);
}

void Store::post(Work work, std::function<void(const Status&)> done) {
  auto job = std::make_unique<Job>();
  job->posted = std::move(work);
  job->work = &job->posted;
  job->done = std::move(done);
  if (enqueue(job.get())) {
    job.release();
  } else if (job->done) {
    job->done(stopping());
  }
}

void Store::flush() {
  (void)write([](Session&) { return base::done(); });
}

// Afterwards the job is gone: whoever waited for it has gone on.
void Store::tell(Job* job) {
  if (job->work == &job->posted) {
    const std::unique_ptr<Job> owned(job);
    if (owned->done) owned->done(owned->result);
    return;
  }
  const std::lock_guard lock(job->mutex);
  job->finished = true;
  job->changed.notify_one();
}

std::size_t Store::writes_waiting() const {
  const std::lock_guard lock(queue_mutex_);
  return queue_.size();
}

Status Store::read(const Work& work) {
  Connection* connection = nullptr;
  {
    std::unique_lock lock(readers_mutex_);
    reader_free_.wait(lock, [this] { return !free_readers_.empty(); });
    connection = free_readers_.back();
    free_readers_.pop_back();
  }
  Status result = base::done();
  try {
    connection->begin();
    result = run_guarded(work, connection->session).status;
    // Nothing was changed: rolling back is as good as committing, and works after a failed
    // statement as well.
    connection->roll_back();
  } catch (const std::exception& error) {
    result = busy(error);
  }
  {
    const std::lock_guard lock(readers_mutex_);
    free_readers_.push_back(connection);
  }
  reader_free_.notify_one();
  return result;
}

void Store::run_writer() {
  std::vector<Job*> group;
  for (;;) {
    {
      std::unique_lock lock(queue_mutex_);
      queue_filled_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      while (!queue_.empty() && group.size() < kWritesPerCommit) {
        group.push_back(queue_.front());
        queue_.pop_front();
      }
    }
    if (group.size() == 1) {
      commit_alone(*group.front());
    } else {
      commit_group(group);
    }
    writes_done_.fetch_add(static_cast<std::int64_t>(group.size()));
    for (Job* job : group) tell(job);
    group.clear();
  }
}

void Store::commit_alone(Job& job) {
  for (int attempt = 1; attempt <= kAttemptsAlone; ++attempt) {
    try {
      writer_->begin();
    } catch (const std::exception& error) {
      job.result = busy(error);
      return;
    }
    Ran ran = run_guarded(*job.work, writer_->session);
    job.result = std::move(ran.status);
    if (job.result.ok()) {
      try {
        writer_->control("COMMIT");
        commits_done_.fetch_add(1);
        return;
      } catch (const std::exception& error) {
        job.result = failed(error);
        ran.threw = true;
      }
    }
    writer_->roll_back();
    // Alone on SQLite the same work fails the same way; on PostgreSQL another process may have been
    // in between.
    if (!ran.threw || engine_ == Engine::sqlite) return;
  }
}

void Store::commit_group(std::vector<Job*>& group) {
  std::vector<Job*> again;  // SQL failed: each gets its own transaction afterwards
  try {
    writer_->begin();
  } catch (const std::exception& error) {
    for (Job* job : group) job->result = busy(error);
    return;
  }
  try {
    for (Job* job : group) {
      writer_->control("SAVEPOINT one_write");
      Ran ran = run_guarded(*job->work, writer_->session);
      job->result = std::move(ran.status);
      if (!job->result) writer_->control("ROLLBACK TO SAVEPOINT one_write");
      writer_->control("RELEASE SAVEPOINT one_write");
      if (ran.threw) again.push_back(job);
    }
    writer_->control("COMMIT");
    commits_done_.fetch_add(1);
  } catch (const std::exception&) {
    // The group failed as a whole (a full disk, a lost connection, a constraint checked at the
    // end).
    writer_->roll_back();
    again = group;
  }
  for (Job* job : again) commit_alone(*job);
}

}  // namespace handrail::storage
