#include "bot/storage/store.h"

#include <postgresql/soci-postgresql.h>
#include <sqlite3/soci-sqlite3.h>

#include <filesystem>
#include <utility>

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

// Owns the SOCI session, and the prepared statements in front of it.
struct Store::Connection {
  explicit Connection(Engine engine) : session(sql, engine) {}
  soci::session sql;
  Session session;
};

namespace {

constexpr std::string_view kSqlitePrefix = "sqlite://";

Error failed(const std::exception& error) {
  return {Code::internal, "The database refused the operation.", "", error.what()};
}

void connect(soci::session& sql, Session& session, Engine engine, const std::string& url) {
  if (engine == Engine::postgresql) {
    sql.open(soci::postgresql, url);
    return;
  }
  sql.open(soci::sqlite3, "db=" + url.substr(kSqlitePrefix.size()) + " timeout=" + std::to_string(kBusyTimeoutMs / 1000) +
                              " synchronous=FULL");
  session.script("PRAGMA journal_mode=WAL");
  session.script("PRAGMA synchronous=FULL");
  session.script("PRAGMA foreign_keys=ON");
  session.script("PRAGMA busy_timeout=" + std::to_string(kBusyTimeoutMs));
}

Status run_guarded(const Work& work, Session& session) {
  try {
    return work(session);
  } catch (const std::exception& error) {
    return failed(error);
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
  const bool sqlite = options.url.rfind(kSqlitePrefix, 0) == 0;
  const bool postgresql = options.url.rfind("postgresql://", 0) == 0 || options.url.rfind("postgres://", 0) == 0;
  if (!sqlite && !postgresql) {
    return Error{Code::invalid, "database_url must begin with sqlite:// or postgresql://", "database_url", ""};
  }
  engine_ = sqlite ? Engine::sqlite : Engine::postgresql;
  try {
    if (sqlite) {
      const std::filesystem::path parent = std::filesystem::path(options.url.substr(kSqlitePrefix.size())).parent_path();
      if (!parent.empty()) std::filesystem::create_directories(parent);
    }
    writer_ = std::make_unique<Connection>(engine_);
    connect(writer_->sql, writer_->session, engine_, options.url);
    Status migrated = migrate(writer_->session, &schema_version_);
    if (!migrated) return migrated;
    for (int i = 0; i < options.readers; ++i) {
      auto reader = std::make_unique<Connection>(engine_);
      connect(reader->sql, reader->session, engine_, options.url);
      free_readers_.push_back(reader.get());
      readers_.push_back(std::move(reader));
    }
  } catch (const std::exception& error) {
    return Error{Code::unavailable, "The database cannot be opened: check database_url and the data folder.",
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

Status Store::write(const Work& work) {
  Job job;
  job.work = &work;
  {
    const std::lock_guard lock(queue_mutex_);
    if (stopping_) return Error{Code::unavailable, "The server is stopping.", "", ""};
    queue_.push_back(&job);
  }
  queue_filled_.notify_one();
  job.finished.acquire();
  return std::move(job.result);
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
    // One snapshot for all statements of the work.
    connection->session.script("BEGIN");
    result = run_guarded(work, connection->session);
    connection->session.script("COMMIT");
  } catch (const std::exception& error) {
    result = failed(error);
    try {
      connection->session.script("ROLLBACK");
    } catch (const std::exception&) {
      // The connection was not in a transaction any more.
    }
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
    for (Job* job : group) job->finished.release();
    group.clear();
  }
}

void Store::commit_alone(Job& job) {
  Session& session = writer_->session;
  try {
    session.script(engine_ == Engine::sqlite ? "BEGIN IMMEDIATE" : "BEGIN");
  } catch (const std::exception& error) {
    job.result = Error{Code::unavailable, "The database is busy: try again.", "", error.what()};
    return;
  }
  job.result = run_guarded(*job.work, session);
  try {
    session.script(job.result.ok() ? "COMMIT" : "ROLLBACK");
  } catch (const std::exception& error) {
    job.result = failed(error);
    try {
      session.script("ROLLBACK");
    } catch (const std::exception&) {
      // SQLite has rolled back by itself.
    }
  }
}

void Store::commit_group(std::vector<Job*>& group) {
  Session& session = writer_->session;
  try {
    session.script(engine_ == Engine::sqlite ? "BEGIN IMMEDIATE" : "BEGIN");
    for (Job* job : group) {
      session.script("SAVEPOINT one_write");
      job->result = run_guarded(*job->work, session);
      if (!job->result) session.script("ROLLBACK TO SAVEPOINT one_write");
      session.script("RELEASE SAVEPOINT one_write");
    }
    session.script("COMMIT");
    return;
  } catch (const std::exception&) {
    try {
      session.script("ROLLBACK");
    } catch (const std::exception&) {
      // Nothing was open any more.
    }
  }
  // The group failed as a whole (a full disk, a lost connection, a deferred constraint): each gets its own chance.
  for (Job* job : group) commit_alone(*job);
}

}  // namespace handrail::storage
