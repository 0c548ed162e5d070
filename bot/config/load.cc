#include "bot/config/load.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <sstream>

#include "bot/config/hours_and_policy.h"
#include "locales/format.h"
#include "locales/tag.h"

extern char** environ;  // NOLINT: POSIX

namespace handrail::config {
namespace {

using nlohmann::json;

// Where the shipped data lies: ours, but a matter of packaging and no option.
constexpr std::string_view kShare = "HANDRAIL_SHARE";

// Sets one option from JSON or from the text of a variable; returns what is wrong, or "".
using Setter = std::function<std::string(Config&, const json&)>;

struct Entry {
  Option option;
  Setter set;
};

std::string environment_name(const std::string& key) {
  std::string name = "HANDRAIL_" + key;
  for (char& c : name) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  return name;
}

Setter text(std::string Config::*field) {
  return [field](Config& config, const json& value) -> std::string {
    if (!value.is_string()) return "must be text";
    config.*field = value.get<std::string>();
    return "";
  };
}

Setter url(std::string Config::*field) {
  return [field](Config& config, const json& value) -> std::string {
    if (!value.is_string()) return "must be text";
    auto given = value.get<std::string>();
    while (!given.empty() && given.back() == '/') given.pop_back();
    if (!given.empty() && given.rfind("https://", 0) != 0 && given.rfind("http://", 0) != 0)
      return "must begin with https:// or http://";
    config.*field = given;
    return "";
  };
}

Setter list(std::vector<std::string> Config::*field) {
  return [field](Config& config, const json& value) -> std::string {
    std::vector<std::string> items;
    if (value.is_string()) {
      std::stringstream stream(value.get<std::string>());
      for (std::string item; std::getline(stream, item, ',');) {
        const std::size_t first = item.find_first_not_of(' ');
        if (first != std::string::npos)
          items.push_back(item.substr(first, item.find_last_not_of(' ') - first + 1));
      }
    } else if (value.is_array()) {
      for (const json& item : value) {
        if (!item.is_string()) return "must be a list of texts";
        items.push_back(item.get<std::string>());
      }
    } else {
      return "must be a list of texts";
    }
    config.*field = std::move(items);
    return "";
  };
}

std::string whole_number(const json& value, long low, long high, long& into) {
  if (value.is_number_integer()) {
    into = value.get<long>();
  } else if (value.is_string()) {
    const auto given = value.get<std::string>();
    const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), into);
    if (error != std::errc() || end != given.data() + given.size()) return "must be a whole number";
  } else {
    return "must be a whole number";
  }
  if (into < low || into > high)
    return "must be between " + std::to_string(low) + " and " + std::to_string(high);
  return "";
}

Setter number(int Config::*field, long low, long high) {
  return [field, low, high](Config& config, const json& value) {
    long given = 0;
    std::string wrong = whole_number(value, low, high, given);
    if (wrong.empty()) config.*field = static_cast<int>(given);
    return wrong;
  };
}

// The unit ends the option's name.
template <typename Duration>
Setter duration(Duration Config::*field, long low, long high) {
  return [field, low, high](Config& config, const json& value) {
    long given = 0;
    std::string wrong = whole_number(value, low, high, given);
    if (wrong.empty()) config.*field = Duration(given);
    return wrong;
  };
}

std::string set_hours(Config& config, const json& value) { return read_hours(value, config.hours); }
std::string set_policy(Config& config, const json& value) { return read_policy(value, config.refund_policy); }

std::string set_log_level(Config& config, const json& value) {
  static const std::vector<std::string> kLevels = {"debug", "info", "warning", "error", "off"};
  const std::string given = value.is_string() ? value.get<std::string>() : "";
  if (std::find(kLevels.begin(), kLevels.end(), given) == kLevels.end())
    return "must be debug, info, warning, error or off";
  config.log_level = given;
  return "";
}

Setter flag(bool Config::*field) {
  return [field](Config& config, const json& value) -> std::string {
    if (value.is_boolean()) {
      config.*field = value.get<bool>();
      return "";
    }
    // From the environment.
    const std::string given = value.is_string() ? value.get<std::string>() : value.is_number_integer() ? value.dump() : "";
    const bool is_on = given == "1" || given == "true";
    if (!is_on && given != "0" && given != "false") return "must be true or false";
    config.*field = is_on;
    return "";
  };
}

const std::vector<Entry>& entries() {
  static const std::vector<Entry> all = [] {
    std::vector<Entry> made;
    const auto add = [&](const std::string& key, const std::string& description,
                         const std::string& standard, Setter set, bool secret = false) {
      made.push_back({{key, environment_name(key), description, standard, secret}, std::move(set)});
    };
    add("host", "The address to listen on.", "127.0.0.1", text(&Config::host));
    add("port", "The port to listen on.", "8080", number(&Config::port, 1, 65535));
    add("data_dir", "The folder for the database and keys.", "./handrail-data",
        text(&Config::data_dir));
    add("database_url", "sqlite:///path/file.db or postgresql://user@host/name.",
        "SQLite in the data folder", text(&Config::database_url));
    add("public_url",
        "The https address under which people reach this server; needed for links and pictures.",
        "none", url(&Config::public_url));
    add("product_name", "What your product is called in the bot's sentences.", "our product",
        text(&Config::product_name));
    add("default_locale", "The language when nothing else is known.", "en",
        [](Config& config, const json& value) -> std::string {
          const std::string tag =
              value.is_string() ? locales::canonical_tag(value.get<std::string>()) : "";
          if (tag.empty()) return "must be a language tag such as en or pt-BR";
          config.default_locale = tag;
          return "";
        });
    add("time_zone", "The time zone of dates in answers.", "UTC",
        [](Config& config, const json& value) -> std::string {
          if (!value.is_string() || !locales::is_time_zone(value.get<std::string>()))
            return "must be a time zone such as Europe/Berlin";
          config.time_zone = value.get<std::string>();
          return "";
        });
    add("log_level", "debug, info, warning, error or off.", "info", set_log_level);
    add("api_key", "The key of the product's backend for /api/v1.", "none: that API is closed",
        text(&Config::api_key), true);
    add("allowed_origins", "Sites that may embed the chat, e.g. https://www.example.com.",
        "only this server", list(&Config::allowed_origins));
    add("trusted_proxies", "Addresses whose X-Forwarded-For header is believed.", "none",
        list(&Config::trusted_proxies));
    add("chat_identity_secret", "Signs identity tokens of signed-in visitors (JWT HS256).",
        "none: visitors are anonymous", text(&Config::chat_identity_secret), true);
    add("slack_signing_secret", "Slack: Basic Information, Signing Secret.", "none: Slack is off",
        text(&Config::slack_signing_secret), true);
    add("slack_bot_token", "Slack: the bot token, xoxb-...", "none", text(&Config::slack_bot_token),
        true);
    add("slack_api_url", "Slack's Web API; a stand-in for tests.", "https://slack.com/api/",
        url(&Config::slack_api_url));
    add("slack_client_id", "Slack: Basic Information, Client ID; workspaces then install the app at /slack/install.", "none",
        text(&Config::slack_client_id));
    add("slack_client_secret", "Slack: Basic Information, Client Secret.", "none", text(&Config::slack_client_secret), true);
    add("slack_redirect_url", "Where Slack sends people back to after an installation.", "public_url + /slack/oauth/callback",
        url(&Config::slack_redirect_url));
    add("slack_authorize_url", "Slack's page that asks for consent; a stand-in for tests.",
        "https://slack.com/oauth/v2/authorize", url(&Config::slack_authorize_url));
    add("slack_support_channels", "Slack channel ids in which every post is answered.", "none",
        list(&Config::slack_support_channels));
    add("slack_team_channel", "Slack channel id in which agents work: a card for each ticket. Several workspaces: T.../C...", "none",
        text(&Config::slack_team_channel));
    add("slack_app_token", "Slack: an app-level token, xapp-...: Socket Mode, for servers without a public address.", "none",
        text(&Config::slack_app_token), true);
    add("discord_public_key", "Discord: General Information, Public Key.", "none: Discord is off",
        text(&Config::discord_public_key), true);
    add("discord_application_id", "Discord: General Information, Application ID.", "none",
        text(&Config::discord_application_id));
    add("discord_bot_token", "Discord: Bot, Token.", "none", text(&Config::discord_bot_token),
        true);
    add("discord_api_url", "Discord's REST API; a stand-in for tests.",
        "https://discord.com/api/v10", url(&Config::discord_api_url));
    add("discord_support_channels", "Discord channel ids in which every post is answered.", "none",
        list(&Config::discord_support_channels));
    add("discord_team_channel", "Discord channel id in which agents work: a card for each ticket. Needs discord_gateway.", "none",
        text(&Config::discord_team_channel));
    add("discord_gateway", "true: keep a connection to Discord open for plain messages, mentions and DMs.", "false",
        flag(&Config::discord_gateway));
    add("accounts_url", "Where accounts are asked for: GET {url}/{id}.",
        "none: the table of this server", url(&Config::accounts_url));
    add("accounts_token", "The bearer token for accounts_url.", "none",
        text(&Config::accounts_token), true);
    add("link_url", "Your page that confirms a link; {token} is put in.", "none",
        text(&Config::link_url));
    add("hours", "When people answer: {\"time_zone\", \"monday\": \"09:00-17:00\", ...}.", "always",
        set_hours);
    add("first_response_within_minutes", "How soon a ticket should get its first answer.", "240",
        duration(&Config::first_response_within, 1, 60 * 24 * 30));
    add("reopen_within_hours",
        "How long after a ticket was resolved the person's next words about it open it again.", "168",
        duration(&Config::reopen_within, 0, 24 * 365));
    add("refund_policy",
        "Rules that advise agents on refunds: [{\"name\", \"verdict\", \"when\"}], see bot/tickets/README.md.",
        "14 days, unused", set_policy);
    add("worker_threads", "Threads that decide messages.", "4",
        number(&Config::worker_threads, 1, 64));
    return made;
  }();
  return all;
}

const Entry* find_entry(const std::string& key) {
  for (const Entry& entry : entries()) {
    if (entry.option.key == key) return &entry;
  }
  return nullptr;
}

std::string read_file(const std::string& path, bool* ok) {
  std::ifstream stream(path, std::ios::binary);
  *ok = stream.good();
  std::stringstream buffer;
  buffer << stream.rdbuf();
  return buffer.str();
}

void load_file(const std::string& file, Loaded& loaded) {
  bool ok = false;
  const std::string content = read_file(file, &ok);
  if (!ok) {
    loaded.errors.push_back(file + ": cannot be read");
    return;
  }
  const json root = json::parse(content, nullptr, false, true);
  if (!root.is_object()) {
    loaded.errors.push_back(file + ": not a JSON object");
    return;
  }
  std::vector<std::string> keys;
  for (const Entry& entry : entries()) keys.push_back(entry.option.key);
  for (const auto& [key, value] : root.items()) {
    const Entry* entry = find_entry(key);
    if (entry == nullptr) {
      const std::string near = did_you_mean(key, keys);
      loaded.errors.push_back(key + ": unknown" +
                              (near.empty() ? "" : " (did you mean " + near + "?)"));
    } else if (entry->option.secret) {
      loaded.errors.push_back(key + ": a secret does not belong in this file; set " +
                              entry->option.environment + " or " + entry->option.environment +
                              "_FILE");
    } else if (const std::string wrong = entry->set(loaded.config, value); !wrong.empty()) {
      loaded.errors.push_back(key + ": " + wrong);
    }
  }
}

void warn_about_odd(Loaded& loaded) {
  const Config& config = loaded.config;
  const auto is_hex = [](const std::string& text) {
    return text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
  };
  if (!config.discord_public_key.empty() &&
      (config.discord_public_key.size() != 64 || !is_hex(config.discord_public_key))) {
    loaded.warnings.push_back("discord_public_key: should be 64 hex digits");
  }
  if (!config.slack_app_token.empty() && config.slack_app_token.rfind("xapp-", 0) != 0) {
    loaded.warnings.push_back("slack_app_token: should begin with xapp-");
  }
  if (!config.discord_team_channel.empty() && !config.discord_gateway) {
    loaded.warnings.push_back("discord_team_channel: needs discord_gateway, or what agents write in its threads does not arrive");
  }
  if (config.discord_gateway && config.discord_bot_token.empty()) {
    loaded.warnings.push_back("discord_gateway: needs discord_bot_token");
  }
  if (!config.slack_bot_token.empty() && config.slack_bot_token.rfind("xoxb-", 0) != 0) {
    loaded.warnings.push_back("slack_bot_token: should begin with xoxb-");
  }
  if (!config.public_url.empty() && config.public_url.rfind("https://", 0) != 0) {
    loaded.warnings.push_back("public_url: Slack shows pictures only from https addresses");
  }
  constexpr std::size_t kShortSecret = 16;
  if (!config.chat_identity_secret.empty() && config.chat_identity_secret.size() < kShortSecret) {
    loaded.warnings.push_back("chat_identity_secret: is short; use at least 32 random characters");
  }
  if (!config.api_key.empty() && config.api_key.size() < kShortSecret) {
    loaded.warnings.push_back("api_key: is short; use at least 32 random characters");
  }
}

}  // namespace

const std::vector<Option>& options() {
  static const std::vector<Option> list = [] {
    std::vector<Option> made;
    for (const Entry& entry : entries()) made.push_back(entry.option);
    return made;
  }();
  return list;
}

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view pair = *entry;
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos && pair.rfind("HANDRAIL_", 0) == 0) {
      environment.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    }
  }
  return environment;
}

Loaded load(const std::string& file, const Environment& environment) {
  Loaded loaded;
  loaded.anything_given = !file.empty() || !environment.empty();
  if (!file.empty()) load_file(file, loaded);
  std::vector<std::string> names;
  for (const Entry& entry : entries()) names.push_back(entry.option.environment);
  for (const auto& [name, value] : environment) {
    constexpr std::string_view kFile = "_FILE";
    const bool from_file = name.size() > kFile.size() &&
                           name.compare(name.size() - kFile.size(), kFile.size(), kFile) == 0;
    const std::string plain = from_file ? name.substr(0, name.size() - kFile.size()) : name;
    const auto entry = std::find_if(entries().begin(), entries().end(),
                                    [&](const Entry& e) { return e.option.environment == plain; });
    if (entry == entries().end()) {
      if (name == kShare) continue;
      const std::string near = did_you_mean(plain, names);
      const std::string suffix = from_file ? std::string(kFile) : "";
      // Other tools may use the prefix too, so an unknown variable is no reason not to start.
      loaded.warnings.push_back(
          name + ": unknown" + (near.empty() ? "" : " (did you mean " + near + suffix + "?)"));
      continue;
    }
    std::string given = value;
    if (from_file) {
      bool ok = false;
      given = read_file(value, &ok);
      while (!given.empty() && (given.back() == '\n' || given.back() == '\r')) given.pop_back();
      if (!ok) {
        loaded.errors.push_back(name + ": the file " + value + " cannot be read");
        continue;
      }
    }
    if (given.empty()) continue;
    if (const std::string wrong = entry->set(loaded.config, given); !wrong.empty())
      loaded.errors.push_back(name + ": " + wrong);
  }
  if (!loaded.config.accounts_url.empty()) loaded.config.accounts_provider = "http";
  warn_about_odd(loaded);
  return loaded;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, word.size() / 4) + 1;
  for (const std::string& name : known) {
    // Levenshtein distance with two rows.
    std::vector<std::size_t> row(name.size() + 1);
    for (std::size_t j = 0; j <= name.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= word.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i;
      for (std::size_t j = 1; j <= name.size(); ++j) {
        const std::size_t up = row[j];
        row[j] =
            std::min({row[j] + 1, row[j - 1] + 1, diagonal + (word[i - 1] == name[j - 1] ? 0 : 1)});
        diagonal = up;
      }
    }
    if (row[name.size()] < best_distance) {
      best_distance = row[name.size()];
      best = name;
    }
  }
  return best;
}

}  // namespace handrail::config
