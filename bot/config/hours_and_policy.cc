#include "bot/config/hours_and_policy.h"

#include <algorithm>
#include <map>
#include <regex>

#include "bot/config/load.h"
#include "locales/format.h"

namespace handrail::config {
namespace {

using nlohmann::json;

// Mistakes as one sentence: a key has one line in the report.
class Mistakes {
 public:
  void add(const std::string& what) {
    if (!what.empty()) all_ += (all_.empty() ? "" : "; ") + what;
  }
  const std::string& all() const { return all_; }

 private:
  std::string all_;
};

std::string unknown(const std::string& what, const std::string& word, const std::vector<std::string>& known) {
  const std::string near = did_you_mean(word, known);
  return what + " " + word + (near.empty() ? "" : " (did you mean " + near + "?)");
}

json value_or_parsed(const json& value) {
  return value.is_string() ? json::parse(value.get<std::string>(), nullptr, false) : value;
}

std::string read_span(const std::string& given, Hours::Span& span) {
  static const std::regex kSpan("([0-9]{1,2}):([0-9]{2})-([0-9]{1,2}):([0-9]{2})");
  std::smatch part;
  if (!std::regex_match(given, part, kSpan)) return "must be hours such as 09:00-17:00";
  const auto number = [&](std::size_t group) { return std::stoi(part[group].str()); };
  span.from_minute = number(1) * 60 + number(2);
  span.to_minute = number(3) * 60 + number(4);
  const bool is_time = number(2) < 60 && number(4) < 60 && span.to_minute <= 24 * 60 && span.from_minute < span.to_minute;
  return is_time ? "" : "must be hours such as 09:00-17:00";
}

std::string count_mistake(const json& wanted) {
  return wanted.is_number_integer() && wanted >= 0 ? "" : "must be a whole number, 0 or more";
}

std::string truth_mistake(const json& wanted) { return wanted.is_boolean() ? "" : "must be true or false"; }

std::string status_mistake(const json& wanted) {
  static const std::vector<std::string> kStatuses = {"active", "trialing", "past_due", "canceled", "free"};
  const bool known = wanted.is_string() && std::find(kStatuses.begin(), kStatuses.end(), wanted.get<std::string>()) != kStatuses.end();
  return known ? "" : "must be active, trialing, past_due, canceled or free";
}

// What may be wrong with a condition's value, by its name (bot/tickets/policy.h says what each means).
const std::map<std::string, std::string (*)(const json&)>& conditions() {
  static const std::map<std::string, std::string (*)(const json&)> all = {{"days_since_charge_at_most", count_mistake},
                                                                         {"credits_used_at_most", count_mistake},
                                                                         {"charged_before_cancelling", truth_mistake},
                                                                         {"cancelled", truth_mistake},
                                                                         {"charged_twice", truth_mistake},
                                                                         {"status", status_mistake}};
  return all;
}

std::string condition_mistake(const std::string& name, const json& wanted) {
  const auto known = conditions().find(name);
  if (known == conditions().end()) {
    std::vector<std::string> names;
    for (const auto& [condition, check] : conditions()) names.push_back(condition);
    return unknown("unknown condition", name, names);
  }
  const std::string wrong = known->second(wanted);
  return wrong.empty() ? "" : name + " " + wrong;
}

void read_rule(const json& rule, std::vector<PolicyRule>& rules, Mistakes& mistakes) {
  static const std::vector<std::string> kKeys = {"name", "verdict", "when"};
  static const std::vector<std::string> kVerdicts = {"eligible", "needs_review", "not_eligible"};
  if (!rule.is_object() || !rule.contains("name") || !rule["name"].is_string()) return mistakes.add("every rule needs a name");
  PolicyRule entry;
  entry.name = rule["name"].get<std::string>();
  const std::string start = entry.name + ": ";
  for (const auto& [key, ignored] : rule.items()) {
    if (std::find(kKeys.begin(), kKeys.end(), key) == kKeys.end()) mistakes.add(start + unknown("unknown key", key, kKeys));
  }
  if (rule.contains("verdict") && rule["verdict"].is_string()) entry.verdict = rule["verdict"].get<std::string>();
  if (std::find(kVerdicts.begin(), kVerdicts.end(), entry.verdict) == kVerdicts.end()) {
    mistakes.add(start + "verdict must be eligible, needs_review or not_eligible");
  }
  if (rule.contains("when")) entry.when = rule["when"];
  if (!entry.when.is_object()) return mistakes.add(start + "when must be an object");
  for (const auto& [name, wanted] : entry.when.items()) {
    const std::string wrong = condition_mistake(name, wanted);
    if (!wrong.empty()) mistakes.add(start + wrong);
  }
  rules.push_back(std::move(entry));
}

}  // namespace

std::string read_hours(const json& value, Hours& into) {
  static const std::vector<std::string> kDays = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"};
  const json given = value_or_parsed(value);
  if (!given.is_object()) return "must be an object such as {\"time_zone\": \"Europe/Berlin\", \"monday\": \"09:00-17:00\"}";
  Hours hours;
  Mistakes mistakes;
  for (const auto& [key, entry] : given.items()) {
    const auto day = std::find(kDays.begin(), kDays.end(), key);
    if (key != "time_zone" && day == kDays.end()) {
      mistakes.add(unknown("no such day:", key, kDays));
    } else if (!entry.is_string()) {
      mistakes.add(key + " must be text");
    } else if (key == "time_zone") {
      hours.time_zone = entry.get<std::string>();
      if (!locales::is_time_zone(hours.time_zone)) mistakes.add("time_zone: no such time zone: " + hours.time_zone);
    } else {
      Hours::Span span;
      span.day = static_cast<int>(day - kDays.begin()) + 1;
      const std::string wrong = read_span(entry.get<std::string>(), span);
      if (!wrong.empty()) mistakes.add(key + " " + wrong);
      hours.spans.push_back(span);
    }
  }
  if (mistakes.all().empty()) into = std::move(hours);
  return mistakes.all();
}

std::string read_policy(const json& value, std::vector<PolicyRule>& into) {
  const json given = value_or_parsed(value);
  if (!given.is_array()) return "must be a list of rules {\"name\", \"verdict\", \"when\"}";
  std::vector<PolicyRule> rules;
  Mistakes mistakes;
  for (const json& rule : given) read_rule(rule, rules, mistakes);
  if (mistakes.all().empty()) into = std::move(rules);
  return mistakes.all();
}

}  // namespace handrail::config
