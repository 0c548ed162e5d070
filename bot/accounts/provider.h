// Where account facts come from. Unavailable is not "no account": the two are different answers to
// the person. Thread safe. Lookups are made outside of database transactions and never take longer
// than the deadline.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "bot/accounts/facts.h"
#include "bot/base/clock.h"
#include "bot/base/http_client.h"
#include "bot/storage/store.h"

namespace handrail::accounts {

enum class Freshness { cached, fresh };
enum class Outcome { found, not_found, unavailable };

struct Lookup {
  Outcome outcome = Outcome::unavailable;
  AccountFacts facts;
  std::string detail;  // for the log
};

class AccountProvider {
 public:
  virtual ~AccountProvider() = default;
  virtual Lookup look_up(const std::string& account_id, Freshness freshness) = 0;
  // True when a lookup asks nobody outside: then a turn need not be queued for it.
  virtual bool is_local() const = 0;
};

// The product's own table: filled by `handrail accounts import` and PUT /api/v1/accounts/{id}.
std::unique_ptr<AccountProvider> make_embedded_provider(storage::Store& store);

// GET {url}/{account_id} with a bearer token; 200 with the account's JSON, 404 for no such account,
// anything else means unavailable. One retry within the deadline; a short cache; a breaker that
// stops asking a provider that keeps failing.
inline constexpr std::chrono::milliseconds kProviderDeadline{
    1500};  // design section 2, the retry included
inline constexpr std::chrono::seconds kCacheLife{30};
inline constexpr std::size_t kCacheEntries = 10'000;
inline constexpr int kFailuresToOpenBreaker = 5;
inline constexpr std::chrono::seconds kBreakerRest{15};
struct HttpProviderOptions {
  std::string url;  // without a slash at the end
  std::string token;
};
std::unique_ptr<AccountProvider> make_http_provider(const HttpProviderOptions& options,
                                                    base::HttpClient& http,
                                                    const base::Clock& clock);

// Stores a list of accounts and links their identities, all or nothing. The number stored; errors
// name the entry and field.
base::Result<int> import_accounts(storage::Store& store, const nlohmann::json& list,
                                  std::int64_t now);

// The list in demo_accounts.json shows every state: active ("ana", "arash"), charged and then
// cancelled ("ben"), charged after cancelling ("cem"), renewal off ("bita"), trialing, past due,
// free credits blocked for each reason ("elham", "farid", "gita"), free and well ("hugo"), nothing
// known ("iris"). Its times are relative ("@+12d", "@-3h"); this makes them times from `now`.
nlohmann::json resolve_relative_times(const nlohmann::json& json, std::int64_t now);

}  // namespace handrail::accounts
