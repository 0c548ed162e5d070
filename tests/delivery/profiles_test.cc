// Who a person is: asked once, in the background, and remembered with the identity that is there.
#include "bot/delivery/profiles.h"

#include <gmock/gmock.h>

#include <future>

#include "tests/delivery/stage.h"

namespace handrail::delivery {
namespace {

using adapters::Address;
using adapters::Place;

constexpr const char* kPersian = R"({"ok":true,"user":{"locale":"fa-IR","real_name":"R","profile":{"display_name":"Sara"}}})";

class ProfilesTest : public Stage {
 protected:
  Address person(const std::string& user, const std::string& channel = "slack", const std::string& workspace = "T1") const {
    return {channel, workspace, "D1", "", user, Place::direct, "", 0};
  }
  std::optional<storage::Identity> known(const std::string& user) {
    return store_.read([&](storage::Session& session) { return storage::find_identity(session, "slack", "T1", user); });
  }
  Profiles profiles_{*store_, http_, clock_, config_, *tokens_};
};

TEST_F(ProfilesTest, IsAskedOnceAndRemembered) {
  conversation("slack", "UANA");
  answer("users.info", http(200, kPersian));
  for (int i = 0; i < 3; ++i) profiles_.ask(person("UANA"));
  EXPECT_TRUE(profiles_.ask_next());
  EXPECT_FALSE(profiles_.ask_next()) << "nobody waits any more";
  profiles_.ask(person("UANA"));
  EXPECT_FALSE(profiles_.ask_next());
  ASSERT_EQ(calls().size(), 1U);
  EXPECT_EQ(calls()[0].url, "https://slack.com/api/users.info");
  EXPECT_EQ(calls()[0].body, "user=UANA&include_locale=true");
  EXPECT_EQ(known("UANA")->platform_locale, "fa-IR");
  EXPECT_EQ(known("UANA")->name, "Sara");
}

TEST_F(ProfilesTest, TheSameIdElsewhereIsSomebodyElse) {
  profiles_.ask(person("UANA"));
  profiles_.ask(person("UANA", "slack", "T2"));
  EXPECT_TRUE(profiles_.ask_next());
  EXPECT_TRUE(profiles_.ask_next());
}

TEST_F(ProfilesTest, ChannelsThatTellTheLanguageThemselvesAreNotAsked) {
  profiles_.ask(person("1400", "discord"));
  profiles_.ask(person("visitor:1", "web_chat"));
  profiles_.ask(person("U1&token=x"));
  EXPECT_FALSE(profiles_.ask_next());
  EXPECT_TRUE(calls().empty());
}

TEST_F(ProfilesTest, WhoWasForgottenMeanwhileIsNotMadeAnew) {
  answer("users.info", http(200, kPersian));
  profiles_.ask(person("UGONE"));
  EXPECT_TRUE(profiles_.ask_next());
  EXPECT_FALSE(known("UGONE"));
}

TEST_F(ProfilesTest, ARefusalChangesNothing) {
  conversation("slack", "UANA");
  for (const base::HttpReply& reply : {slack_error("user_not_found"), http(500), no_answer(), http(200, "<html>")}) {
    answer("users.info", reply);
  }
  for (const std::string workspace : {"T1", "T2", "T3", "T4"}) profiles_.ask(person("UANA", "slack", workspace));
  while (profiles_.ask_next()) {
  }
  EXPECT_EQ(calls().size(), 4U);
  EXPECT_EQ(known("UANA")->platform_locale, "");
}

TEST_F(ProfilesTest, WhoWasNotAskedForALimitIsAskedWhenTheyWriteAgain) {
  conversation("slack", "UANA");
  answer("users.info", {429, {{"retry-after", "1"}}, "", ""});
  answer("users.info", http(200, kPersian));
  profiles_.ask(person("UANA"));
  profiles_.ask_next();
  EXPECT_FALSE(profiles_.ask_next()) << "not by itself";
  profiles_.ask(person("UANA"));
  EXPECT_TRUE(profiles_.ask_next());
  EXPECT_EQ(known("UANA")->platform_locale, "fa-IR");
}

TEST_F(ProfilesTest, MoreThanAThousandDoNotWait) {
  for (std::size_t i = 0; i < kProfilesWaiting + 1; ++i) profiles_.ask(person("U" + std::to_string(i)));
  std::size_t asked = 0;
  while (profiles_.ask_next()) ++asked;
  EXPECT_EQ(asked, kProfilesWaiting);
  profiles_.ask(person("U" + std::to_string(kProfilesWaiting)));
  EXPECT_TRUE(profiles_.ask_next()) << "who did not fit is asked for when they write again";
}

TEST_F(ProfilesTest, NobodyWaitsForTheAnswer) {
  conversation("slack", "UANA");
  std::promise<void> go_on;
  std::promise<void> reached;
  before_answer_ = [&](const base::HttpCall&, int) {
    reached.set_value();
    go_on.get_future().wait();
  };
  answer("users.info", http(200, kPersian));
  profiles_.start();
  profiles_.ask(person("UANA"));  // returns although the platform is silent
  reached.get_future().wait();
  EXPECT_EQ(known("UANA")->platform_locale, "");
  go_on.set_value();
  profiles_.stop();
  EXPECT_EQ(known("UANA")->platform_locale, "fa-IR") << "what was asked is heard to its end";
}

}  // namespace
}  // namespace handrail::delivery
