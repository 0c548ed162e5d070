#include "bot/accounts/facts.h"

#include <array>
#include <chrono>
#include <cstdio>

namespace handrail::accounts {
namespace {

using nlohmann::json;

// Reads fields and remembers the first thing that is wrong, with its path.
class Reader {
 public:
  explicit Reader(const json& root) : root_(root) {}

  void text(const json& object, const std::string& path, const char* key, std::optional<std::string>& into) {
    const json* value = find(object, key);
    if (value == nullptr) return;
    if (!value->is_string()) return wrong(path + key, "must be text");
    into = value->get<std::string>();
  }
  void choice(const json& object, const std::string& path, const char* key, std::optional<std::string>& into,
              std::initializer_list<const char*> allowed) {
    text(object, path, key, into);
    if (!into) return;
    std::string list;
    for (const char* word : allowed) {
      if (*into == word) return;
      list += (list.empty() ? "" : ", ") + std::string(word);
    }
    wrong(path + key, "must be one of " + list);
  }
  void boolean(const json& object, const std::string& path, const char* key, std::optional<bool>& into) {
    const json* value = find(object, key);
    if (value == nullptr) return;
    if (!value->is_boolean()) return wrong(path + key, "must be true or false");
    into = value->get<bool>();
  }
  void integer(const json& object, const std::string& path, const char* key, std::optional<std::int64_t>& into) {
    const json* value = find(object, key);
    if (value == nullptr) return;
    if (!value->is_number_integer()) return wrong(path + key, "must be a whole number");
    into = value->get<std::int64_t>();
  }
  void time(const json& object, const std::string& path, const char* key, std::optional<std::int64_t>& into) {
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

json time_or_null(const std::optional<std::int64_t>& at) { return at ? json(to_rfc3339(*at)) : json(nullptr); }

}  // namespace

base::Result<AccountFacts> facts_from_json(const json& root) {
  if (!root.is_object()) return base::Error{base::Code::invalid, "An account must be a JSON object.", "", ""};
  Reader read(root);
  AccountFacts facts;
  std::optional<std::string> id;
  read.text(root, "", "id", id);
  if (!id || id->empty()) read.wrong("id", "is required");
  facts.id = id.value_or("");
  read.text(root, "", "plan", facts.plan);
  read.choice(root, "", "status", facts.status, {"active", "trialing", "past_due", "canceled", "free"});
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
    read.integer(*credits, "credits.", "used_since_last_charge", facts.credits_used_since_last_charge);
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
  if (root.contains("identities") && !root["identities"].is_null()) {
    if (!root["identities"].is_array()) read.wrong("identities", "must be a list");
    std::size_t index = 0;
    for (const json& entry : root["identities"]) {
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
    identities.push_back({{"channel", identity.channel}, {"workspace", identity.workspace}, {"user", identity.user}});
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

std::string to_rfc3339(std::int64_t at_ms) {
  using namespace std::chrono;
  const sys_time<milliseconds> at{milliseconds(at_ms)};
  const auto day = floor<days>(at);
  const year_month_day date{day};
  const hh_mm_ss time{floor<milliseconds>(at - day)};
  std::array<char, 40> text{};
  const int size = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                                 static_cast<int>(time.seconds().count()));
  std::string result(text.data(), static_cast<std::size_t>(size));
  if (time.subseconds().count() != 0) {
    std::snprintf(text.data(), text.size(), ".%03d", static_cast<int>(time.subseconds().count()));
    result += text.data();
  }
  return result + "Z";
}

std::optional<std::int64_t> from_rfc3339(const std::string& text) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, used = 0;
  if (std::sscanf(text.c_str(), "%4d-%2d-%2d%*[Tt ]%2d:%2d:%2d%n", &year, &month, &day, &hour, &minute, &second, &used) != 6 ||
      used < 19) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  std::size_t at = static_cast<std::size_t>(used);
  std::int64_t fraction_ms = 0;
  if (at < text.size() && text[at] == '.') {
    std::int64_t scale = 100;
    for (++at; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
      fraction_ms += (text[at] - '0') * scale;
      scale /= 10;
    }
  }
  std::int64_t offset_minutes = 0;
  if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
    ++at;
  } else {
    int offset_hour = 0, offset_minute = 0;
    char sign = 0;
    int length = 0;
    if (std::sscanf(text.c_str() + at, "%c%2d:%2d%n", &sign, &offset_hour, &offset_minute, &length) != 3 ||
        (sign != '+' && sign != '-')) {
      return std::nullopt;
    }
    offset_minutes = (offset_hour * 60 + offset_minute) * (sign == '-' ? -1 : 1);
    at += static_cast<std::size_t>(length);
  }
  if (at != text.size()) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  const std::int64_t seconds = std::chrono::duration_cast<std::chrono::seconds>(days).count() + hour * 3600 + minute * 60 + second;
  return (seconds - offset_minutes * 60) * 1000 + fraction_ms;
}

}  // namespace handrail::accounts
