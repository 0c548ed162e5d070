// What may not lie in the database, and where standing secrets go: to the platform and nowhere else.
#include <gmock/gmock.h>

#include "bot/delivery/platform_call.h"
#include "bot/storage/outbox.h"
#include "tests/delivery/stage.h"

namespace handrail::delivery {
namespace {

using adapters::Address;
using adapters::Audience;
using adapters::Place;
using testing::ElementsAre;
using testing::Not;
using testing::HasSubstr;

constexpr const char* kHook = "https://hooks.slack.com/commands/T1/1/response-url-secret";
constexpr const char* kSecrets[] = {"interaction-token", "response-url-secret", "standing-secret", "#chat=", kSessionKey};

class Secrets : public Stage {
 protected:
  Address slack_command() const {
    return {"slack", "T1", "C1", "", "UANA", Place::channel, kHook, clock_.now_ms() + 30 * kMinuteMs};
  }
  // Looks into the database at every call, when the row has whatever earlier calls taught.
  void watch(const std::string& when) {
    before_answer_ = [this, when](const base::HttpCall& call, int) { expect_none(when + ", before " + call.url); };
  }
  void expect_none(const std::string& when) {
    const std::string stored = everything_stored();
    for (const char* secret : kSecrets) EXPECT_THAT(stored, Not(HasSubstr(secret))) << when;
  }
  static std::string header(const base::HttpCall& call, const std::string& name) {
    for (const auto& [known, value] : call.headers) {
      if (known == name) return value;
    }
    return "";
  }
};

TEST_F(Secrets, NoneIsEverInAStoredRow) {
  const auto ana = conversation("discord", "1");
  ticket(ana);
  say(ana, discord_command("1"), "by the interaction", Audience::person_only);
  say(ana, discord_command("1"), "by DM, thread and link");
  const auto ben = conversation("slack", "UANA");
  say(ben, slack_command(), "by the response_url", Audience::person_only);
  say(ben, slack_command(), "by DM and link");
  expect_none("queued");
  watch("while sending");
  answer("/webhooks/", http(503));                          // tried again
  answer("hooks.slack.com", http(503));
  answer("/channels/555/messages", discord_error(403, 50007));
  answer("/threads", discord_error(400, 50024));
  answer("conversations.open", slack_error("cannot_dm_bot"));
  answer("/webhooks/", discord_error(404, 10015));          // the interaction is dead
  answer("hooks.slack.com", http(404, "used_url"));
  for (int round = 0; round < 12; ++round) {
    run();
    expect_none("after round " + std::to_string(round));
    advance(kMinuteMs);
  }
  EXPECT_GE(calls().size(), 12U) << "otherwise little was looked at";
}

TEST_F(Secrets, ACallbackIsStoredSealed) {
  const Said said = say(conversation("discord", "1"), discord_command("1"), "hello", Audience::person_only);
  const Row row = row_of(said);
  EXPECT_EQ(vault_->unseal(row.row.sealed_callback), "42/interaction-token");
  EXPECT_FALSE(base::Vault::open(base::Vault::new_key())->unseal(row.row.sealed_callback)) << "only with the key beside the database";
  run();
  EXPECT_EQ(row_of(said).row.sealed_callback, "") << "sent: nobody needs it any more";
}

TEST_F(Secrets, ACallbackIsUsedUntilItExpiresAndThenForgotten) {
  const auto ana = conversation("discord", "1");
  const Said in_time = say(ana, discord_command("1"), "in time", Audience::person_only);
  advance(15 * kMinuteMs - 1);
  run();
  EXPECT_THAT(called(), ElementsAre("webhooks/42/interaction-token/messages/@original"));

  const Said late = say(ana, discord_command("1"), "late", Audience::person_only);
  advance(15 * kMinuteMs);
  store_.write([&](storage::Session& session) { return storage::prune_outbox(session, 0, clock_.now_ms()); });
  EXPECT_EQ(row_of(late).row.sealed_callback, "");
  run();
  EXPECT_EQ(called().back(), "channels/555/messages") << "by DM then";
  EXPECT_EQ(posted().back(), "late");
}

TEST_F(Secrets, AnExpiredCallbackIsNotTriedThoughItIsStillStored) {
  say(conversation("discord", "1"), discord_command("1"), "late", Audience::person_only);
  advance(15 * kMinuteMs);
  run();
  EXPECT_THAT(called(), ElementsAre("users/@me/channels", "channels/555/messages"));
}

TEST_F(Secrets, AKeyThatWasChangedLosesTheCallbackAndNotTheMessage) {
  say(conversation("discord", "1"), discord_command("1"), "hello", Audience::person_only);
  vault_ = base::Vault::open(base::Vault::new_key());
  run();
  EXPECT_THAT(called(), ElementsAre("users/@me/channels", "channels/555/messages"));
}

TEST_F(Secrets, TheStandingTokenIsAddedToWhatNeedsItOnly) {
  say(conversation("slack", "UANA", "DANA"), "by the bot's token");
  say(conversation("discord", "1", "501"), "by the bot's token");
  say(conversation("discord", "2"), discord_command("2"), "by the interaction", Audience::person_only);
  say(conversation("slack", "UBEN"), slack_command(), "by the response_url", Audience::person_only);
  run();
  ASSERT_EQ(calls().size(), 4U);
  for (const base::HttpCall& call : calls()) {
    const std::string wanted = call.url.find("slack.com/api/") != std::string::npos    ? std::string("Bearer ") + kSlackToken
                               : call.url.find("/channels/501/") != std::string::npos ? std::string("Bot ") + kDiscordToken
                                                                                       : "";
    EXPECT_EQ(header(call, "Authorization"), wanted) << call.url;
    EXPECT_THAT(header(call, "User-Agent"), testing::StartsWith("DiscordBot (")) << "Discord blocks who does not say it";
    EXPECT_EQ(call.body.find("standing-secret"), std::string::npos);
  }
}

TEST_F(Secrets, ACallbackIsFollowedToThePlatformOnly) {
  for (const char* url : {"https://evil.example/x", "http://hooks.slack.com/x", "https://hooks.slack.com.evil.example/x",
                          "https://hooks.slack.com@evil.example/x", "https://hooks.slack.com:8443/x", "http://169.254.169.254/x"}) {
    Address from = slack_command();
    from.callback = url;
    say(conversation("slack", "UANA"), from, "only for Ana", Audience::person_only);
    run();
    for (const base::HttpCall& call : calls()) EXPECT_NE(call.url, url);
    EXPECT_EQ(called().back(), "chat.postEphemeral") << url;
  }
}

TEST_F(Secrets, AStandInsOwnHooksAreFollowedToo) {
  config_.slack_api_url = "http://127.0.0.1:9/api/";
  adapters::Call call;
  call.auth = adapters::Auth::none;
  for (const auto& [url, followed] : {std::pair{"http://127.0.0.1:9/hook", true}, {"http://127.0.0.1:10/hook", false}}) {
    call.url = url;
    EXPECT_EQ(to_http(call, "slack", config_, "", "").has_value(), followed) << url;
  }
  call.url = "chat.postMessage";
  EXPECT_EQ(to_http(call, "slack", config_, "", "")->url, "http://127.0.0.1:9/api/chat.postMessage");
  config_.slack_api_url = "http://127.0.0.1:9/api";
  EXPECT_EQ(to_http(call, "slack", config_, "", "")->url, "http://127.0.0.1:9/api/chat.postMessage") << "the slash is optional";
}

TEST_F(Secrets, APictureIsReadFromItsFolderOnly) {
  adapters::Call call;
  call.url = "/channels/1/messages";
  call.body = "{}";
  call.attachments = {{"/media/../secret.key", "a.png", ""}, {"/media/topic/../../secret.key", "b.png", ""},
                      {"/etc/passwd", "c.png", ""}, {"/media/file.png", "d.png", ""}};
  const auto request = to_http(call, "discord", config_, "", store_.folder());
  ASSERT_EQ(request->parts.size(), 1U) << "the body alone";
  EXPECT_EQ(request->parts[0].name, "payload_json");
}

}  // namespace
}  // namespace handrail::delivery
