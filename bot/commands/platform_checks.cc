#include "bot/commands/platform_checks.h"

#include <algorithm>

#include "adapters/form.h"
#include "adapters/untrusted_json.h"
#include "bot/accounts/facts.h"
#include "bot/commands/discord_commands.h"
#include "bot/serve/slack_app.h"
#include "bot/team/mirror.h"
#include "locales/text.h"

namespace handrail::commands {

using adapters::Untrusted;

namespace {

constexpr std::int64_t kMessageContent = 1 << 18;         // of an application's flags: allowed after Discord's review
constexpr std::int64_t kMessageContentLimited = 1 << 19;  // switched on by hand, for fewer than 100 servers
constexpr std::size_t kHexSecret = 32;
constexpr std::size_t kShownCharacters = 64;

bool is_hex(const std::string& text) { return text.find_first_not_of("0123456789abcdef") == std::string::npos; }

// From outside: short, and nothing that could forge a line.
std::string shown(std::string text) {
  if (!locales::is_valid_utf8(text)) return "?";
  std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 127; }, '?');
  return locales::first_code_points(text, kShownCharacters);
}

std::string joined(std::string base, const std::string& path) {
  while (!base.empty() && base.back() == '/') base.pop_back();
  return base + path;
}

struct Answer {
  base::HttpReply reply;
  nlohmann::json json;
  Untrusted view() const { return Untrusted(&json, ""); }
};
Answer ask(base::HttpClient& http, const std::string& method, const std::string& url, const std::string& authorization) {
  base::HttpCall call;
  call.method = method;
  call.url = url;
  call.deadline = kCheckDeadline;
  call.headers = {{"User-Agent", "DiscordBot (https://handrail.example, 0.1)"}};
  if (!authorization.empty()) call.headers.emplace_back("Authorization", authorization);
  if (method == "POST") call.content_type = "application/x-www-form-urlencoded";
  Answer answer{http.send(call), nullptr};
  adapters::JsonError ignored;
  if (auto json = adapters::parse_json(answer.reply.body, &ignored)) answer.json = std::move(*json);
  return answer;
}

std::string silence(const base::HttpReply& reply) {
  return reply.status == 0 ? "no answer (" + reply.error + ")" : "status " + std::to_string(reply.status);
}

Finding refused_slack_token(const std::string& error) {
  const std::string what = "Slack refuses HANDRAIL_SLACK_BOT_TOKEN (" + shown(error) + ")";
  if (error == "account_inactive" || error == "token_revoked") {
    return {Grade::wrong, what + ": the app was removed from the workspace, or its token was revoked.",
            "Slack, your app, OAuth & Permissions, Reinstall to Workspace; then set the new Bot User OAuth Token."};
  }
  if (error == "token_expired") {
    return {Grade::wrong, what + ": token rotation is on for this app, and a configured token cannot be renewed.",
            "Let the workspace install the app at /slack/install, which renews its tokens; or make an app by `handrail slack "
            "manifest`."};
  }
  return {Grade::wrong, what + ".", "Slack, your app, OAuth & Permissions: copy the Bot User OAuth Token, xoxb-..., whole."};
}

void check_scopes(const std::string& granted, const std::string& where, const std::string& again, Findings& findings) {
  const auto missing = serve::missing_slack_scopes(granted);
  for (const serve::SlackScope& scope : missing) {
    findings.push_back(
        {Grade::wrong,
         where + " lacks the scope " + std::string(scope.name) + ": it is needed " + std::string(scope.purpose) + ".",
         "Slack, your app, OAuth & Permissions, Scopes, Bot Token Scopes: add " + std::string(scope.name) + "; then " + again});
  }
  if (missing.empty()) findings.push_back({Grade::good, where + " has all scopes.", ""});
}

void check_message_content(std::int64_t flags, bool uses_gateway, Findings& findings) {
  if (!uses_gateway) return;
  if ((flags & (kMessageContent | kMessageContentLimited)) != 0) {
    findings.push_back({Grade::good, "Discord lets the bot read plain messages (Message Content Intent).", ""});
    return;
  }
  findings.push_back(
      {Grade::wrong, "Discord's Gateway is used, but the Message Content Intent is off: plain messages in channels arrive empty.",
       "Discord, your application, Bot, Privileged Gateway Intents: switch Message Content Intent on."});
}

void check_endpoint(const config::Config& config, const std::string& endpoint, bool uses_gateway, Findings& findings) {
  if (config.public_url.empty()) return;
  const std::string wanted = config.public_url + "/discord/interactions";
  if (endpoint == wanted) {
    findings.push_back({Grade::good, "Discord sends interactions to " + wanted + ".", ""});
    return;
  }
  findings.push_back({uses_gateway && endpoint.empty() ? Grade::missing : Grade::wrong,
                      endpoint.empty()
                          ? "Discord has no Interactions Endpoint URL: commands and buttons do not reach this server."
                          : "Discord sends interactions to " + shown(endpoint) + " and not to this server.",
                      "Discord, your application, General Information, Interactions Endpoint URL: " + wanted +
                          " (this server must be running when you save it)."});
}

void check_commands(const config::Config& config, base::HttpClient& http, const std::string& authorization, Findings& findings) {
  const Answer answer = ask(
      http, "GET", joined(config.discord_api_url, "/applications/" + config.discord_application_id + "/commands"), authorization);
  if (answer.reply.status != 200 || !answer.view().is_array()) {
    findings.push_back({Grade::wrong, "Discord does not tell which commands are registered: " + silence(answer.reply) + ".", ""});
    return;
  }
  for (const char* wanted : {kHelpCommand, kHelpWithMessage}) {
    bool found = false;
    for (std::size_t i = 0; i < answer.view().size(); ++i) found = found || answer.view()[i]["name"].text() == wanted;
    if (found) {
      findings.push_back({Grade::good, std::string("The Discord command \"") + wanted + "\" is registered.", ""});
    } else {
      findings.push_back({Grade::wrong,
                          std::string("The Discord command \"") + wanted + "\" is not registered (perhaps in one server only).",
                          "Run `handrail discord register`."});
    }
  }
}

// Where agents work: a card that cannot be posted is a ticket that nobody there sees.
void check_slack_team_channel(const config::Config& config, base::HttpClient& http, const std::string& team, Findings& findings) {
  for (const team::TeamPlace& place : team::team_places(config)) {
    if (place.channel != "slack" || (!place.workspace.empty() && place.workspace != team)) continue;
    const std::string what = "The team channel " + shown(place.place_id) + " (HANDRAIL_SLACK_TEAM_CHANNEL)";
    const Answer answer =
        ask(http, "GET",
            joined(config.slack_api_url,
                   "/conversations.history?" + adapters::write_form({{"channel", place.place_id}, {"limit", "1"}})),
            "Bearer " + config.slack_bot_token);
    const std::string error = answer.view()["error"].text();
    if (answer.view()["ok"].boolean()) {
      findings.push_back({Grade::good, what + " is open to the bot.", ""});
    } else if (error == "not_in_channel" || error == "channel_not_found") {
      findings.push_back({Grade::wrong, what + " is closed to the bot (" + error + "): no ticket appears there.",
                          "In that channel: /invite the bot. Its id, C..., stands below About when you click the channel's name."});
    } else if (error == "is_archived") {
      findings.push_back({Grade::wrong, what + " is archived: no ticket appears there.",
                          "Unarchive it, or set HANDRAIL_SLACK_TEAM_CHANNEL to another channel."});
    } else {
      findings.push_back({Grade::wrong, what + " cannot be read: " + (error.empty() ? silence(answer.reply) : shown(error)) + ".", ""});
    }
  }
}

void check_discord_team_channel(const config::Config& config, base::HttpClient& http, const std::string& authorization,
                        Findings& findings) {
  constexpr std::int64_t kTextChannel = 0;  // Discord's channel types, which can have threads below a message
  constexpr std::int64_t kAnnouncements = 5;
  if (config.discord_team_channel.empty()) return;
  const std::string& id = config.discord_team_channel;
  const std::string what = "The team channel " + shown(id) + " (HANDRAIL_DISCORD_TEAM_CHANNEL)";
  if (id.find_first_not_of("0123456789") != std::string::npos) {
    findings.push_back({Grade::wrong, what + " is not a channel's id, which is a number.",
                        "Discord: right-click the channel, Copy Channel ID."});
    return;
  }
  const Answer answer = ask(http, "GET", joined(config.discord_api_url, "/channels/" + id), authorization);
  if (answer.reply.status == 403 || answer.reply.status == 404) {
    findings.push_back({Grade::wrong,
                        what + (answer.reply.status == 404 ? " does not exist." : " is closed to the bot.") + " No ticket appears there.",
                        "Discord, that channel, Edit Channel, Permissions: give the bot View Channel, Send Messages, Create Public Threads "
                        "and Send Messages in Threads. Its id: right-click it, Copy Channel ID."});
    return;
  }
  const auto type = answer.view()["type"].integer();
  if (answer.reply.status != 200 || !type) {
    findings.push_back({Grade::wrong, what + " cannot be asked about: " + silence(answer.reply) + ".", ""});
  } else if (*type != kTextChannel && *type != kAnnouncements) {
    findings.push_back({Grade::wrong, what + " is no text channel: cards with threads cannot be posted there.",
                        "Discord: make a text channel that only your agents and the bot can see, and copy its id."});
  } else {
    findings.push_back({Grade::good, what + " is open to the bot.", ""});
  }
}

}  // namespace

Findings check_configuration(const config::Config& config, bool has_installations) {
  Findings findings;
  const auto has = [&](const std::string& value, const std::string& name, const std::string& how) {
    findings.push_back(value.empty() ? Finding{Grade::missing, name + " is not set: " + how, ""}
                                     : Finding{Grade::good, name + " is set.", ""});
  };
  has(config.public_url, "HANDRAIL_PUBLIC_URL", "the https address of this server; links and Slack's pictures need it.");
  has(config.api_key, "HANDRAIL_API_KEY", "your backend needs it to link accounts and read tickets.");
  has(config.chat_identity_secret, "HANDRAIL_CHAT_IDENTITY_SECRET", "without it visitors of the web chat are anonymous.");
  has(config.slack_signing_secret, "HANDRAIL_SLACK_SIGNING_SECRET", "Slack, your app, Basic Information, App Credentials.");
  if (!has_installations || !config.slack_bot_token.empty()) {
    has(config.slack_bot_token, "HANDRAIL_SLACK_BOT_TOKEN", "Slack, your app, OAuth & Permissions, Bot User OAuth Token.");
  }
  if (!config.slack_client_id.empty() || !config.slack_client_secret.empty()) {
    has(config.slack_client_id, "HANDRAIL_SLACK_CLIENT_ID", "Slack, your app, Basic Information, App Credentials.");
    has(config.slack_client_secret, "HANDRAIL_SLACK_CLIENT_SECRET", "Slack, your app, Basic Information, App Credentials.");
  }
  has(config.discord_public_key, "HANDRAIL_DISCORD_PUBLIC_KEY", "Discord, your application, General Information, Public Key.");
  has(config.discord_application_id, "HANDRAIL_DISCORD_APPLICATION_ID", "Discord, your application, General Information.");
  has(config.discord_bot_token, "HANDRAIL_DISCORD_BOT_TOKEN", "Discord, your application, Bot, Reset Token.");
  has(config.link_url, "HANDRAIL_LINK_URL",
      "your page that confirms a link; without it people cannot link their account themselves.");
  const std::string& secret = config.slack_signing_secret;
  if (!secret.empty() && (secret.size() != kHexSecret || !is_hex(secret))) {
    findings.push_back(
        {Grade::missing, "HANDRAIL_SLACK_SIGNING_SECRET looks odd: Slack's have 32 digits 0-9 and a-f.",
         "Slack, your app, Basic Information, App Credentials: Show and copy the Signing Secret (not the Client Secret)."});
  }
  return findings;
}

Findings check_public_url(const config::Config& config, base::HttpClient& http) {
  if (config.public_url.empty()) return {};
  Findings findings;
  if (config.public_url.rfind("https://", 0) != 0) {
    findings.push_back({Grade::missing, "HANDRAIL_PUBLIC_URL is not https: Slack and Discord call only https addresses.",
                        "Put a proxy with a certificate in front of this server, and set its https address."});
  }
  const Answer answer = ask(http, "GET", config.public_url + "/health", "");
  const bool ours = answer.reply.status == 200 && answer.view()["status"].text() == "ok";
  if (ours) {
    findings.push_back({Grade::good, config.public_url + " answers.", ""});
  } else if (answer.reply.status == 200) {
    findings.push_back({Grade::wrong, config.public_url + "/health is answered by something else than Handrail.",
                        "Let your proxy pass everything under HANDRAIL_PUBLIC_URL to this server's port."});
  } else {
    findings.push_back({Grade::wrong, config.public_url + "/health cannot be reached from here: " + silence(answer.reply) + ".",
                        "Start `handrail serve`; then look at the DNS name, the firewall and the proxy before it."});
  }
  return findings;
}

Findings check_slack(const config::Config& config, base::HttpClient& http) {
  Findings findings;
  if (config.slack_bot_token.empty()) return findings;
  const Answer answer = ask(http, "POST", joined(config.slack_api_url, "/auth.test"), "Bearer " + config.slack_bot_token);
  if (answer.reply.status != 200 || !answer.view().is_object()) {
    findings.push_back({Grade::wrong, "Slack cannot be asked about the token: " + silence(answer.reply) + ".",
                        "Look at this server's way to the Internet, then try again."});
    return findings;
  }
  if (!answer.view()["ok"].boolean()) {
    findings.push_back(refused_slack_token(answer.view()["error"].text("no reason given")));
    return findings;
  }
  findings.push_back({Grade::good,
                      "Slack takes the bot token; it is for the workspace " +
                          shown(answer.view()["team"].text(answer.view()["team_id"].text("?"))) + ".",
                      ""});
  if (answer.view()["bot_id"].text().empty() && answer.view()["user_id"].present()) {
    findings.push_back({Grade::missing, "HANDRAIL_SLACK_BOT_TOKEN seems to be a person's token and not the bot's.",
                        "Slack, your app, OAuth & Permissions: copy the Bot User OAuth Token, xoxb-..."});
  }
  for (const auto& [name, value] : answer.reply.headers) {
    if (name == "x-oauth-scopes") check_scopes(value, "The Slack token", "Reinstall to Workspace on the same page.", findings);
  }
  check_slack_team_channel(config, http, answer.view()["team_id"].text(), findings);
  return findings;
}

Findings check_installations(const std::vector<storage::SlackInstallation>& installations, bool offered) {
  Findings findings;
  for (const storage::SlackInstallation& one : installations) {
    const std::string where = "The Slack workspace " + (one.name.empty() ? one.workspace : shown(one.name) + " (" + one.workspace + ")");
    const std::string again = "open /slack/install of this server again for that workspace.";
    if (one.sealed_token.empty()) {
      findings.push_back({Grade::wrong,
                          where + " is disconnected since " + accounts::to_rfc3339(one.disconnected_at) + " (" +
                              one.disconnected_because + "): nothing is sent there.",
                          "If that was not meant, " + again});
      continue;
    }
    findings.push_back({Grade::good, where + " is installed.", ""});
    check_scopes(one.scopes, where, again, findings);
  }
  if (offered && installations.empty()) {
    findings.push_back(
        {Grade::missing, "No Slack workspace has installed the app yet.", "Open /slack/install of this server in a browser."});
  }
  return findings;
}

Findings check_discord(const config::Config& config, base::HttpClient& http, bool uses_gateway) {
  Findings findings;
  if (config.discord_bot_token.empty()) return findings;
  const std::string authorization = "Bot " + config.discord_bot_token;
  const Answer me = ask(http, "GET", joined(config.discord_api_url, "/users/@me"), authorization);
  if (me.reply.status == 401) {
    findings.push_back({Grade::wrong, "Discord refuses HANDRAIL_DISCORD_BOT_TOKEN.",
                        "Discord, your application, Bot, Reset Token; then set the new one (without \"Bot \" before it)."});
    return findings;
  }
  if (me.reply.status != 200 || !me.view().is_object()) {
    findings.push_back({Grade::wrong, "Discord cannot be asked about the token: " + silence(me.reply) + ".",
                        "Look at this server's way to the Internet, then try again."});
    return findings;
  }
  findings.push_back(
      {Grade::good, "Discord takes the bot token; the bot is called " + shown(me.view()["username"].text("?")) + ".", ""});
  const Answer application = ask(http, "GET", joined(config.discord_api_url, "/applications/@me"), authorization);
  const Untrusted view = application.view();
  if (application.reply.status != 200 || view["id"].text().empty()) {
    findings.push_back({Grade::wrong, "Discord does not tell about the application: " + silence(application.reply) + ".", ""});
    return findings;
  }
  const std::string id = view["id"].text();
  if (id != config.discord_application_id) {
    findings.push_back(
        {Grade::wrong,
         "The bot token is of the application " + shown(id) + ", but HANDRAIL_DISCORD_APPLICATION_ID is " +
             (config.discord_application_id.empty() ? "not set" : shown(config.discord_application_id)) + ".",
         "Discord, your application, General Information: copy the Application ID and the Public Key of one application."});
  } else {
    findings.push_back({Grade::good, "The Discord application id is the token's.", ""});
    check_commands(config, http, authorization, findings);
  }
  const std::string key = view["verify_key"].text();
  if (!key.empty() && !config.discord_public_key.empty() && key != config.discord_public_key) {
    findings.push_back({Grade::wrong,
                        "HANDRAIL_DISCORD_PUBLIC_KEY is not this application's: everything Discord sends is refused.",
                        "Discord, your application, General Information: copy the Public Key."});
  }
  check_endpoint(config, view["interactions_endpoint_url"].text(), uses_gateway, findings);
  check_message_content(view["flags"].integer().value_or(0), uses_gateway, findings);
  check_discord_team_channel(config, http, authorization, findings);
  return findings;
}

}  // namespace handrail::commands
