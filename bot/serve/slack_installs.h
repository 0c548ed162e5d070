// Slack workspaces that install the app themselves (contract slack.md section 8): the way from "install" to a stored token, who
// we are in each workspace, and what is to be done when one removes us or a token grows old.
//
// A state is bound to the browser by a cookie, kept as a hash and good for one use. Tokens are sealed before they are stored
// and never logged; what Slack answers is logged as its error code alone. Thread safe.
#pragma once

#include <chrono>
#include <mutex>
#include <set>
#include <string>

#include "adapters/channel.h"
#include "bot/base/clock.h"
#include "bot/base/http_client.h"
#include "bot/base/result.h"
#include "bot/base/secret.h"
#include "bot/config/config.h"
#include "bot/delivery/bot_tokens.h"
#include "bot/serve/slack_workspace.h"
#include "bot/storage/installations.h"
#include "bot/storage/store.h"

namespace handrail::serve {

inline constexpr std::chrono::minutes kInstallStateLife{10};  // as long as Slack's code lives
inline constexpr std::int64_t kInstallsUnderWay = 1'000;      // more are refused until some are done or expire
inline constexpr std::size_t kInstallParameterBytes = 512;    // of state, code and cookie; a longer one is none of Slack's
inline constexpr std::size_t kWorkspaceIdBytes = 32;
inline constexpr std::chrono::milliseconds kExchangeDeadline{5'000};
inline constexpr std::chrono::minutes kRefreshBefore{120};  // a token that rotates lives 12 hours
inline constexpr std::chrono::minutes kRefreshClaim{5};     // then another process may try
inline constexpr std::int64_t kRefreshesAtOnce = 100;
inline constexpr std::size_t kStrangersRemembered = 1'000;

struct BegunInstall {
  std::string url;     // Slack's page that asks for consent
  std::string cookie;  // for the browser
};

class SlackInstalls {
 public:
  // All of them outlive this object.
  SlackInstalls(storage::Store& store, base::HttpClient& http, const base::Clock& clock, const base::Vault& vault,
                const config::Config& config, delivery::BotTokens& tokens)
      : store_(store), http_(http), clock_(clock), vault_(vault), config_(config), tokens_(tokens) {}

  // What is not configured, in words; empty: workspaces may install the app.
  std::string why_not() const;
  base::Result<BegunInstall> begin();
  // Uses the state up, so that it cannot be used again; Code::unauthorized says why it is not good.
  base::Status use_state(const std::string& state, const std::string& cookie);
  // Exchanges the code and stores the installation. `message` of an error is for the person in the browser.
  base::Result<storage::SlackInstallation> finish(const std::string& code);

  // Before parsing: who we are in the workspace of a verified request.
  void introduce(const adapters::HttpRequest& request, adapters::OwnIds& own);
  // A verified lifecycle event: the installation is disconnected when it says so.
  base::Status heed(const adapters::HttpRequest& request);
  // A workspace in which nothing can be said, because no token is for it. Logged once for each.
  bool is_stranger(const std::string& workspace);

  // For the housekeeping: tokens that expire soon are renewed, states that expired are forgotten.
  void refresh();

 private:
  base::Result<nlohmann::json> ask(const std::string& form);

  storage::Store& store_;
  base::HttpClient& http_;
  const base::Clock& clock_;
  const base::Vault& vault_;
  const config::Config& config_;
  delivery::BotTokens& tokens_;
  std::mutex mutex_;
  std::set<std::string> strangers_;
};

}  // namespace handrail::serve
