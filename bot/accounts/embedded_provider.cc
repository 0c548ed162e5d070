#include <charconv>

#include "bot/accounts/provider.h"
#include "bot/storage/accounts_table.h"
#include "bot/storage/people.h"

namespace handrail::accounts {
namespace {

class EmbeddedProvider final : public AccountProvider {
 public:
  explicit EmbeddedProvider(storage::Store& store) : store_(store) {}

  bool is_local() const override { return true; }

  Lookup look_up(const std::string& account_id, Freshness) override {
    Lookup lookup;
    const base::Status read = store_.read([&](storage::Session& session) {
      const auto body = storage::get_account(session, account_id);
      if (!body) {
        lookup.outcome = Outcome::not_found;
        return base::done();
      }
      const auto facts = facts_from_json(nlohmann::json::parse(*body, nullptr, false));
      if (!facts) return base::Status(facts.error());
      lookup.outcome = Outcome::found;
      lookup.facts = *facts;
      return base::done();
    });
    if (!read) {
      lookup.outcome = Outcome::unavailable;
      lookup.detail = read.error().detail.empty() ? read.error().message : read.error().detail;
    }
    return lookup;
  }

 private:
  storage::Store& store_;
};

constexpr std::int64_t kHourMs = 3'600'000;

}  // namespace

std::unique_ptr<AccountProvider> make_embedded_provider(storage::Store& store) {
  return std::make_unique<EmbeddedProvider>(store);
}

base::Result<int> import_accounts(storage::Store& store, const nlohmann::json& list,
                                  std::int64_t now) {
  if (!list.is_array())
    return base::Error{base::Code::invalid, "The file must hold a JSON list of accounts.", "", ""};
  std::vector<AccountFacts> accounts;
  for (std::size_t i = 0; i < list.size(); ++i) {
    auto facts = facts_from_json(list[i]);
    if (!facts) {
      base::Error error = facts.error();
      error.message = "Account " + std::to_string(i + 1) + ": " + error.message;
      return error;
    }
    accounts.push_back(std::move(*facts));
  }
  const base::Status written = store.write([&](storage::Session& session) {
    for (const AccountFacts& facts : accounts) {
      storage::put_account(session, facts.id, to_json(facts).dump(), now);
      for (const AccountIdentity& identity : facts.identities) {
        storage::link_identity(
            session, {identity.channel, identity.workspace, identity.user, "", "", "", false},
            facts.id, now);
      }
    }
    return base::done();
  });
  if (!written) return written.error();
  return static_cast<int>(accounts.size());
}

nlohmann::json resolve_relative_times(const nlohmann::json& json, std::int64_t now) {
  if (json.is_string()) {
    const auto text = json.get<std::string>();
    if (text.size() < 4 || text[0] != '@') return json;
    const std::int64_t unit = text.back() == 'd' ? 24 * kHourMs : text.back() == 'h' ? kHourMs : 0;
    std::int64_t amount = 0;
    const char* begin = text.data() + (text[1] == '+' ? 2 : 1);
    const auto [end, error] = std::from_chars(begin, text.data() + text.size() - 1, amount);
    if (unit == 0 || error != std::errc() || end != text.data() + text.size() - 1) return json;
    return to_rfc3339(now + amount * unit);
  }
  nlohmann::json copy = json;
  if (copy.is_structured()) {
    for (auto& value : copy) value = resolve_relative_times(value, now);
  }
  return copy;
}

}  // namespace handrail::accounts
