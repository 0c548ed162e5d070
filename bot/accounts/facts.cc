#include "bot/accounts/facts.h"

#include <limits>

namespace handrail::accounts {
namespace {

using nlohmann::json;

// Reads fields and remembers the first thing that is wrong, with its path.
class Reader {
 public:
  explicit Reader(const json& root) : root_(root) {}

  void text(const json& object, const std::string& path, const char* key,
            std::optional<std::string>& into) {
    const json* value = find(object, key);
    if (value == nullptr) return;
    if (!value->is_string()) return wrong(path + key, "must be text");
    into = value->get<std::string>();
  }
  void choice(const json& object, const std::string& path, const char* key,
              std::optional<std::string>& into, std::initializer_list<const char*> allowed) {
    text(object, path, key, into);
    if (!into) return;
    std::string list;
    for (const char* word : allowed) {
      if (*into == word) return;
      list += (list.empty() ? "" : ", ") + std::string(word);
    }
    wrong(path + key, "must be one of " + list);
  }
  void boolean(const json& object, const std::string& path, const char* key,
               std::optional<bool>& into) {
    const json* value = find(object, key);
    if (value == nullptr) return;
    if (!value->is_boolean()) return wrong(path + key, "must be true or false");
    into = value->get<bool>();
  }
  void integer(const json& object, const std::string& path, const char* key,
               std::optional<std::int64_t>& into) {
    const json* value = find(object, key);
    if (value == nullptr) return;
    constexpr std::uint64_t kLargest = std::numeric_limits<std::int64_t>::max();
    const bool fits = !value->is_number_unsigned() || value->get<std::uint64_t>() <= kLargest;
    if (!value->is_number_integer() || !fits) return wrong(path + key, "must be a whole number");
    into = value->get<std::int64_t>();
  }
  void time(const json& object, const std::string& path, const char* key,
            std::optional<std::int64_t>& into) {
    const json* value = find(object, key);
    if (value == nullptr) return;
    if (value->is_string()) into = from_rfc3339(value->get<std::string>());
    if (!into) wrong(path + key, "must be a time such as 2026-03-14T00:00:00Z");
  }
  const json* object(const char* key) {
    const json* value = find(root_, key);
    if (value == nullptr) return nullptr;
    if (!value->is_object()) {
      wrong(key, "must be an object");
      return nullptr;
    }
    return value;
  }
  void wrong(const std::string& field, const std::string& message) {
    if (!error_) error_ = base::Error{base::Code::invalid, field + " " + message + ".", field, ""};
  }
  const std::optional<base::Error>& error() const { return error_; }

 private:
  static const json* find(const json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
  }

  const json& root_;
  std::optional<base::Error> error_;
};

template <typename T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

json time_or_null(const std::optional<std::int64_t>& at) {
  return at ? json(to_rfc3339(*at)) : json(nullptr);
}

}  // namespace

base::Result<AccountFacts> facts_from_json(const json& root) {
  if (!root.is_object())
    return base::Error{base::Code::invalid, "An account must be a JSON object.", "", ""};
  Reader read(root);
  AccountFacts facts;
  std::optional<std::string> id;
  read.text(root, "", "id", id);
  if (!id || id->empty()) read.wrong("id", "is required");
  facts.id = id.value_or("");
  read.text(root, "", "plan", facts.plan);
  read.choice(root, "", "status", facts.status,
              {"active", "trialing", "past_due", "canceled", "free"});
  read.boolean(root, "", "auto_renew", facts.auto_renew);
  read.time(root, "", "next_billing_at", facts.next_billing_at);
  read.time(root, "", "current_period_end", facts.current_period_end);
  read.time(root, "", "cancelled_at", facts.cancelled_at);
  if (const json* charge = read.object("last_charge")) {
    facts.last_charge.emplace();
    read.text(*charge, "last_charge.", "id", facts.last_charge->id);
    read.integer(*charge, "last_charge.", "amount_minor", facts.last_charge->amount_minor);
    read.text(*charge, "last_charge.", "currency", facts.last_charge->currency);
    read.time(*charge, "last_charge.", "at", facts.last_charge->at);
  }
  if (const json* credits = read.object("credits")) {
    read.integer(*credits, "credits.", "balance", facts.credits_balance);
    read.integer(*credits, "credits.", "used_since_last_charge",
                 facts.credits_used_since_last_charge);
  }
  if (const json* free = read.object("free_credits")) {
    read.boolean(*free, "free_credits.", "eligible", facts.free_credits_eligible);
    read.time(*free, "free_credits.", "last_granted_at", facts.free_credits_last_granted_at);
    read.time(*free, "free_credits.", "next_grant_at", facts.free_credits_next_grant_at);
    read.choice(*free, "free_credits.", "blocked_reason", facts.free_credits_blocked_reason,
                {"device_limit", "region", "unverified", "none"});
  }
  read.text(root, "", "region", facts.region);
  read.text(root, "", "locale", facts.locale);
  const auto identities = root.find("identities");
  if (identities != root.end() && !identities->is_null()) {
    if (!identities->is_array())
      return base::Error{base::Code::invalid, "identities must be a list.", "identities", ""};
    std::size_t index = 0;
    for (const json& entry : *identities) {
      const std::string path = "identities[" + std::to_string(index++) + "].";
      std::optional<std::string> channel;
      std::optional<std::string> workspace;
      std::optional<std::string> user;
      if (entry.is_object()) {
        read.text(entry, path, "channel", channel);
        read.text(entry, path, "workspace", workspace);
        read.text(entry, path, "user", user);
      }
      if (!channel || channel->empty()) read.wrong(path + "channel", "is required");
      if (!user || user->empty()) read.wrong(path + "user", "is required");
      facts.identities.push_back({channel.value_or(""), workspace.value_or(""), user.value_or("")});
    }
  }
  if (read.error()) return *read.error();
  return facts;
}

json to_json(const AccountFacts& facts) {
  json charge = nullptr;
  if (facts.last_charge) {
    charge = {{"id", or_null(facts.last_charge->id)},
              {"amount_minor", or_null(facts.last_charge->amount_minor)},
              {"currency", or_null(facts.last_charge->currency)},
              {"at", time_or_null(facts.last_charge->at)}};
  }
  json identities = json::array();
  for (const AccountIdentity& identity : facts.identities) {
    identities.push_back({{"channel", identity.channel},
                          {"workspace", identity.workspace},
                          {"user", identity.user}});
  }
  return {{"id", facts.id},
          {"plan", or_null(facts.plan)},
          {"status", or_null(facts.status)},
          {"auto_renew", or_null(facts.auto_renew)},
          {"next_billing_at", time_or_null(facts.next_billing_at)},
          {"current_period_end", time_or_null(facts.current_period_end)},
          {"cancelled_at", time_or_null(facts.cancelled_at)},
          {"last_charge", charge},
          {"credits",
           {{"balance", or_null(facts.credits_balance)},
            {"used_since_last_charge", or_null(facts.credits_used_since_last_charge)}}},
          {"free_credits",
           {{"eligible", or_null(facts.free_credits_eligible)},
            {"last_granted_at", time_or_null(facts.free_credits_last_granted_at)},
            {"next_grant_at", time_or_null(facts.free_credits_next_grant_at)},
            {"blocked_reason", or_null(facts.free_credits_blocked_reason)}}},
          {"region", or_null(facts.region)},
          {"locale", or_null(facts.locale)},
          {"identities", identities}};
}

}  // namespace handrail::accounts
