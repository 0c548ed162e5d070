// The two addresses of an installation by OAuth. People stand in front of them with a browser: refusals are pages for those who
// ask for HTML, and the usual error object for everybody else.
#include "bot/base/log.h"
#include "bot/serve/address_brake.h"
#include "bot/serve/routes.h"
#include "bot/serve/slack_app.h"

namespace handrail::serve {
namespace {

constexpr int kInstallsPerMinute = 20;  // for an address
constexpr const char* kInstallCookie = "handrail_slack_install";
constexpr const char* kPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

std::string escaped(const std::string& text) {
  std::string html;
  for (const char c : text) {
    switch (c) {
      case '&': html += "&amp;"; break;
      case '<': html += "&lt;"; break;
      case '>': html += "&gt;"; break;
      case '"': html += "&quot;"; break;
      default: html += c;
    }
  }
  return html;
}

// `body` is HTML already.
void answer_page(httplib::Response& response, int status, const std::string& title, const std::string& body) {
  response.status = status;
  response.set_header("Content-Security-Policy", kPagePolicy);
  response.set_header("Cache-Control", "no-store");
  response.set_content(
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
      "<title>" +
          title +
          "</title><style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:3rem auto;padding:0 1rem}"
          "</style></head><body><main><h1>" +
          title + "</h1>" + body + "</main></body></html>\n",
      "text/html; charset=utf-8");
}

void refuse(const httplib::Request& request, httplib::Response& response, const base::Error& error) {
  answer_error(response, error);
  if (request.get_header_value("Accept").find("text/html") == std::string::npos) return;
  answer_page(response, response.status, "Not installed", "<p>" + escaped(error.message) + "</p>");
}

std::string cookie_of(const httplib::Request& request) {
  const std::string header = "; " + request.get_header_value("Cookie");
  const std::string name = std::string("; ") + kInstallCookie + "=";
  const std::size_t at = header.find(name);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size();
  return header.substr(begin, std::min(header.find(';', begin), header.size()) - begin);
}

// Lax: it has to come along when Slack sends the browser back.
void set_cookie(App& app, const std::string& value, std::int64_t seconds, httplib::Response& response) {
  const bool secure = slack_redirect_url(app.config()).rfind("https://", 0) == 0;
  response.set_header("Set-Cookie", std::string(kInstallCookie) + "=" + value + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" +
                                        std::to_string(seconds) + (secure ? "; Secure" : ""));
}

bool is_configured(App& app, httplib::Response& response) {
  const std::string why_not = app.slack_installs().why_not();
  if (why_not.empty()) return true;
  answer_error(response, 404, "not_found", why_not);
  return false;
}

void begin(App& app, AddressBrake& brake, const httplib::Request& request, httplib::Response& response) {
  if (!is_configured(app, response)) return;
  if (!brake.allow(client_address(request, app.config()), app.clock().now_ms())) {
    return refuse(request, response,
                  {base::Code::limited, "Too many installations were begun from here: please wait a minute.", "", ""});
  }
  const auto begun = app.slack_installs().begin();
  if (!begun) return refuse(request, response, begun.error());
  set_cookie(app, begun->cookie, std::chrono::seconds(kInstallStateLife).count(), response);
  response.set_header("Cache-Control", "no-store");
  response.set_header("Location", begun->url);
  response.status = 302;
}

void finish(App& app, const httplib::Request& request, httplib::Response& response) {
  if (!is_configured(app, response)) return;
  const base::Status stated = app.slack_installs().use_state(request.get_param_value("state"), cookie_of(request));
  if (!stated) {
    base::log(base::Level::info, "slack_install_refused", {{"because", "state"}});
    return refuse(request, response, stated.error());
  }
  set_cookie(app, "", 0, response);
  if (request.has_param("error")) {
    const bool denied = request.get_param_value("error") == "access_denied";
    base::log(base::Level::info, "slack_install_refused", {{"because", denied ? "access_denied" : "error"}});
    return answer_page(
        response, 200, "Not installed",
        denied ? "<p>You chose not to install it, so nothing was installed and nothing is kept. Should you change your "
                 "mind, <a href=\"../install\">start again</a>.</p>"
               : "<p>Slack did not go through with it. Please <a href=\"../install\">start again</a>; if that does not help, "
                 "ask an admin of your workspace whether apps have to be approved.</p>");
  }
  const auto installed = app.slack_installs().finish(request.get_param_value("code"));
  if (!installed) return refuse(request, response, installed.error());
  answer_page(response, 200, "Installed",
              "<p>The support bot is now in <strong>" +
                  escaped(installed->name.empty() ? installed->workspace : installed->name) +
                  "</strong>.</p><ol><li>In Slack, open it under <em>Apps</em> and write <q>hello</q>.</li>"
                  "<li>Type <code>/invite @handrail</code> in a channel where it should help, and mention it there.</li>"
                  "<li>To remove it, open <em>Settings, Manage apps</em> in Slack.</li></ol><p>You can close this page.</p>");
}

}  // namespace

void add_slack_install_routes(HttpServer& server, App& app) {
  auto brake = std::make_shared<AddressBrake>(kInstallsPerMinute);
  server.get("/slack/install", [&app, brake](const httplib::Request& request, const std::string&, httplib::Response& response) {
    begin(app, *brake, request, response);
  });
  server.get("/slack/oauth/callback", [&app](const httplib::Request& request, const std::string&, httplib::Response& response) {
    finish(app, request, response);
  });
}

}  // namespace handrail::serve
