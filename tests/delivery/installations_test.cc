// Several Slack workspaces: each is called with its own token, and one that has removed us stops no other.
#include <gmock/gmock.h>

#include "bot/storage/installations.h"
#include "bot/storage/outbox.h"
#include "tests/delivery/stage.h"

namespace handrail::delivery {
namespace {

using adapters::Address;
using adapters::Place;
using testing::ElementsAre;
using testing::IsEmpty;

class Installations : public Stage {
 protected:
  void install(const std::string& workspace, const std::string& token, std::int64_t expires_at = 0) {
    store_.write([&](storage::Session& session) {
      storage::SlackInstallation one;
      one.workspace = workspace;
      one.sealed_token = vault_->seal(token);
      one.sealed_refresh_token = expires_at == 0 ? "" : vault_->seal("refresh");
      one.token_expires_at = expires_at;
      one.installed_at = clock_.now_ms();
      storage::put_installation(session, one);
      return 0;
    });
    tokens_->forget();
  }
  Said say_in(const std::string& workspace, const std::string& text) {
    const auto in = conversation("slack", "U" + workspace, "D" + workspace);
    return say(in, Address{"slack", workspace, "D" + workspace, "", "U" + workspace, Place::direct, "", 0}, text);
  }
  std::vector<std::string> tokens_used() {
    std::vector<std::string> used;
    for (const base::HttpCall& call : calls()) {
      for (const auto& [name, value] : call.headers) {
        if (name == "Authorization") used.push_back(value);
      }
    }
    return used;
  }
  std::string end_of(const Said& said) {
    const Row row = row_of(said);
    return row.status + " " + row.row.last_error;
  }
  std::optional<storage::SlackInstallation> installed(const std::string& workspace) {
    return store_.read([&](storage::Session& session) { return storage::get_installation(session, workspace); });
  }
};

TEST_F(Installations, EachWorkspaceIsCalledWithItsOwnToken) {
  install("T1", "xoxb-one");
  install("T2", "xoxb-two");
  for (const char* workspace : {"T1", "T2", "T3"}) say_in(workspace, workspace);
  run();
  EXPECT_THAT(tokens_used(),
              testing::UnorderedElementsAre("Bearer xoxb-one", "Bearer xoxb-two", std::string("Bearer ") + kSlackToken));
  EXPECT_EQ(everything_stored().find("xoxb-"), std::string::npos) << "sealed";
}

TEST_F(Installations, AnOrganisationsTokenSpeaksForItsTeams) {
  install("E1", "xoxb-organisation");
  store_.write([](storage::Session& session) {
    storage::set_enterprise(session, "T1", "E1");
    return 0;
  });
  say_in("T1", "hello");
  run();
  EXPECT_THAT(tokens_used(), ElementsAre("Bearer xoxb-organisation"));
}

TEST_F(Installations, ARefusedTokenDisconnectsItsWorkspaceAlone) {
  for (const std::string refusal : {"account_inactive", "token_revoked", "invalid_auth"}) {
    install("T1", "xoxb-one-" + refusal);
    install("T2", "xoxb-two");
    const Said first = say_in("T1", "first");
    const Said second = say_in("T1", "second");
    answer("chat.postMessage", slack_error(refusal));
    run();
    const Said elsewhere = say_in("T2", "elsewhere");
    run();
    EXPECT_EQ(end_of(first), std::string("given_up ") + kDisconnected);
    EXPECT_EQ(end_of(second), std::string("given_up ") + kDisconnected) << "it is not asked again";
    EXPECT_EQ(row_of(elsewhere).status, "sent");
    EXPECT_EQ(installed("T1")->sealed_token, "") << "a refused token is of no use to anybody";
    EXPECT_EQ(installed("T1")->disconnected_because, refusal);
  }
}

TEST_F(Installations, AReinstallResumes) {
  install("T1", "xoxb-old");
  store_.write(
      [&](storage::Session& session) { return storage::disconnect(session, "T1", "", "app_uninstalled", clock_.now_ms()); });
  tokens_->forget();
  const Said lost = say_in("T1", "nobody is there");
  run();
  EXPECT_EQ(end_of(lost), std::string("given_up ") + kDisconnected);
  EXPECT_THAT(calls(), IsEmpty());
  install("T1", "xoxb-new");
  say_in("T1", "again");
  run();
  EXPECT_THAT(tokens_used(), ElementsAre("Bearer xoxb-new"));
}

TEST_F(Installations, ATokenThatWasReplacedMeanwhileIsNotHeldAgainstTheNewOne) {
  install("T1", "xoxb-old");
  const Said said = say_in("T1", "hello");
  before_answer_ = [this](const base::HttpCall&, int number) {
    if (number == 1) install("T1", "xoxb-new");
  };
  answer("chat.postMessage", slack_error("token_revoked"));
  run();
  advance(1);
  run();
  EXPECT_EQ(row_of(said).status, "sent");
  EXPECT_THAT(tokens_used(), ElementsAre("Bearer xoxb-old", "Bearer xoxb-new"));
}

TEST_F(Installations, AnotherProcessesInstallationIsSeenSoon) {
  config_.slack_bot_token = "";
  config_.slack_client_id = "1.2";
  const Said before = say_in("T1", "not yet");
  run();
  EXPECT_EQ(end_of(before), std::string("given_up ") + kNotInstalled);
  store_.write([&](storage::Session& session) {
    storage::SlackInstallation one;
    one.workspace = "T1";
    one.sealed_token = vault_->seal("xoxb-theirs");
    storage::put_installation(session, one);
    return 0;
  });
  advance(kTokenFreshMs);
  say_in("T1", "now");
  run();
  EXPECT_THAT(tokens_used(), ElementsAre("Bearer xoxb-theirs"));
}

TEST_F(Installations, AnExpiredTokenWaitsForItsRenewal) {
  install("T1", "xoxb-old", clock_.now_ms() + 1000);
  advance(1000);
  const Said said = say_in("T1", "hello");
  run();
  EXPECT_THAT(calls(), IsEmpty()) << "it would be refused";
  install("T1", "xoxb-new", clock_.now_ms() + 12 * 60 * kMinuteMs);
  answer("chat.postMessage", slack_error("token_expired"));
  advance(kTokenRenewalMs);
  run();
  EXPECT_EQ(installed("T1")->disconnected_at, 0) << "expired by their clock: still to be renewed";
  advance(kTokenRenewalMs);
  run();
  EXPECT_EQ(row_of(said).status, "sent");
}

TEST_F(Installations, WithoutAnyTokenNothingIsCalledAndNothingLost) {
  config_.slack_bot_token = "";
  const Said said = say_in("T1", "hello");
  run();
  EXPECT_THAT(calls(), IsEmpty());
  EXPECT_EQ(row_of(said).status, "queued");
  config_.slack_bot_token = "xoxb-late";
  restart_worker();
  advance(kLongestRetryMs);
  run();
  EXPECT_EQ(row_of(said).status, "sent");
}

}  // namespace
}  // namespace handrail::delivery
