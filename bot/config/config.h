// Everything an operator can choose. One commented JSON file, every key also as HANDRAIL_... in the
// environment (the environment wins), secrets only from the environment or files named there.
// Immutable after loading; value type. Durations are std::chrono, in JSON the unit ends the key
// ("lookup_deadline_ms").
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace handrail::config {

// Design section 11. Each is tested at the limit and one past it.
inline constexpr std::size_t kBodyBytes = 1024 * 1024;
inline constexpr std::size_t kMessageCharacters = 4000;
inline constexpr std::size_t kHeaders = 100;
inline constexpr std::size_t kQueuedPerConversation = 1000;
inline constexpr std::chrono::hours kDeliveryPatience{24};
inline constexpr std::chrono::hours kSessionTokenLife{24 * 30};
inline constexpr std::chrono::minutes kOneTimeLinkLife{15};
inline constexpr int kSignInAttempts = 5;
inline constexpr std::chrono::minutes kSignInWindow{15};
inline constexpr int kChatSessionsPerMinute = 20;
inline constexpr int kMessagesPerMinute = 30;
inline constexpr std::chrono::milliseconds kInlineAnswerPatience{2000};
inline constexpr std::chrono::milliseconds kAccountLookupDeadline{1500};

// When people answer. Days 1 = Monday .. 7 = Sunday; minutes since midnight in `time_zone`.
struct Hours {
  std::string time_zone = "UTC";
  struct Span {
    int day = 1;
    int from_minute = 9 * 60;
    int to_minute = 17 * 60;
  };
  std::vector<Span> spans;  // empty: always open
};

// One rule of the refund policy: the first whose conditions all hold decides. Conditions are JSON
// over the triage facts, see bot/tickets/policy.h. Configuration, not code.
struct PolicyRule {
  std::string name;
  std::string verdict;  // "eligible", "needs_review", "not_eligible"
  nlohmann::json when = nlohmann::json::object();
};

struct Config {
  std::string host = "127.0.0.1";
  int port = 8080;
  std::string data_dir = "./handrail-data";
  std::string database_url;  // empty: sqlite in data_dir
  std::string public_url;    // "https://bot.example", without a slash at the end; empty: unknown
  std::string product_name = "our product";
  std::string default_locale = "en";
  std::string time_zone = "UTC";  // dates in answers
  std::string log_level = "info";

  std::string api_key;
  std::vector<std::string> allowed_origins;  // sites that may embed the widget
  std::vector<std::string> trusted_proxies;  // their X-Forwarded-For is believed

  std::string chat_identity_secret;

  std::string slack_signing_secret;
  std::string slack_bot_token;
  std::string slack_api_url = "https://slack.com/api/";
  std::string slack_client_id;      // with its secret: workspaces install the app at /slack/install
  std::string slack_client_secret;
  std::string slack_redirect_url;   // empty: public_url + /slack/oauth/callback
  std::string slack_authorize_url = "https://slack.com/oauth/v2/authorize";
  std::vector<std::string> slack_support_channels;  // answered unmentioned
  std::string slack_team_channel;  // where agents work: "C..." or, with several workspaces, "T.../C..."; empty: nowhere
  std::string slack_app_token;  // "xapp-...": Socket Mode instead of calls to a public address

  std::string discord_public_key;
  std::string discord_application_id;
  std::string discord_bot_token;
  std::string discord_api_url = "https://discord.com/api/v10";
  std::vector<std::string> discord_support_channels;
  std::string discord_team_channel;
  bool discord_gateway = false;  // keep a connection open for plain messages

  std::string accounts_provider = "embedded";  // or "http" (chosen when accounts_url is set)
  std::string accounts_url;
  std::string accounts_token;
  std::string link_url;  // the site's page that confirms a link,
                         // "https://product.example/link?token={token}"; empty: none

  Hours hours;
  std::chrono::minutes first_response_within{4 * 60};
  std::chrono::hours reopen_within{24 * 7};
  std::vector<PolicyRule> refund_policy;  // empty: the shipped default
  int worker_threads = 4;  // they mostly wait for the flush they share, so there are more of them than cores

  bool demo = false;  // serve with no configuration, no HANDRAIL_... and no data
};

}  // namespace handrail::config
