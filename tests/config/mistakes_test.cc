// What is wrong is said at once, with the key and what was probably meant; what is only odd never keeps the program from
// starting.
#include <gmock/gmock.h>

#include "bot/config/load.h"
#include "tests/config/file.h"

namespace handrail::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
using testing::UnorderedElementsAre;

std::vector<std::string> errors_of(const std::string& content) { return load(File(content).path(), {}).errors; }
std::vector<std::string> warnings_of(const Environment& environment) { return load("", environment).warnings; }

TEST(Mistakes, AllAreReportedAtOnceWithTheirKeys) {
  const File file(R"({"port": "many", "public_url": "bot.example", "prot": 1, "time_zone": "Mars/Olympus",
                      "default_locale": "?", "slack_bot_token": "xoxb-1", "allowed_origins": 7, "log_level": "loud"})");
  const Loaded loaded = load(file.path(), {{"HANDRAIL_WORKER_THREADS", "65"}, {"HANDRAIL_SLACK_API_URL", "slack.com"}});
  EXPECT_THAT(loaded.errors,
              UnorderedElementsAre(
                  StartsWith("port: must be a whole number"), StartsWith("public_url: must begin with https:// or http://"),
                  "prot: unknown (did you mean port?)", StartsWith("time_zone: must be a time zone such as Europe/Berlin"),
                  StartsWith("default_locale: must be a language tag"),
                  AllOf(StartsWith("slack_bot_token: a secret does not belong in this file"), HasSubstr("HANDRAIL_SLACK_BOT_TOKEN_FILE")),
                  StartsWith("allowed_origins: must be a list of texts"),
                  StartsWith("log_level: must be debug, info, warning, error or off"),
                  "HANDRAIL_WORKER_THREADS: must be between 1 and 64",
                  StartsWith("HANDRAIL_SLACK_API_URL: must begin with https:// or http://")));
}

TEST(Mistakes, NumbersHoldTheirLimits) {
  const std::vector<std::pair<std::string, std::pair<long, long>>> limits = {
      {"port", {1, 65535}}, {"worker_threads", {1, 64}}, {"first_response_within_minutes", {1, 43200}}};
  for (const auto& [key, range] : limits) {
    const auto mistakes = [key = key](long value) { return errors_of(nlohmann::json{{key, value}}.dump()); };
    EXPECT_THAT(mistakes(range.first), IsEmpty()) << key;
    EXPECT_THAT(mistakes(range.second), IsEmpty()) << key;
    EXPECT_THAT(mistakes(range.first - 1), ElementsAre(HasSubstr("must be between"))) << key;
    EXPECT_THAT(mistakes(range.second + 1), ElementsAre(HasSubstr("must be between"))) << key;
  }
  for (const char* odd : {R"("")", R"("80 ")", R"("8o")", "80.5", "true", "null", "[80]", R"("99999999999999999999")"}) {
    EXPECT_THAT(errors_of(std::string(R"({"port":)") + odd + "}"), ElementsAre(StartsWith("port: must be a whole number"))) << odd;
  }
}

TEST(Mistakes, AWrongTypeIsOneForEveryKey) {
  for (const Option& option : options()) {
    if (option.secret) continue;
    const nlohmann::json odd = option.key == "discord_gateway" ? nlohmann::json("perhaps") : nlohmann::json(true);
    EXPECT_THAT(errors_of(nlohmann::json{{option.key, odd}}.dump()), ElementsAre(StartsWith(option.key + ": "))) << option.key;
  }
}

TEST(Mistakes, ASecretInTheFileIsRefusedAndNotRepeated) {
  for (const Option& option : options()) {
    if (!option.secret) continue;
    const File file(nlohmann::json{{option.key, "very-secret-words"}}.dump());
    const Loaded loaded = load(file.path(), {});
    ASSERT_EQ(loaded.errors.size(), 1U) << option.key;
    EXPECT_THAT(loaded.errors[0], AllOf(StartsWith(option.key), HasSubstr(option.environment + " or " + option.environment + "_FILE"),
                                        Not(HasSubstr("very-secret-words"))));
  }
}

TEST(Mistakes, WhatIsSecretIsKnownToBe) {
  std::vector<std::string> secrets;
  for (const Option& option : options()) {
    if (option.secret) secrets.push_back(option.key);
  }
  EXPECT_THAT(secrets, UnorderedElementsAre("api_key", "chat_identity_secret", "slack_signing_secret", "slack_bot_token",
                                            "slack_client_secret", "slack_app_token",
                                            "discord_public_key", "discord_bot_token", "accounts_token"));
}

TEST(Mistakes, AFileThatCannotBeReadIsNamed) {
  EXPECT_THAT(load("/no/such/file.json", {}).errors, ElementsAre("/no/such/file.json: cannot be read"));
  EXPECT_THAT(load("", {{"HANDRAIL_API_KEY_FILE", "/no/such/key"}}).errors,
              ElementsAre("HANDRAIL_API_KEY_FILE: the file /no/such/key cannot be read"));
  for (const char* content : {"", "[]", "{", "{\"port\": 1,}", "\"text\"", "not JSON"}) {
    EXPECT_THAT(errors_of(content), ElementsAre(HasSubstr(": not a JSON object"))) << content;
  }
}

TEST(Mistakes, AnUnknownVariableIsAWarningWithASuggestion) {
  EXPECT_THAT(warnings_of({{"HANDRAIL_PUBLIC_ULR", "x"}}),
              ElementsAre("HANDRAIL_PUBLIC_ULR: unknown (did you mean HANDRAIL_PUBLIC_URL?)"));
  EXPECT_THAT(warnings_of({{"HANDRAIL_API_KEE_FILE", "/x"}}),
              ElementsAre("HANDRAIL_API_KEE_FILE: unknown (did you mean HANDRAIL_API_KEY_FILE?)"));
  EXPECT_THAT(warnings_of({{"HANDRAIL_SOMETHING_OF_ANOTHER_TOOL", "x"}}),
              ElementsAre("HANDRAIL_SOMETHING_OF_ANOTHER_TOOL: unknown"));
  EXPECT_THAT(load("", {{"HANDRAIL_PUBLIC_ULR", "x"}}).errors, IsEmpty()) << "other tools may use the prefix too";
  EXPECT_THAT(warnings_of({{"HANDRAIL_SHARE", "/usr/share/handrail"}}), IsEmpty()) << "ours: where the shipped data lies";
}

TEST(Mistakes, OddSecretsWarnAndDoNotFail) {
  const std::vector<std::pair<Environment, std::string>> odd = {
      {{{"HANDRAIL_DISCORD_PUBLIC_KEY", std::string(63, 'a')}}, "discord_public_key: should be 64 hex digits"},
      {{{"HANDRAIL_DISCORD_PUBLIC_KEY", std::string(64, 'g')}}, "discord_public_key: should be 64 hex digits"},
      {{{"HANDRAIL_SLACK_BOT_TOKEN", "xoxp-1"}}, "slack_bot_token: should begin with xoxb-"},
      {{{"HANDRAIL_CHAT_IDENTITY_SECRET", std::string(15, 's')}}, "chat_identity_secret: is short"},
      {{{"HANDRAIL_API_KEY", std::string(15, 'k')}}, "api_key: is short"},
      {{{"HANDRAIL_PUBLIC_URL", "http://bot.example"}}, "public_url: "}};
  for (const auto& [environment, warning] : odd) {
    const Loaded loaded = load("", environment);
    EXPECT_THAT(loaded.errors, IsEmpty()) << warning;
    EXPECT_THAT(loaded.warnings, ElementsAre(StartsWith(warning)));
    for (const auto& [name, value] : environment) {
      EXPECT_THAT(loaded.warnings[0], Not(HasSubstr(value))) << "a warning is logged: it never repeats a secret";
    }
  }
  EXPECT_THAT(warnings_of({{"HANDRAIL_DISCORD_PUBLIC_KEY", std::string(32, 'a') + std::string(32, 'F')},
                           {"HANDRAIL_SLACK_BOT_TOKEN", "xoxb-1"},
                           {"HANDRAIL_CHAT_IDENTITY_SECRET", std::string(16, 's')},
                           {"HANDRAIL_API_KEY", std::string(16, 'k')},
                           {"HANDRAIL_PUBLIC_URL", "https://bot.example"}}),
              IsEmpty());
}

TEST(DidYouMean, NamesTheNearestAndOnlyWhenItIsNear) {
  const std::vector<std::string> known = {"serve", "reload", "replay", "time_zone"};
  EXPECT_EQ(did_you_mean("sevre", known), "serve");
  EXPECT_EQ(did_you_mean("relaod", known), "reload");
  EXPECT_EQ(did_you_mean("timezone", known), "time_zone");
  EXPECT_EQ(did_you_mean("serve", known), "serve");
  EXPECT_EQ(did_you_mean("dance", known), "");
  EXPECT_EQ(did_you_mean("", known), "");
  EXPECT_EQ(did_you_mean("serve", {}), "");
}

}  // namespace
}  // namespace handrail::config
