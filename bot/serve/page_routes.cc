#include <fstream>
#include <sstream>

#include "adapters/web_chat/tokens.h"
#include "bot/serve/routes.h"
#include "locales/tag.h"

namespace handrail::serve {
namespace {

constexpr const char* kPolicy =
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; connect-src "
    "'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'";

bool read_file(const std::string& path, std::string& content) {
  std::ifstream stream(path, std::ios::binary);
  if (!stream) return false;
  std::stringstream buffer;
  buffer << stream.rdbuf();
  content = buffer.str();
  return true;
}

void serve_file(const std::string& path, const char* type, httplib::Response& response) {
  std::string content;
  if (!read_file(path, content))
    return answer_error(response, 404, "not_found", "There is nothing at this address.");
  response.set_header("Content-Security-Policy", kPolicy);
  response.set_header("Cache-Control", "no-cache");
  response.set_content(content, type);
}

void serve_media(App& app, const httplib::Request& request, httplib::Response& response) {
  const std::string topic = request.matches[1];
  const std::string file = request.matches[2];
  const bool svg = request.matches[3] == "svg";
  std::string content;
  if (!read_file(app.data_root() + "/knowledge/" + topic + "/images/" + file + "." +
                     std::string(request.matches[3]),
                 content)) {
    return answer_error(response, 404, "not_found", "There is no such picture.");
  }
  response.set_header("Cache-Control", "public, max-age=3600");
  // Pictures are public; widgets on other sites show them. A configured site has been named already, and two values are none.
  if (!response.has_header("Access-Control-Allow-Origin")) response.set_header("Access-Control-Allow-Origin", "*");
  response.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'");
  response.set_content(content, svg ? "image/svg+xml" : "image/png");
}

void demo_accounts(App& app, httplib::Response& response) {
  if (!app.config().demo) return answer_error(response, 404, "not_found", "This is not a demo.");
  std::string content;
  read_file(app.data_root() + "/bot/accounts/demo_accounts.json", content);
  const auto accounts = nlohmann::json::parse(content, nullptr, false);
  nlohmann::json list = nlohmann::json::array();
  constexpr std::int64_t kDayMs = 24LL * 60 * 60 * 1000;
  for (const auto& account : accounts) {
    const std::string id = account.value("id", "");
    const nlohmann::json claims = {{"sub", id}, {"exp", (app.clock().now_ms() + kDayMs) / 1000}};
    list.push_back(
        {{"id", id},
         {"label", id + ": " + account.value("plan", "") + ", " + account.value("status", "")},
         {"identity_token",
          adapters::web_chat::make_identity_token(claims, app.config().chat_identity_secret)}});
  }
  answer_json(response, 200, {{"accounts", list}});
}

// What the chat itself says around the conversation: from the catalogs, so that a new language needs no other edit.
void chat_words(App& app, const httplib::Request& request, httplib::Response& response) {
  const auto content = app.content().get();
  const locales::Catalogs& catalogs = *content->catalogs;
  const std::vector<std::string> spoken = catalogs.locales();
  const std::string locale = locales::negotiate({request.get_param_value("locale")}, spoken).value_or(app.config().default_locale);
  const auto word = [&](const char* key) { return catalogs.format(locale, key, {}); };
  nlohmann::json languages = nlohmann::json::array();
  for (const std::string& tag : spoken) {
    languages.push_back({{"locale", tag}, {"name", locales::display_name(tag, tag)}, {"direction", locales::direction_name(tag)}});
  }
  answer_json(response, 200,
              {{"locale", locale},
               {"direction", locales::direction_name(locale)},
               {"languages", std::move(languages)},
               {"words",
                {{"input", word("page.input")},
                 {"send", word("page.send")},
                 {"bot", word("page.from_bot")},
                 {"agent", catalogs.format(locale, "page.from_agent", {{"name", std::string("{name}")}})},
                 {"messages", word("page.messages")},
                 {"open", word("page.open")},
                 {"close", word("page.close")},
                 {"offline", word("error.connection")},
                 {"not_sent", word("error.not_sent")}}}});
}

}  // namespace

void add_page_routes(HttpServer& server, App& app) {
  struct Page {
    const char* route;
    const char* file;
    const char* type;
  };
  static constexpr Page kPages[] = {
      {"/", "/bot/serve/pages/index.html", "text/html; charset=utf-8"},
      {"/chat.css", "/bot/serve/pages/chat.css", "text/css; charset=utf-8"},
      {"/chat.js", "/bot/serve/pages/chat.js", "text/javascript; charset=utf-8"},
      {"/widget.js", "/bot/serve/pages/widget.js", "text/javascript; charset=utf-8"},
      {"/openapi.json", "/bot/serve/pages/openapi.json", "application/json"},
      {"/desk", "/bot/desk/pages/desk.html", "text/html; charset=utf-8"},
      {"/desk.css", "/bot/desk/pages/desk.css", "text/css; charset=utf-8"},
      {"/desk.js", "/bot/desk/pages/desk.js", "text/javascript; charset=utf-8"},
  };
  for (const Page& page : kPages) {
    server.get(page.route, [&app, page](const httplib::Request&, const std::string&,
                                        httplib::Response& response) {
      serve_file(app.data_root() + page.file, page.type, response);
    });
  }
  server.get(R"(/media/([a-z0-9_]+)/([a-z0-9_.]+)\.(svg|png))",
             [&app](const httplib::Request& request, const std::string&,
                    httplib::Response& response) { serve_media(app, request, response); });
  server.get("/api/v1/chat/words",
             [&app](const httplib::Request& request, const std::string&,
                    httplib::Response& response) { chat_words(app, request, response); });
  server.get("/api/v1/demo/accounts",
             [&app](const httplib::Request&, const std::string&, httplib::Response& response) {
               demo_accounts(app, response);
             });
}

}  // namespace handrail::serve
