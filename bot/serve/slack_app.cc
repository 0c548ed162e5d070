#include "bot/serve/slack_app.h"

#include <algorithm>
#include <set>
#include <sstream>

#include "bot/base/http_client.h"
#include "locales/text.h"

namespace handrail::serve {

using nlohmann::json;

const std::vector<SlackScope>& slack_scopes() {
  static const std::vector<SlackScope> scopes = {{"chat:write", "to answer at all"},
                                                 {"im:write", "to open a direct message when something is private"},
                                                 {"im:history", "to read what people write in a direct message"},
                                                 {"app_mentions:read", "to hear when it is mentioned in a channel"},
                                                 {"channels:history", "to read on in threads of public channels"},
                                                 {"groups:history", "to read on in threads of private channels"},
                                                 {"users:read", "to know people's names and languages"},
                                                 {"commands", "for the slash command and the message shortcut"}};
  return scopes;
}

std::string slack_scope_list() {
  std::string list;
  for (const SlackScope& scope : slack_scopes()) list += (list.empty() ? "" : ",") + std::string(scope.name);
  return list;
}

std::vector<SlackScope> missing_slack_scopes(std::string_view granted) {
  std::set<std::string> has;
  std::stringstream stream{std::string(granted)};
  for (std::string one; std::getline(stream, one, ',');) {
    one.erase(std::remove(one.begin(), one.end(), ' '), one.end());
    has.insert(one);
  }
  std::vector<SlackScope> missing;
  for (const SlackScope& scope : slack_scopes()) {
    if (has.count(std::string(scope.name)) == 0) missing.push_back(scope);
  }
  return missing;
}

std::string slack_redirect_url(const config::Config& config) {
  if (!config.slack_redirect_url.empty()) return config.slack_redirect_url;
  return config.public_url.empty() ? "" : config.public_url + "/slack/oauth/callback";
}

namespace {

// "https://bot.example:8443/x": a host that others can look up, and nothing that a path cannot be appended to.
std::string wrong_in_url(const std::string& url, const std::string& what) {
  std::string origin;
  std::string target;
  if (url.rfind("https://", 0) != 0) return what + " must be an https:// address.";
  if (url.find_first_of("?#@ \t\r\n\"\\<>") != std::string::npos)
    return what + " may have no query, fragment, user name or space.";
  if (!base::split_url(url, &origin, &target)) return what + " is not an address.";
  const std::string host = origin.substr(8, origin.find(':', 8) - 8);
  if (host == "localhost" || host.find('.') == std::string::npos || host.rfind("127.", 0) == 0) {
    return what + " must be reachable from the Internet: Slack calls it. Without such an address use --socket-mode.";
  }
  return "";
}

}  // namespace

std::string wrong_in(const SlackManifestOptions& options) {
  if (options.name.empty() || locales::first_code_points(options.name, kSlackAppName) != options.name) {
    return "The name must have 1 to " + std::to_string(kSlackAppName) + " characters.";
  }
  if (!locales::is_valid_utf8(options.name) ||
      std::any_of(options.name.begin(), options.name.end(), [](char c) { return c >= 0 && c < ' '; })) {
    return "The name must be one line of text.";
  }
  if (!options.socket_mode) {
    if (options.public_url.empty()) {
      return "Slack has to reach this server: set HANDRAIL_PUBLIC_URL or give --public-url, or use --socket-mode.";
    }
    if (std::string wrong = wrong_in_url(options.public_url, "The public URL"); !wrong.empty()) return wrong;
  }
  return options.redirect_url.empty() ? "" : wrong_in_url(options.redirect_url, "The redirect URL");
}

json slack_manifest(const SlackManifestOptions& options) {
  const auto with_url = [&](json object, const char* key, const char* path) {
    if (!options.socket_mode) object[key] = options.public_url + path;
    return object;
  };
  json scopes = json::array();
  for (const SlackScope& scope : slack_scopes()) scopes.push_back(std::string(scope.name));
  json command =
      with_url({{"command", "/handrail"}, {"description", "Get help"}, {"usage_hint", "[question]"}, {"should_escape", true}},
               "url", "/slack/commands");
  json oauth = {{"scopes", {{"bot", scopes}}}};
  if (!options.redirect_url.empty()) oauth["redirect_urls"] = json::array({options.redirect_url});
  return {{"_metadata", {{"major_version", 2}, {"minor_version", 1}}},
          {"display_information", {{"name", options.name}, {"description", "Step-by-step help"}}},
          {"features",
           {{"app_home", {{"home_tab_enabled", true}, {"messages_tab_enabled", true}, {"messages_tab_read_only_enabled", false}}},
            {"bot_user", {{"display_name", "handrail"}, {"always_online", true}}},
            {"shortcuts", json::array({{{"name", "Get help with this"},
                                        {"type", "message"},
                                        {"callback_id", "help_with_this"},
                                        {"description", "Ask the support bot about this message"}}})},
            {"slash_commands", json::array({command})}}},
          {"oauth_config", oauth},
          {"settings",
           {{"event_subscriptions",
             with_url({{"bot_events", json::array({"message.im", "message.channels", "message.groups", "app_mention",
                                                   "app_home_opened", "app_uninstalled", "tokens_revoked"})}},
                      "request_url", "/slack/events")},
            {"interactivity", with_url({{"is_enabled", true}}, "request_url", "/slack/interactions")},
            {"org_deploy_enabled", false},
            {"socket_mode_enabled", options.socket_mode},
            {"token_rotation_enabled", false}}}};
}

}  // namespace handrail::serve
