#include "bot/delivery/bot_tokens.h"

#include "bot/base/log.h"
#include "bot/storage/installations.h"

namespace handrail::delivery {

std::optional<BotToken> BotTokens::choose(const std::string& channel, const std::string& workspace) {
  BotToken configured;
  configured.kind = BotToken::Kind::configured;
  if (channel != "slack") {
    configured.token = config_.discord_bot_token;
    return configured;
  }
  const std::int64_t now = clock_.now_ms();
  std::uint64_t changes = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto found = known_.find(workspace);
    if (found != known_.end() && now - found->second.looked_at < kTokenFreshMs) return found->second.token;
    changes = changes_;
  }
  auto looked_up = look_up(workspace);
  if (!looked_up) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (changes != changes_) return looked_up;
  if (known_.size() >= kTokensRemembered) known_.clear();
  known_[workspace] = {*looked_up, now};
  return looked_up;
}

std::optional<BotToken> BotTokens::look_up(const std::string& workspace) {
  std::optional<storage::SlackInstallation> installation;
  const base::Status read = store_.read([&](storage::Session& session) {
    installation = storage::find_installation(session, workspace);
    return base::done();
  });
  if (!read) {
    base::log(base::Level::error, "installation_read_failed", {{"detail", read.error().detail}});
    return std::nullopt;
  }
  BotToken found;
  if (!installation) {
    found.token = config_.slack_bot_token;
    if (!found.token.empty()) found.kind = BotToken::Kind::configured;
    return found;
  }
  found.kind = BotToken::Kind::disconnected;
  found.workspace = installation->workspace;
  if (installation->sealed_token.empty()) return found;
  auto token = vault_.unseal(installation->sealed_token);
  if (!token) {
    // The key beside the database is another one: nobody can read it any more.
    base::log(base::Level::error, "token_cannot_be_unsealed", {{"workspace", installation->workspace}});
    return found;
  }
  found.kind = BotToken::Kind::installed;
  found.token = std::move(*token);
  found.sealed = installation->sealed_token;
  found.bot_user = installation->bot_user;
  found.expires_at = installation->token_expires_at;
  return found;
}

bool BotTokens::has_installations() {
  const std::int64_t now = clock_.now_ms();
  {
    const std::lock_guard lock(mutex_);
    if (has_looked_at_ != 0 && now - has_looked_at_ < kTokenFreshMs) return has_installations_;
  }
  bool any = false;
  const base::Status read = store_.read([&](storage::Session& session) {
    any = storage::has_installations(session);
    return base::done();
  });
  const std::lock_guard lock(mutex_);
  if (!read) return has_installations_;
  has_installations_ = any;
  has_looked_at_ = now;
  return any;
}

void BotTokens::refused(const BotToken& token, const std::string& because) {
  bool was_in_use = false;
  const base::Status written = store_.write([&](storage::Session& session) {
    was_in_use = storage::disconnect(session, token.workspace, token.sealed, because, clock_.now_ms());
    return base::done();
  });
  if (!written) base::log(base::Level::error, "disconnect_failed", {{"detail", written.error().detail}});
  if (was_in_use) {
    base::log(base::Level::error, "workspace_disconnected", {{"workspace", token.workspace}, {"because", because}});
  }
  forget();
}

void BotTokens::forget() {
  const std::lock_guard lock(mutex_);
  ++changes_;
  known_.clear();
  has_looked_at_ = 0;
}

}  // namespace handrail::delivery
