// The storage contract: written once, run on SQLite (a file in a temporary folder) and on
// PostgreSQL. Without PostgreSQL its half is skipped, saying why; with CI=true that is a failure.
// After each test on SQLite the plan of every query that it used is looked at: none may walk
// through a whole table.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "bot/base/id.h"
#include "bot/storage/store.h"

namespace handrail::storage {

inline constexpr std::int64_t kNow = 1'773'446'400'000;  // 2026-03-14T00:00:00Z
inline constexpr std::int64_t kMinute = 60'000;

class Contract : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override;
  void TearDown() override;

  Store& store() { return *store_; }
  // A second store on the same database: another process, as far as the database can tell.
  std::unique_ptr<Store> another_store();
  void close_store() { store_.reset(); }

  // Runs `work` in a write, which must succeed, and returns what it returns.
  template <typename Work>
  auto write(Work work) {
    return run([this](const storage::Work& inner) { return store_->write(inner); }, work);
  }
  template <typename Work>
  auto read(Work work) {
    return run([this](const storage::Work& inner) { return store_->read(inner); }, work);
  }

  std::string url_;

 private:
  template <typename Runner, typename Work>
  static auto run(Runner runner, Work work) {
    using Value = decltype(work(std::declval<Session&>()));
    if constexpr (std::is_void_v<Value>) {
      const base::Status status = runner([&](Session& session) {
        work(session);
        return base::done();
      });
      EXPECT_TRUE(status.ok()) << (status.ok()
                                       ? ""
                                       : status.error().message + " " + status.error().detail);
    } else {
      Value value{};
      const base::Status status = runner([&](Session& session) {
        value = work(session);
        return base::done();
      });
      EXPECT_TRUE(status.ok()) << (status.ok()
                                       ? ""
                                       : status.error().message + " " + status.error().detail);
      return value;
    }
  }
  void expect_no_table_scans();

  std::string folder_;
  std::unique_ptr<Store> store_;
};

// A person with a conversation, as most tests need one.
struct Someone {
  std::string person_id;
  std::string conversation_id;
  std::string conversation_key;
};
Someone make_someone(Session& session, const std::string& user,
                     const std::string& channel = "slack");

#define HANDRAIL_ON_ALL_DATABASES(suite)                                     \
  INSTANTIATE_TEST_SUITE_P(                                                  \
      Databases, suite, testing::Values(Engine::sqlite, Engine::postgresql), \
      [](const auto& which) { return which.param == Engine::sqlite ? "sqlite" : "postgresql"; })

}  // namespace handrail::storage
