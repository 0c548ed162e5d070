// The store itself: groups, failures, other processes, restarts. Threads meet by watching the
// store's own counters, not the clock.
#include "bot/storage/store.h"

#include <gmock/gmock.h>
#include <postgresql/soci-postgresql.h>
#include <sqlite3/soci-sqlite3.h>

#include <filesystem>
#include <latch>
#include <thread>

#include "bot/storage/accounts_table.h"
#include "bot/storage/migrations.h"
#include "bot/storage/settings.h"
#include "tests/storage/contract.h"
#include "tests/storage/postgres_cluster.h"

namespace handrail::storage {
namespace {

using base::Code;

class StoreContract : public Contract {
 protected:
  void put(const std::string& name) {
    write([&](Session& session) { put_account(session, name, "{}", kNow); });
  }
  bool has(const std::string& name) {
    return read([&](Session& session) { return get_account(session, name).has_value(); });
  }

  // Runs all `works` as one group: the writer is held until all of them wait.
  std::vector<base::Status> write_together(const std::vector<Work>& works) {
    std::latch holding(1);
    std::latch let_go(1);
    std::thread holder([&] {
      EXPECT_TRUE(store()
                      .write([&](Session&) {
                        holding.count_down();
                        let_go.wait();
                        return base::done();
                      })
                      .ok());
    });
    holding.wait();
    commits_before_ = store().commits_done();
    std::vector<base::Status> results(works.size(), base::done());
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < works.size(); ++i) {
      threads.emplace_back([&, i] { results[i] = store().write(works[i]); });
      while (store().writes_waiting() <= i) std::this_thread::yield();
    }
    let_go.count_down();
    holder.join();
    for (std::thread& thread : threads) thread.join();
    return results;
  }

  std::int64_t commits_before_ = 0;
};
HANDRAIL_ON_ALL_DATABASES(StoreContract);

TEST_P(StoreContract, KeepsWhatWasWrittenAcrossARestart) {
  put("ana");
  close_store();
  const auto again = another_store();
  bool found = false;
  ASSERT_TRUE(again
                  ->read([&](Session& session) {
                    found = get_account(session, "ana").has_value();
                    return base::done();
                  })
                  .ok());
  EXPECT_TRUE(found);
}

TEST_P(StoreContract, CommitsWhatWaitsTogetherAsOneGroup) {
  std::vector<Work> works;
  for (int i = 0; i < 8; ++i) {
    works.push_back([i](Session& session) {
      put_account(session, "a" + std::to_string(i), "{}", kNow);
      return base::done();
    });
  }
  for (const base::Status& result : write_together(works)) EXPECT_TRUE(result.ok());
  EXPECT_EQ(store().commits_done() - commits_before_,
            2);  // the one that held the writer, and all others in one
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(has("a" + std::to_string(i)));
}

TEST_P(StoreContract, AFailingSavepointDoesNotHarmItsNeighbours) {
  const Work good = [](Session& session) {
    put_account(session, "good", "{}", kNow);
    return base::done();
  };
  const Work refused = [](Session& session) {
    put_account(session, "refused", "{}", kNow);
    return base::Status(base::Error{Code::conflict, "not now", "", ""});
  };
  const Work broken = [](Session& session) {
    put_account(session, "broken", "{}", kNow);
    session.execute("INSERT INTO tickets (id) VALUES (:id)",
                    std::string("x"));  // NOT NULL columns are missing
    return base::done();
  };
  const Work also_good = [](Session& session) {
    put_account(session, "also good", "{}", kNow);
    return base::done();
  };
  const auto results = write_together({good, refused, broken, also_good});
  EXPECT_TRUE(results[0].ok());
  EXPECT_EQ(results[1].error().code, Code::conflict);
  EXPECT_EQ(results[2].error().code, Code::internal);
  EXPECT_NE(results[2].error().detail, "");
  EXPECT_TRUE(results[3].ok());
  EXPECT_TRUE(has("good"));
  EXPECT_FALSE(has("refused"));
  EXPECT_FALSE(has("broken"));
  EXPECT_TRUE(has("also good"));
}

TEST_P(StoreContract, WhatFailsInAGroupIsTriedAgainAlone) {
  int runs = 0;
  const Work fails_once = [&](Session& session) {
    if (++runs == 1) throw StorageError("as if another process had been quicker");
    put_account(session, "second try", "{}", kNow);
    return base::done();
  };
  const Work other = [](Session&) { return base::done(); };
  const auto results = write_together({other, fails_once});
  EXPECT_TRUE(results[1].ok());
  EXPECT_EQ(runs, 2);
  EXPECT_TRUE(has("second try"));
}

TEST_P(StoreContract, ARefusedWriteLeavesNothing) {
  const base::Status refused = store().write([](Session& session) {
    put_account(session, "ana", "{}", kNow);
    return base::Status(base::Error{Code::invalid, "no", "field", ""});
  });
  EXPECT_EQ(refused.error().field, "field");
  EXPECT_FALSE(has("ana"));
}

TEST_P(StoreContract, ABrokenStatementDoesNotSpoilTheConnection) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(store()
                  .write([](Session& session) {
                    session.execute("INSERT INTO no_such_table VALUES (1)");
                    return base::done();
                  })
                  .error()
                  .code,
              Code::internal);
    EXPECT_EQ(store()
                  .read([](Session& session) {
                    session.select<std::string>("SELECT name FROM no_such_table");
                    return base::done();
                  })
                  .error()
                  .code,
              Code::internal);
  }
  put("ana");
  EXPECT_TRUE(has("ana"));
}

TEST_P(StoreContract, AReaderCannotWrite) {
  EXPECT_FALSE(store()
                   .read([](Session& session) {
                     put_account(session, "ana", "{}", kNow);
                     return base::done();
                   })
                   .ok());
  EXPECT_FALSE(has("ana"));
}

TEST_P(StoreContract, AReadSeesOneMoment) {
  put("before");
  ASSERT_TRUE(store()
                  .read([&](Session& session) {
                    EXPECT_TRUE(get_account(session, "before").has_value());
                    put("meanwhile");
                    EXPECT_FALSE(get_account(session, "meanwhile").has_value());
                    return base::done();
                  })
                  .ok());
  EXPECT_TRUE(has("meanwhile"));
}

TEST_P(StoreContract, TextComesBackAsItWentIn) {
  const std::string text = "سلام \xF0\x9F\x98\x80 ' \" ; -- \\ :name $1 %s\n\t";
  write([&](Session& session) { put_account(session, "text", text, kNow); });
  EXPECT_EQ(read([](Session& session) { return get_account(session, "text"); }), text);
  const std::string long_text(1024 * 1024, 'x');
  write([&](Session& session) { put_account(session, "long", long_text, kNow); });
  EXPECT_EQ(read([](Session& session) { return get_account(session, "long"); }), long_text);
  write([&](Session& session) { put_account(session, "nul", std::string("a\0b", 3), kNow); });
  EXPECT_EQ(read([](Session& session) { return get_account(session, "nul"); }), "a\uFFFDb");
}

TEST_P(StoreContract, TimesKeepTheirMilliseconds) {
  write([](Session& session) { put_account(session, "time", "{}", 253'402'300'799'999); });
  const auto rows = read([](Session& session) {
    return session.select<std::int64_t>("SELECT updated_at FROM accounts WHERE id = 'time'");
  });
  EXPECT_EQ(std::get<0>(rows.at(0)), 253'402'300'799'999);
}

TEST_P(StoreContract, ManyThreadsLoseNothing) {
  constexpr int kThreads = 16;
  constexpr int kEach = 25;
  write([](Session& session) { get_or_set_setting(session, "counter", "0"); });
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        const base::Status status = store().write([](Session& session) {
          const int value = std::stoi(get_setting(session, "counter").value());
          session.execute("UPDATE settings SET value = :value WHERE name = 'counter'",
                          std::to_string(value + 1));
          return base::done();
        });
        if (!status) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(read([](Session& session) { return get_setting(session, "counter"); }),
            std::to_string(kThreads * kEach));
  EXPECT_EQ(store().writes_done(), kThreads * kEach + 1);
}

TEST_P(StoreContract, TwoProcessesWriteToOneDatabase) {
  const auto other = another_store();
  std::vector<std::thread> threads;
  std::atomic<int> failed = 0;
  std::vector<std::string> agreed(2);
  for (int p = 0; p < 2; ++p) {
    threads.emplace_back([&, p] {
      Store& mine = p == 0 ? store() : *other;
      for (int i = 0; i < 50; ++i) {
        const base::Status status = mine.write([&](Session& session) {
          put_account(session, std::to_string(p) + "-" + std::to_string(i), "{}", kNow);
          agreed[p] = get_or_set_setting(session, "key", std::to_string(p));
          return base::done();
        });
        if (!status) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(agreed[0], agreed[1]);
  EXPECT_EQ(read([](Session& session) { return list_account_ids(session, "", 1000).size(); }),
            100U);
}

TEST_P(StoreContract, TwoProcessesMayOpenANewDatabaseAtOnce) {
  close_store();
  if (GetParam() == Engine::sqlite) {
    std::filesystem::remove_all(std::filesystem::path(url_.substr(9)).parent_path());
  } else {
    url_ = PostgresCluster::instance().create_database();
  }
  std::vector<std::thread> threads;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      if (another_store() != nullptr) ++opened;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, 4);
}

TEST_P(StoreContract, RefusesADatabaseOfANewerProgram) {
  write([](Session& session) {
    session.execute(
        "INSERT INTO schema_migrations (number, name, hash) VALUES (9999, 'future', 'x')");
  });
  close_store();
  const auto opened = Store::open({url_, 1});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::conflict);
  EXPECT_THAT(opened.error().message, testing::HasSubstr("9999"));
}

TEST_P(StoreContract, RefusesADatabaseWithAnotherHistory) {
  write([](Session& session) {
    session.execute("UPDATE schema_migrations SET hash = 'other' WHERE number = 1");
  });
  close_store();
  const auto opened = Store::open({url_, 1});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::conflict);
}

TEST_P(StoreContract, AFailingMigrationChangesNothing) {
  close_store();
  soci::session sql;
  if (GetParam() == Engine::sqlite) {
    sql.open(soci::sqlite3, "db=\"" + url_.substr(9) + "\"");
  } else {
    sql.open(soci::postgresql, url_);
    sql << "SET client_min_messages = 'error'";
  }
  Session session(sql, GetParam());
  std::vector<Migration> known = migrations();
  const int next = known.back().number + 1;
  known.push_back(
      {next, "half_good", "", "CREATE TABLE half (id TEXT);\nCREATE TABLE half (id TEXT);\n"});
  int version = 0;
  EXPECT_EQ(migrate(session, known, &version).error().code, Code::internal);
  EXPECT_THROW(session.select<std::string>("SELECT id FROM half"), StorageError);

  known.back() = {next, "good", "",
                  "-- a comment; with a semicolon\nCREATE TABLE half (id TEXT);\n"};
  known.push_back({next + 1, "here", GetParam() == Engine::sqlite ? "sqlite" : "postgresql",
                   "CREATE TABLE here (id TEXT);"});
  known.push_back({next + 1, "there", GetParam() == Engine::sqlite ? "postgresql" : "sqlite",
                   "CREATE TABLE there (id TEXT);"});
  for (int again = 0; again < 2; ++again) {
    ASSERT_TRUE(migrate(session, known, &version).ok());
    EXPECT_EQ(version, next + 1);
  }
  EXPECT_TRUE(session.select<std::string>("SELECT id FROM half").empty());
  EXPECT_TRUE(session.select<std::string>("SELECT id FROM here").empty());
  EXPECT_THROW(session.select<std::string>("SELECT id FROM there"), StorageError);
}

TEST(DataFolder, ThatWeMakeIsForItsOwnerOnly) {
  std::string folder = (std::filesystem::temp_directory_path() / "handrail-data-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  ASSERT_TRUE(Store::open({"sqlite://" + folder + "/made/by/us/handrail.db", 1}).ok());
  EXPECT_EQ(std::filesystem::status(folder + "/made/by/us").permissions(),
            std::filesystem::perms::owner_all);
  std::filesystem::remove_all(folder);
}

TEST(SqliteLock, HeldByAnotherProcessIsUnavailableUntilItEnds) {
  std::string folder = (std::filesystem::temp_directory_path() / "handrail-lock-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  auto store =
      Store::open({"sqlite://" + folder + "/handrail.db", 1, std::chrono::milliseconds(0)});
  ASSERT_TRUE(store.ok());
  int runs = 0;
  const Work work = [&](Session&) {
    ++runs;
    return base::done();
  };
  {
    soci::session other(soci::sqlite3, "db=" + folder + "/handrail.db");
    other << "BEGIN IMMEDIATE";
    EXPECT_EQ((*store)->write(work).error().code, Code::unavailable);
    EXPECT_TRUE((*store)->read(work).ok());
    EXPECT_EQ(runs, 1);
    other << "COMMIT";
  }
  EXPECT_TRUE((*store)->write(work).ok());
  store->reset();
  std::filesystem::remove_all(folder);
}

TEST(PostgresRestart, IsSurvivedByAnOpenStore) {
  PostgresCluster& cluster = PostgresCluster::instance();
  if (!cluster.problem().empty()) GTEST_SKIP() << cluster.problem();
  auto store = Store::open({cluster.create_database(), 1});
  ASSERT_TRUE(store.ok());
  const Work put = [](Session& session) {
    put_account(session, "ana", "{}", kNow);
    return base::done();
  };
  ASSERT_TRUE((*store)->write(put).ok());
  cluster.restart();
  EXPECT_TRUE((*store)->write(put).ok());
  cluster.restart();
  EXPECT_TRUE((*store)
                  ->read([](Session& session) {
                    EXPECT_TRUE(get_account(session, "ana").has_value());
                    return base::done();
                  })
                  .ok());
}

TEST(StoreOpen, NamesWhatIsWrong) {
  const auto wrong = Store::open({"mysql://x", 1});
  EXPECT_EQ(wrong.error().field, "database_url");
  EXPECT_EQ(wrong.error().code, Code::invalid);
  EXPECT_EQ(Store::open({"sqlite:///tmp/a\"b.db", 1}).error().code, Code::invalid);
  EXPECT_EQ(Store::open({"sqlite:///proc/none/handrail.db", 1}).error().code, Code::unavailable);
  EXPECT_EQ(Store::open({"postgresql://nobody@127.0.0.1:1/none?connect_timeout=1", 1}).error().code,
            Code::unavailable);
}

}  // namespace
}  // namespace handrail::storage
