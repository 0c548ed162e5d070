#include "bot/storage/installations.h"

#include <gmock/gmock.h>

#include "tests/storage/contract.h"

namespace handrail::storage {
namespace {

class InstallationContract : public Contract {
 protected:
  static SlackInstallation installation(const std::string& workspace, const std::string& token, std::int64_t at = kNow) {
    SlackInstallation one;
    one.workspace = workspace;
    one.name = "Team " + workspace;
    one.bot_user = "U0" + workspace;
    one.scopes = "chat:write,im:write";
    one.sealed_token = token;
    one.installed_at = at;
    return one;
  }
  void put(const SlackInstallation& one) {
    write([&](Session& session) { put_installation(session, one); });
  }
  std::optional<SlackInstallation> find(const std::string& team) {
    return read([&](Session& session) { return find_installation(session, team); });
  }
  bool disconnect_it(const std::string& workspace, const std::string& token, const std::string& because) {
    return write([&](Session& session) { return disconnect(session, workspace, token, because, kNow + 5); });
  }
};
HANDRAIL_ON_ALL_DATABASES(InstallationContract);

TEST_P(InstallationContract, EachWorkspaceHasItsOwn) {
  EXPECT_FALSE(read([](Session& session) { return has_installations(session); }));
  put(installation("T2", "sealed two"));
  put(installation("T1", "sealed one"));
  EXPECT_TRUE(read([](Session& session) { return has_installations(session); }));
  EXPECT_EQ(find("T1")->sealed_token, "sealed one");
  EXPECT_EQ(find("T2")->sealed_token, "sealed two");
  EXPECT_EQ(find("T2")->bot_user, "U0T2");
  EXPECT_EQ(find("T2")->name, "Team T2");
  EXPECT_EQ(find("T2")->scopes, "chat:write,im:write");
  EXPECT_FALSE(find("T3"));
  const auto all = read([](Session& session) { return list_installations(session, 10); });
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].workspace, "T1");
  EXPECT_EQ(read([](Session& session) { return list_installations(session, 1); }).size(), 1U);
}

TEST_P(InstallationContract, ADisconnectedOneLosesItsTokenAndComesBackByAReinstall) {
  SlackInstallation one = installation("T1", "sealed one");
  one.sealed_refresh_token = "sealed refresh";
  one.token_expires_at = kNow + kMinute;
  put(one);
  EXPECT_TRUE(disconnect_it("T1", "", "app_uninstalled"));
  const auto gone = find("T1").value();
  EXPECT_EQ(gone.sealed_token, "");
  EXPECT_EQ(gone.sealed_refresh_token, "");
  EXPECT_EQ(gone.token_expires_at, 0);
  EXPECT_EQ(gone.disconnected_at, kNow + 5);
  EXPECT_EQ(gone.disconnected_because, "app_uninstalled");
  EXPECT_FALSE(disconnect_it("T1", "", "tokens_revoked")) << "once";
  EXPECT_EQ(find("T1")->disconnected_because, "app_uninstalled") << "the first reason stays";
  put(installation("T1", "sealed anew", kNow + 9));
  const auto back = find("T1").value();
  EXPECT_EQ(back.sealed_token, "sealed anew");
  EXPECT_EQ(back.disconnected_at, 0);
  EXPECT_EQ(back.disconnected_because, "");
  EXPECT_EQ(back.installed_at, kNow + 9);
}

TEST_P(InstallationContract, ARefusedOldTokenDoesNotDisconnectTheNewOne) {
  put(installation("T1", "sealed old"));
  put(installation("T1", "sealed new"));
  EXPECT_FALSE(disconnect_it("T1", "sealed old", "token_revoked"));
  EXPECT_EQ(find("T1")->sealed_token, "sealed new");
  EXPECT_TRUE(disconnect_it("T1", "sealed new", "token_revoked"));
  EXPECT_FALSE(disconnect_it("T9", "", "token_revoked"));
}

TEST_P(InstallationContract, AnOrganisationSpeaksForItsTeams) {
  put(installation("E1", "sealed organisation"));
  EXPECT_FALSE(find("T1")) << "nobody has told that it belongs there";
  write([](Session& session) {
    set_enterprise(session, "T1", "E0");
    set_enterprise(session, "T1", "E1");
  });
  EXPECT_EQ(find("T1")->workspace, "E1");
  put(installation("T1", "sealed own"));
  EXPECT_EQ(find("T1")->sealed_token, "sealed own") << "its own comes first";
  disconnect_it("T1", "", "app_uninstalled");
  EXPECT_EQ(find("T1")->sealed_token, "sealed organisation");
  disconnect_it("E1", "", "app_uninstalled");
  EXPECT_EQ(find("T1")->workspace, "T1") << "disconnected, both of them";
}

TEST_P(InstallationContract, ATokenThatExpiresIsRefreshedByOne) {
  SlackInstallation soon = installation("T1", "sealed one");
  soon.sealed_refresh_token = "refresh one";
  soon.token_expires_at = kNow + kMinute;
  put(soon);
  SlackInstallation later = soon;
  later.workspace = "T2";
  later.token_expires_at = kNow + 10 * kMinute;
  put(later);
  put(installation("T3", "sealed for ever"));
  const auto claim = [&](std::int64_t now) {
    return write([&](Session& session) { return claim_refreshes(session, kNow + 5 * kMinute, now, now + kMinute, 10); });
  };
  const auto claimed = claim(kNow);
  ASSERT_EQ(claimed.size(), 1U);
  EXPECT_EQ(claimed[0].workspace, "T1");
  EXPECT_TRUE(claim(kNow + kMinute - 1).empty()) << "somebody is at it";
  EXPECT_EQ(claim(kNow + kMinute).size(), 1U) << "who must have died";
  const auto replace = [&](const std::string& before) {
    return write(
        [&](Session& session) { return replace_token(session, "T1", before, "sealed two", "refresh two", kNow + 90 * kMinute); });
  };
  EXPECT_FALSE(replace("another"));
  EXPECT_TRUE(replace("sealed one"));
  EXPECT_EQ(find("T1")->sealed_token, "sealed two");
  EXPECT_EQ(find("T1")->sealed_refresh_token, "refresh two");
  EXPECT_TRUE(claim(kNow + kMinute).empty()) << "it is young";
}

TEST_P(InstallationContract, AStateIsUsedOnceByItsBrowserAndInTime) {
  const auto add = [&](const std::string& state) {
    return write([&](Session& session) { return add_install_state(session, state, "cookie", kNow, kNow + kMinute, 2); });
  };
  const auto use = [&](const std::string& state, const std::string& cookie, std::int64_t now) {
    return write([&](Session& session) { return use_install_state(session, state, cookie, now); });
  };
  EXPECT_TRUE(add("one"));
  EXPECT_TRUE(add("two"));
  EXPECT_FALSE(add("three")) << "past the limit";
  EXPECT_EQ(use("none", "cookie", kNow), StateUse::unknown);
  EXPECT_EQ(use("one", "another cookie", kNow), StateUse::other_browser);
  EXPECT_EQ(use("one", "cookie", kNow + kMinute - 1), StateUse::used);
  EXPECT_EQ(use("one", "cookie", kNow), StateUse::unknown) << "used already";
  EXPECT_EQ(use("two", "cookie", kNow + kMinute), StateUse::unknown) << "expired";
  EXPECT_TRUE(write([&](Session& session) { return add_install_state(session, "four", "cookie", kNow + kMinute, kNow, 1); }))
      << "those that expired do not count";
}

}  // namespace
}  // namespace handrail::storage
