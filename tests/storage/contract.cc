#include "tests/storage/contract.h"

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <iostream>
#include <regex>

#include "bot/storage/conversations.h"
#include "bot/storage/people.h"
#include "tests/storage/postgres_cluster.h"

namespace handrail::storage {

void Contract::SetUp() {
  if (GetParam() == Engine::postgresql) {
    PostgresCluster& cluster = PostgresCluster::instance();
    if (!cluster.problem().empty()) {
      const char* ci = std::getenv("CI");
      if (ci != nullptr && std::string(ci) == "true")
        FAIL() << "CI does not skip: " << cluster.problem();
      std::cout << "SKIPPED on PostgreSQL: " << cluster.problem() << "\n";
      GTEST_SKIP() << cluster.problem();
    }
    url_ = cluster.create_database();
  } else {
    std::string folder =
        (std::filesystem::temp_directory_path() / "handrail storage XXXXXX").string();
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    folder_ = folder;
    url_ = "sqlite://" + folder_ + "/data/handrail.db";
  }
  store_ = another_store();
}

void Contract::TearDown() {
  if (store_ != nullptr && GetParam() == Engine::sqlite) expect_no_table_scans();
  store_.reset();
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

std::unique_ptr<Store> Contract::another_store() {
  auto opened = Store::open({url_, 2});
  if (!opened) {
    ADD_FAILURE() << opened.error().message << " " << opened.error().detail;
    return nullptr;
  }
  return std::move(*opened);
}

void Contract::expect_no_table_scans() {
  // Tables that stay small (agents, settings, pruned tokens and links) may be walked through.
  static const std::vector<std::string> kSmall = {"agents",       "settings", "schema_migrations",
                                                  "agent_tokens", "links",    "sign_in_attempts"};
  // Any value stands for a parameter, as long as the planner cannot see through it.
  static const std::regex kParameter(":[a-z_]+");
  static std::deque<std::string> texts;  // a Session keeps the address of a query
  std::vector<std::string> queries = write([](Session& session) { return session.prepared(); });
  const base::Status explained = store_->read([&](Session& session) {
    for (const std::string& query : session.prepared()) queries.push_back(query);
    for (const std::string& query : queries) {
      const std::string verb =
          query.substr(0, query.find(' '));  // a test's own query may begin with a comment
      if (verb != "SELECT" && verb != "UPDATE" && verb != "DELETE" && verb != "INSERT") continue;
      texts.push_back("EXPLAIN QUERY PLAN " +
                      std::regex_replace(query, kParameter, "CAST('1' AS TEXT)"));
      for (const auto& [id, parent, unused, detail] :
           session.select<std::int64_t, std::int64_t, std::int64_t, std::string>(
               texts.back().c_str())) {
        const bool walks =
            detail.rfind("SCAN ", 0) == 0 && detail.find(" USING ") == std::string::npos;
        const bool small = std::any_of(kSmall.begin(), kSmall.end(), [&](const std::string& table) {
          return detail == "SCAN " + table;
        });
        EXPECT_TRUE(!walks || small) << detail << " in: " << query;
      }
    }
    return base::done();
  });
  EXPECT_TRUE(explained.ok()) << (explained.ok() ? "" : explained.error().detail);
}

Someone make_someone(Session& session, const std::string& user, const std::string& channel) {
  const Identity identity =
      find_or_create_identity(session, {channel, "T1", user, "", "", "", false}, kNow);
  Conversation wanted;
  wanted.key = channel + ":T1:D-" + user;
  wanted.person_id = identity.person_id;
  wanted.channel = channel;
  wanted.address = "{}";
  const Conversation conversation = find_or_create_conversation(session, wanted, kNow);
  return {identity.person_id, conversation.id, conversation.key};
}

}  // namespace handrail::storage
