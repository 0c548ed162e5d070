#include <cstdio>
#include <map>
#include <mutex>

#include "bot/accounts/provider.h"

namespace handrail::accounts {
namespace {

// RFC 3986 unreserved characters stay; everything else is percent-encoded, so an id cannot change
// the path.
std::string path_segment(const std::string& text) {
  std::string encoded;
  for (const unsigned char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_' || c == '.' || c == '~';
    char hex[4];
    std::snprintf(hex, sizeof hex, "%%%02X", c);
    encoded += plain ? std::string(1, static_cast<char>(c)) : std::string(hex);
  }
  return encoded;
}

class HttpProvider final : public AccountProvider {
 public:
  HttpProvider(HttpProviderOptions options, base::HttpClient& http, const base::Clock& clock)
      : options_(std::move(options)), http_(http), clock_(clock) {}

  bool is_local() const override { return false; }

  Lookup look_up(const std::string& account_id, Freshness freshness) override {
    // As a path segment these would name another resource, however they are encoded.
    if (account_id.empty() || account_id == "." || account_id == "..")
      return {Outcome::not_found, {}, ""};
    const std::int64_t now = clock_.now_ms();
    {
      const std::lock_guard lock(mutex_);
      const auto cached = cache_.find(account_id);
      const bool young = cached != cache_.end() &&
                         now - cached->second.at < std::chrono::milliseconds(kCacheLife).count();
      if (freshness == Freshness::cached && young) return cached->second.lookup;
      if (now < breaker_open_until_) return {Outcome::unavailable, {}, "breaker open"};
    }
    Answer answer = ask(account_id, kProviderDeadline / 2);
    if (answer.worth_asking_again) answer = ask(account_id, kProviderDeadline / 2);
    const Lookup& lookup = answer.lookup;
    const std::lock_guard lock(mutex_);
    if (lookup.outcome == Outcome::unavailable) {
      // The count stays: after the rest one more failure is enough to rest again.
      if (++failures_ >= kFailuresToOpenBreaker) {
        breaker_open_until_ = clock_.now_ms() + std::chrono::milliseconds(kBreakerRest).count();
      }
      return lookup;
    }
    failures_ = 0;
    if (cache_.size() >= kCacheEntries) cache_.clear();
    cache_[account_id] = {lookup, now};
    return lookup;
  }

 private:
  struct Cached {
    Lookup lookup;
    std::int64_t at = 0;
  };

  struct Answer {
    Lookup lookup;
    bool worth_asking_again =
        false;  // nobody answered, or the server says that it is its own trouble
  };

  Answer ask(const std::string& account_id, std::chrono::milliseconds deadline) {
    base::HttpCall call;
    call.url = options_.url + "/" + path_segment(account_id);
    call.deadline = deadline;
    call.headers = {{"Accept", "application/json"}};
    if (!options_.token.empty())
      call.headers.emplace_back("Authorization", "Bearer " + options_.token);
    const base::HttpReply reply = http_.send(call);
    if (reply.status == 404) return {{Outcome::not_found, {}, ""}, false};
    if (reply.status != 200) {
      const bool again = reply.status == 0 || reply.status == 429 || reply.status >= 500;
      return {{Outcome::unavailable,
               {},
               reply.status == 0 ? reply.error : "status " + std::to_string(reply.status)},
              again};
    }
    const auto facts = facts_from_json(nlohmann::json::parse(reply.body, nullptr, false));
    if (!facts) return {{Outcome::unavailable, {}, "bad answer: " + facts.error().message}, false};
    // An answer about someone else must never be shown.
    if (facts->id != account_id)
      return {{Outcome::unavailable, {}, "the answer is about another account"}, false};
    return {{Outcome::found, *facts, ""}, false};
  }

  const HttpProviderOptions options_;
  base::HttpClient& http_;
  const base::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Cached> cache_;
  int failures_ = 0;
  std::int64_t breaker_open_until_ = 0;
};

}  // namespace

std::unique_ptr<AccountProvider> make_http_provider(const HttpProviderOptions& options,
                                                    base::HttpClient& http,
                                                    const base::Clock& clock) {
  return std::make_unique<HttpProvider>(options, http, clock);
}

}  // namespace handrail::accounts
