// What was reported durable survives kill -9: a child process writes and says so after each write;
// it is killed in the middle of its work, and everything it had said must be in the database.
// Several writers at once, so that groups are cut too.
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bot/base/id.h"
#include "bot/storage/inbox.h"
#include "bot/storage/store.h"
#include "tests/storage/contract.h"

namespace handrail::storage {
namespace {

constexpr int kWriters = 8;
constexpr std::size_t kSaidBeforeTheKill = 300;

// Writes until it is killed. Each durable write is said on `output` by one line, the event's key.
[[noreturn]] void write_until_killed(const std::string& url, int round, int output) {
  auto store = Store::open({url, 1});
  if (!store) _exit(1);
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0;; ++i) {
        InboxRow row;
        row.id = base::new_id(kNow);
        row.event_key = std::to_string(round) + "-" + std::to_string(w) + "-" + std::to_string(i);
        row.conversation_key = "c" + std::to_string(w);
        row.payload = std::string(500, 'x');
        const base::Status status = (*store)->write([&](Session& session) {
          accept(session, row, 1'000'000);
          mark_done(session, row.id, row.event_key, kNow);
          return base::done();
        });
        const std::string line = row.event_key + "\n";
        if (!status || write(output, line.data(), line.size()) < 0) _exit(2);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  _exit(3);
}

TEST(Crash, LosesNothingThatWasReportedDurable) {
  std::string folder = (std::filesystem::temp_directory_path() / "handrail-crash-XXXXXX").string();
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string url = "sqlite://" + folder + "/handrail.db";
  std::set<std::string> said;
  for (int round = 0; round < 3; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      write_until_killed(url, round, ends[1]);
    }
    close(ends[1]);
    std::string line;
    std::size_t lines = 0;
    char c = 0;
    while (read(ends[0], &c, 1) == 1) {
      if (c != '\n') {
        line += c;
        continue;
      }
      said.insert(line);
      line.clear();
      if (++lines == kSaidBeforeTheKill)
        kill(child, SIGKILL);  // reading goes on: the pipe may hold more that was said
    }
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself with " << WEXITSTATUS(status);
    EXPECT_GE(lines, kSaidBeforeTheKill);
  }
  auto store = Store::open({url, 1});
  ASSERT_TRUE(store.ok()) << store.error().detail;
  ASSERT_TRUE((*store)
                  ->read([&](Session& session) {
                    std::set<std::string> kept;
                    for (const auto& [key, status, answer] :
                         session.select<std::string, std::string, std::string>(
                             "/* test */ SELECT event_key, status, answer FROM inbox")) {
                      kept.insert(key);
                      EXPECT_EQ(status, "done") << "half of a write was kept";
                      EXPECT_EQ(answer, key);
                    }
                    for (const std::string& key : said)
                      EXPECT_TRUE(kept.count(key) == 1) << key << " was lost";
                    for (const auto& [verdict] :
                         session.select<std::string>("PRAGMA integrity_check"))
                      EXPECT_EQ(verdict, "ok");
                    return base::done();
                  })
                  .ok());
  store->reset();
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace handrail::storage
