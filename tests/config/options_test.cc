// Every key, from the file and from the environment, which wins.
#include <gmock/gmock.h>

#include <functional>

#include "bot/config/load.h"
#include "tests/config/file.h"

namespace handrail::config {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::IsEmpty;

// One key: what stands in the file, what stands in the variable, and how each is then read from the Config.
struct Sample {
  std::string key;
  json in_file;
  std::string in_environment;
  json from_file;
  json from_environment;
  std::function<json(const Config&)> read;
};

Sample same(const std::string& key, const std::string& first, const std::string& second, std::string Config::*field) {
  return {key, first, second, first, second, [field](const Config& config) { return config.*field; }};
}
Sample list(const std::string& key, std::vector<std::string> Config::*field) {
  return {key, {"a", "b"}, " c , d,", {"a", "b"}, {"c", "d"}, [field](const Config& config) { return config.*field; }};
}
Sample number(const std::string& key, int first, int second, int Config::*field) {
  return {key, first, std::to_string(second), first, second, [field](const Config& config) { return config.*field; }};
}

const std::vector<Sample>& samples() {
  const auto hours = [](const Config& config) {
    json spans = json::array();
    for (const Hours::Span& span : config.hours.spans) spans.push_back({span.day, span.from_minute, span.to_minute});
    return json{{"zone", config.hours.time_zone}, {"spans", spans}};
  };
  const auto policy = [](const Config& config) {
    json rules = json::array();
    for (const PolicyRule& rule : config.refund_policy) rules.push_back({rule.name, rule.verdict, rule.when});
    return rules;
  };
  static const std::vector<Sample> all = {
      same("host", "0.0.0.0", "127.0.0.2", &Config::host),
      number("port", 80, 65535, &Config::port),
      same("data_dir", "/a", "/b", &Config::data_dir),
      same("database_url", "sqlite:///a.db", "postgresql://u@h/n", &Config::database_url),
      {"public_url", "https://a.example/", "https://b.example", "https://a.example", "https://b.example",
       [](const Config& config) { return config.public_url; }},
      same("product_name", "Acme", "Bolt", &Config::product_name),
      {"default_locale", "FA_ir", "pt-br", "fa-IR", "pt-BR", [](const Config& config) { return config.default_locale; }},
      same("time_zone", "Europe/Berlin", "Asia/Tehran", &Config::time_zone),
      same("log_level", "debug", "error", &Config::log_level),
      same("api_key", "", "key-of-the-backend", &Config::api_key),
      list("allowed_origins", &Config::allowed_origins),
      list("trusted_proxies", &Config::trusted_proxies),
      same("chat_identity_secret", "", "secret-of-the-site", &Config::chat_identity_secret),
      same("slack_signing_secret", "", "s", &Config::slack_signing_secret),
      same("slack_bot_token", "", "xoxb-1", &Config::slack_bot_token),
      {"slack_api_url", "http://127.0.0.1:1/api/", "http://127.0.0.1:2/api", "http://127.0.0.1:1/api", "http://127.0.0.1:2/api",
       [](const Config& config) { return config.slack_api_url; }},
      same("slack_client_id", "1.2", "3.4", &Config::slack_client_id),
      same("slack_client_secret", "", "c", &Config::slack_client_secret),
      same("slack_redirect_url", "https://a.example/cb", "https://b.example/cb", &Config::slack_redirect_url),
      same("slack_authorize_url", "http://127.0.0.1:1/authorize", "http://127.0.0.1:2/authorize", &Config::slack_authorize_url),
      list("slack_support_channels", &Config::slack_support_channels),
      same("slack_team_channel", "", "T1/C9", &Config::slack_team_channel),
      same("slack_app_token", "", "xapp-1", &Config::slack_app_token),
      same("discord_public_key", "", std::string(64, 'a'), &Config::discord_public_key),
      same("discord_application_id", "1", "2", &Config::discord_application_id),
      same("discord_bot_token", "", "t", &Config::discord_bot_token),
      same("discord_api_url", "http://127.0.0.1:1/api/v10", "http://127.0.0.1:2/api/v10", &Config::discord_api_url),
      list("discord_support_channels", &Config::discord_support_channels),
      same("discord_team_channel", "", "900", &Config::discord_team_channel),
      {"discord_gateway", false, "true", false, true, [](const Config& config) { return config.discord_gateway; }},
      same("accounts_url", "https://a.example/accounts", "https://b.example/accounts", &Config::accounts_url),
      same("accounts_token", "", "t", &Config::accounts_token),
      same("link_url", "https://a.example/?t={token}", "https://b.example/?t={token}", &Config::link_url),
      {"hours", {{"time_zone", "Asia/Tehran"}, {"saturday", "09:00-17:30"}}, R"({"friday":"00:00-24:00"})",
       {{"zone", "Asia/Tehran"}, {"spans", {{6, 540, 1050}}}}, {{"zone", "UTC"}, {"spans", {{5, 0, 1440}}}}, hours},
      {"first_response_within_minutes", 1, "43200", 1, 43200,
       [](const Config& config) { return config.first_response_within.count(); }},
      {"reopen_within_hours", 0, "8760", 0, 8760, [](const Config& config) { return config.reopen_within.count(); }},
      {"refund_policy", {{{"name", "a"}, {"verdict", "eligible"}}}, R"([{"name":"b","verdict":"needs_review","when":{"cancelled":true}}])",
       {{"a", "eligible", json::object()}}, {{"b", "needs_review", {{"cancelled", true}}}}, policy},
      number("worker_threads", 1, 64, &Config::worker_threads)};
  return all;
}

bool is_secret(const std::string& key) {
  for (const Option& option : options()) {
    if (option.key == key) return option.secret;
  }
  return false;
}

TEST(Options, EachHasASampleHere) {
  std::vector<std::string> known;
  std::vector<std::string> tried;
  for (const Option& option : options()) known.push_back(option.key);
  for (const Sample& sample : samples()) tried.push_back(sample.key);
  EXPECT_EQ(known, tried);
}

TEST(Options, EachIsReadFromTheFile) {
  for (const Sample& sample : samples()) {
    if (is_secret(sample.key)) continue;
    const File file(json{{sample.key, sample.in_file}}.dump());
    const Loaded loaded = load(file.path(), {});
    EXPECT_THAT(loaded.errors, IsEmpty()) << sample.key;
    EXPECT_EQ(sample.read(loaded.config), sample.from_file) << sample.key;
  }
}

TEST(Options, EachIsReadFromTheEnvironmentWhichWins) {
  for (const Option& option : options()) {
    const auto sample = std::find_if(samples().begin(), samples().end(), [&](const Sample& one) { return one.key == option.key; });
    ASSERT_NE(sample, samples().end());
    EXPECT_EQ(option.environment.rfind("HANDRAIL_", 0), 0U);
    const File file(option.secret ? "{}" : json{{sample->key, sample->in_file}}.dump());
    const Loaded loaded = load(file.path(), {{option.environment, sample->in_environment}});
    EXPECT_THAT(loaded.errors, IsEmpty()) << option.environment;
    EXPECT_EQ(sample->read(loaded.config), sample->from_environment) << option.environment;
  }
}

TEST(Options, EachIsReadFromAFileThatAVariableNames) {
  for (const Sample& sample : samples()) {
    const File content(sample.in_environment + "\r\n");
    for (const Option& option : options()) {
      if (option.key != sample.key) continue;
      const Loaded loaded = load("", {{option.environment + "_FILE", content.path()}});
      EXPECT_THAT(loaded.errors, IsEmpty()) << option.environment;
      EXPECT_EQ(sample.read(loaded.config), sample.from_environment) << option.environment << ": without the line's end";
    }
  }
}

TEST(Options, WhatIsNotGivenIsTheDefault) {
  const Loaded nothing = load("", {});
  EXPECT_FALSE(nothing.anything_given) << "only then serve may run a demo";
  EXPECT_THAT(nothing.errors, IsEmpty());
  EXPECT_THAT(nothing.warnings, IsEmpty());
  const Config standard;
  for (const Sample& sample : samples()) EXPECT_EQ(sample.read(nothing.config), sample.read(standard)) << sample.key;
  EXPECT_EQ(nothing.config.host, "127.0.0.1") << "bound to loopback unless told otherwise";
  EXPECT_TRUE(load("", {{"HANDRAIL_PORT", "80"}}).anything_given);
  EXPECT_TRUE(load(File("{}").path(), {}).anything_given);
}

TEST(Options, AnEmptyVariableIsNotGiven) {
  const File file(R"({"product_name": "Acme"})");
  EXPECT_EQ(load(file.path(), {{"HANDRAIL_PRODUCT_NAME", ""}}).config.product_name, "Acme");
}

TEST(Options, TheNamesThatOthersRelyOnAreThere) {
  std::vector<std::string> names;
  for (const Option& option : options()) names.push_back(option.environment);
  for (const char* name :
       {"HANDRAIL_API_KEY", "HANDRAIL_PUBLIC_URL", "HANDRAIL_DATABASE_URL", "HANDRAIL_CHAT_IDENTITY_SECRET",
        "HANDRAIL_SLACK_SIGNING_SECRET", "HANDRAIL_SLACK_BOT_TOKEN", "HANDRAIL_SLACK_API_URL", "HANDRAIL_DISCORD_PUBLIC_KEY",
        "HANDRAIL_DISCORD_APPLICATION_ID", "HANDRAIL_DISCORD_BOT_TOKEN", "HANDRAIL_DISCORD_API_URL", "HANDRAIL_ACCOUNTS_URL",
        "HANDRAIL_ACCOUNTS_TOKEN"}) {
    EXPECT_THAT(names, testing::Contains(name));
  }
}

TEST(Options, CommentsAreAllowedInTheFile) {
  const File file("// What we chose.\n{\n  \"port\": 9000, /* not the default */\n  \"product_name\": \"A // b\"\n}\n");
  const Loaded loaded = load(file.path(), {});
  EXPECT_THAT(loaded.errors, IsEmpty());
  EXPECT_EQ(loaded.config.port, 9000);
  EXPECT_EQ(loaded.config.product_name, "A // b") << "no comment inside a text";
}

TEST(Options, AnAccountsAddressChoosesTheHttpProvider) {
  EXPECT_EQ(load("", {}).config.accounts_provider, "embedded");
  EXPECT_EQ(load("", {{"HANDRAIL_ACCOUNTS_URL", "https://a.example"}}).config.accounts_provider, "http");
}

}  // namespace
}  // namespace handrail::config
