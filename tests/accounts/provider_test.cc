// The providers without a network: the http one against a scripted client, the embedded one on a
// SQLite file.
#include "bot/accounts/provider.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "bot/storage/accounts_table.h"
#include "bot/storage/people.h"
#include "tests/support/scripted_http_client.h"

namespace handrail::accounts {
namespace {

using base::HttpCall;
using base::HttpReply;
using nlohmann::json;
using std::chrono::milliseconds;

constexpr std::int64_t kNow = 1'773'446'400'000;  // 2026-03-14T00:00:00Z

HttpReply ok(const std::string& body) { return {200, {}, body, ""}; }
HttpReply status(int code) { return {code, {}, "", ""}; }

class HttpProviderTest : public testing::Test {
 protected:
  Outcome look_up(Freshness freshness = Freshness::cached, const std::string& id = "ana") {
    return provider_->look_up(id, freshness).outcome;
  }
  std::size_t asked() const { return http_.calls().size(); }

  base::ScriptedHttpClient http_;
  base::ManualClock clock_{kNow};
  std::unique_ptr<AccountProvider> provider_ =
      make_http_provider({"https://shop.example/accounts", "t0ken"}, http_, clock_);
};

TEST_F(HttpProviderTest, AsksTheDocumentedAddressWithTheToken) {
  http_.answer(ok(R"({"id": "ana/../x", "plan": "Pro"})"));
  const Lookup lookup = provider_->look_up("ana/../x", Freshness::cached);
  EXPECT_EQ(lookup.outcome, Outcome::found);
  EXPECT_EQ(lookup.facts.plan, "Pro");
  const HttpCall call = http_.calls().at(0);
  EXPECT_EQ(call.method, "GET");
  EXPECT_EQ(call.url, "https://shop.example/accounts/ana%2F..%2Fx");
  EXPECT_THAT(call.headers, testing::Contains(std::make_pair(std::string("Authorization"),
                                                             std::string("Bearer t0ken"))));
}

TEST_F(HttpProviderTest, AnIdThatWouldLeaveTheFolderIsNeverAsked) {
  for (const char* id : {"", ".", ".."})
    EXPECT_EQ(look_up(Freshness::fresh, id), Outcome::not_found) << id;
  EXPECT_EQ(asked(), 0U);
}

TEST_F(HttpProviderTest, NotFoundIsNotUnavailable) {
  http_.answer(status(404));
  EXPECT_EQ(look_up(), Outcome::not_found);
  EXPECT_EQ(asked(), 1U);
}

TEST_F(HttpProviderTest, TriesOnceMoreWithinTheDeadline) {
  http_.answer(status(503));
  http_.answer(ok(R"({"id": "ana"})"));
  EXPECT_EQ(look_up(), Outcome::found);
  milliseconds in_all{0};
  for (const HttpCall& call : http_.calls()) in_all += call.deadline;
  EXPECT_LE(in_all, kProviderDeadline);
  EXPECT_EQ(asked(), 2U);
}

TEST_F(HttpProviderTest, AfterTwoFailuresItIsUnavailable) {
  EXPECT_EQ(look_up(), Outcome::unavailable);
  EXPECT_EQ(asked(), 2U);
}

TEST_F(HttpProviderTest, ARefusalIsNotAskedAgain) {
  http_.answer(status(401));
  const Lookup lookup = provider_->look_up("ana", Freshness::cached);
  EXPECT_EQ(lookup.outcome, Outcome::unavailable);
  EXPECT_EQ(lookup.detail, "status 401");
  EXPECT_EQ(asked(), 1U);
}

TEST_F(HttpProviderTest, AnAnswerThatMakesNoSenseOrIsAboutAnotherIsUnavailable) {
  for (const char* body : {"<html>", "[]", R"({"id": "ben", "plan": "Pro"})",
                           R"({"id": "ana", "status": "paused"})"}) {
    http_.answer(ok(body));
    const Lookup lookup = provider_->look_up("ana", Freshness::fresh);
    EXPECT_EQ(lookup.outcome, Outcome::unavailable) << body;
    EXPECT_FALSE(lookup.facts.plan.has_value()) << body;
  }
}

TEST_F(HttpProviderTest, RemembersForAShortTimeAndFreshGoesPast) {
  http_.answer_always([](const HttpCall&) { return ok(R"({"id": "ana"})"); });
  look_up();
  clock_.advance(kCacheLife - milliseconds(1));
  look_up();
  EXPECT_EQ(asked(), 1U);
  clock_.advance(milliseconds(1));
  look_up();
  EXPECT_EQ(asked(), 2U);
  look_up(Freshness::fresh);
  EXPECT_EQ(asked(), 3U);
}

TEST_F(HttpProviderTest, WhatIsUnavailableIsNotRemembered) {
  http_.answer(status(401));
  look_up();
  http_.answer(ok(R"({"id": "ana"})"));
  EXPECT_EQ(look_up(), Outcome::found);
}

TEST_F(HttpProviderTest, ABreakerSparesAProviderThatKeepsFailing) {
  for (int i = 0; i < kFailuresToOpenBreaker; ++i) look_up();
  const std::size_t before = asked();
  EXPECT_EQ(look_up(), Outcome::unavailable);
  EXPECT_EQ(asked(), before);
  clock_.advance(kBreakerRest - milliseconds(1));
  look_up();
  EXPECT_EQ(asked(), before);
  // After the rest it is asked; one more failure is enough to rest again, one success to be well.
  clock_.advance(milliseconds(1));
  look_up();
  EXPECT_EQ(asked(), before + 2);
  look_up();
  EXPECT_EQ(asked(), before + 2);
  clock_.advance(kBreakerRest);
  http_.answer(ok(R"({"id": "ana"})"));
  EXPECT_EQ(look_up(), Outcome::found);
  look_up(Freshness::fresh);
  EXPECT_EQ(asked(), before + 5);
}

TEST_F(HttpProviderTest, TheBreakerStillGivesWhatIsRemembered) {
  http_.answer(ok(R"({"id": "ana"})"));
  look_up();
  for (int i = 0; i < kFailuresToOpenBreaker; ++i) look_up(Freshness::fresh);
  EXPECT_EQ(look_up(Freshness::fresh), Outcome::unavailable);
  EXPECT_EQ(look_up(Freshness::cached), Outcome::found);
}

class EmbeddedTest : public testing::Test {
 protected:
  EmbeddedTest() {
    std::string folder =
        (std::filesystem::temp_directory_path() / "handrail-accounts-XXXXXX").string();
    folder_ = mkdtemp(folder.data());
    auto opened = storage::Store::open({"sqlite://" + folder_ + "/handrail.db", 1});
    store_ = std::move(*opened);
    provider_ = make_embedded_provider(*store_);
  }
  ~EmbeddedTest() override {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  base::Result<int> import(const char* text) {
    return import_accounts(*store_, json::parse(text), kNow);
  }
  std::optional<storage::Identity> identity(const std::string& channel, const std::string& user) {
    std::optional<storage::Identity> found;
    EXPECT_TRUE(store_
                    ->read([&](storage::Session& session) {
                      found = storage::find_identity(session, channel, "T1", user);
                      return base::done();
                    })
                    .ok());
    return found;
  }

  std::string folder_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<AccountProvider> provider_;
};

TEST_F(EmbeddedTest, FindsWhatWasImported) {
  const auto imported = import(R"([{"id": "ana", "plan": "Pro"}, {"id": "ben"}])");
  ASSERT_TRUE(imported.ok());
  EXPECT_EQ(*imported, 2);
  EXPECT_EQ(provider_->look_up("ana", Freshness::cached).facts.plan, "Pro");
  EXPECT_EQ(provider_->look_up("caro", Freshness::cached).outcome, Outcome::not_found);
  ASSERT_TRUE(import(R"([{"id": "ana", "plan": "Starter"}])").ok());
  EXPECT_EQ(provider_->look_up("ana", Freshness::cached).facts.plan, "Starter");
}

TEST_F(EmbeddedTest, AnImportIsAllOrNothingAndNamesTheEntry) {
  const auto imported = import(R"([{"id": "ana"}, {"id": "ben", "status": "paused"}])");
  ASSERT_FALSE(imported.ok());
  EXPECT_THAT(imported.error().message, testing::HasSubstr("Account 2: status must be one of"));
  EXPECT_EQ(provider_->look_up("ana", Freshness::cached).outcome, Outcome::not_found);
  EXPECT_FALSE(import(R"({"id": "ana"})").ok());
}

TEST_F(EmbeddedTest, AnImportLinksIdentitiesToOnePerson) {
  ASSERT_TRUE(import(R"([{"id": "ana", "identities": [
      {"channel": "slack", "workspace": "T1", "user": "U1"},
      {"channel": "discord", "workspace": "T1", "user": "D1"}]}])")
                  .ok());
  ASSERT_TRUE(identity("slack", "U1") && identity("discord", "D1"));
  EXPECT_TRUE(identity("slack", "U1")->linked);
  EXPECT_EQ(identity("slack", "U1")->person_id, identity("discord", "D1")->person_id);
}

TEST_F(EmbeddedTest, ADamagedRowIsUnavailableNotMissing) {
  ASSERT_TRUE(store_
                  ->write([](storage::Session& session) {
                    storage::put_account(session, "ana", "{", kNow);
                    return base::done();
                  })
                  .ok());
  EXPECT_EQ(provider_->look_up("ana", Freshness::cached).outcome, Outcome::unavailable);
}

json demo_list() {
  std::ifstream file(std::string(HANDRAIL_SOURCE_DIR) + "/bot/accounts/demo_accounts.json");
  return resolve_relative_times(json::parse(file), kNow);
}

TEST_F(EmbeddedTest, TheDemoShowsEveryState) {
  const json list = demo_list();
  const auto imported = import_accounts(*store_, list, kNow);
  ASSERT_TRUE(imported.ok()) << imported.error().message;
  std::set<std::string> seen;
  for (const json& entry : list) {
    const AccountFacts facts = facts_from_json(entry).value();
    EXPECT_TRUE(seen.insert("id " + facts.id).second) << facts.id << " stands there twice";
    seen.insert("status " + facts.status.value_or("unknown"));
    if (facts.free_credits_blocked_reason)
      seen.insert("blocked " + *facts.free_credits_blocked_reason);
    const bool charged = facts.last_charge && facts.last_charge->at;
    if (charged && facts.cancelled_at) {
      seen.insert(*facts.last_charge->at < *facts.cancelled_at ? "charged, then cancelled"
                                                               : "charged after cancelling");
    }
    if (facts.cancelled_at && facts.credits_used_since_last_charge == 0) seen.insert("unused");
    if (facts.status == "active" && facts.auto_renew == false) seen.insert("renewal off");
    if (facts.locale) seen.insert("locale " + *facts.locale);
    // The story of each account must hold together on every day.
    if (facts.auto_renew == false) {
      EXPECT_FALSE(facts.next_billing_at) << facts.id;
    }
    if (facts.cancelled_at) {
      EXPECT_LT(*facts.cancelled_at, kNow) << facts.id;
    }
  }
  for (const char* state :
       {"status active", "status trialing", "status past_due", "status canceled", "status free",
        "status unknown", "blocked device_limit", "blocked region", "blocked unverified",
        "blocked none", "charged, then cancelled", "charged after cancelling", "unused",
        "renewal off", "locale en", "locale fa"}) {
    EXPECT_EQ(seen.count(state), 1U) << state;
  }
}

TEST(RelativeTimes, AreCountedFromNow) {
  const json text = json::parse(R"({"a": "@+12d", "b": ["@-3h", "@+1h"], "c": "@ana",
                                    "d": "x@+1d", "e": 5, "f": "@+1w", "g": "@d"})");
  const json expected = json::parse(R"({
      "a": "2026-03-26T00:00:00Z", "b": ["2026-03-13T21:00:00Z", "2026-03-14T01:00:00Z"],
      "c": "@ana", "d": "x@+1d", "e": 5, "f": "@+1w", "g": "@d"})");
  EXPECT_EQ(resolve_relative_times(text, kNow), expected);
}

}  // namespace
}  // namespace handrail::accounts
