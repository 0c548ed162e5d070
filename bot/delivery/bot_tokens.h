// Which bot token speaks for a workspace: that of the Slack installation it belongs to, or the configured one. What was looked
// up is remembered for kTokenFreshMs, so that another process's installation is seen soon. Thread safe.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "bot/base/clock.h"
#include "bot/base/secret.h"
#include "bot/config/config.h"
#include "bot/storage/store.h"

namespace handrail::delivery {

inline constexpr std::int64_t kTokenFreshMs = 2'000;
inline constexpr std::int64_t kTokenRenewalMs = 10'000;   // a send whose token has expired waits so long for the next one
inline constexpr std::size_t kTokensRemembered = 10'000;  // then anew

// The reason of a send that is given up because the workspace has removed us, or never had us.
inline constexpr const char* kDisconnected = "workspace_disconnected";
inline constexpr const char* kNotInstalled = "workspace_not_installed";

struct BotToken {
  enum class Kind {
    configured,    // the one token of the configuration
    installed,     // of an installation by OAuth
    disconnected,  // it was installed once: nothing can be sent until it is installed again
    none           // nothing speaks for this workspace
  };
  Kind kind = Kind::none;
  std::string token;            // a secret; never logged
  std::string workspace;        // whose installation it is: the team's or its organisation's
  std::string sealed;           // tells this token from the one of a re-install
  std::string bot_user;         // of an installation
  std::int64_t expires_at = 0;  // 0: never
};

class BotTokens {
 public:
  // All of them outlive this object.
  BotTokens(storage::Store& store, const base::Clock& clock, const base::Vault& vault, const config::Config& config)
      : store_(store), clock_(clock), vault_(vault), config_(config) {}

  // Nothing: the database does not answer now.
  std::optional<BotToken> choose(const std::string& channel, const std::string& workspace);
  // True when workspaces have been installed by OAuth, now or before.
  bool has_installations();
  // The platform refuses it for good: its installation is disconnected, unless it has another token by now.
  void refused(const BotToken& token, const std::string& because);
  // An installation was made, removed or renewed: look anew.
  void forget();

 private:
  struct Known {
    BotToken token;
    std::int64_t looked_at = 0;
  };
  std::optional<BotToken> look_up(const std::string& workspace);

  storage::Store& store_;
  const base::Clock& clock_;
  const base::Vault& vault_;
  const config::Config& config_;
  std::mutex mutex_;
  std::map<std::string, Known> known_;  // by workspace
  std::uint64_t changes_ = 0;           // what was looked up before a change is not remembered after it
  bool has_installations_ = false;
  std::int64_t has_looked_at_ = 0;
};

}  // namespace handrail::delivery
