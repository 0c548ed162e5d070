#include "adapters/untrusted_json.h"
#include "bot/base/id.h"
#include "bot/desk/desk_routes.h"

namespace handrail::desk {

using adapters::Untrusted;
using base::Status;
using serve::answer_error;
using serve::answer_json;

namespace {

constexpr std::size_t kTokenBytes = 32;

std::string cookie_value(const httplib::Request& request) {
  const std::string header = request.get_header_value("Cookie");
  const std::string name = std::string(kCookie) + "=";
  std::size_t at = 0;
  while (at < header.size()) {
    const std::size_t end = std::min(header.find(';', at), header.size());
    std::size_t begin = at;
    while (begin < end && header[begin] == ' ') ++begin;
    if (header.compare(begin, name.size(), name) == 0)
      return header.substr(begin + name.size(), end - begin - name.size());
    at = end + 1;
  }
  return "";
}

void set_cookie(serve::App& app, const std::string& value, std::int64_t seconds,
                httplib::Response& response) {
  const bool secure = app.config().public_url.rfind("https://", 0) == 0;
  response.set_header("Set-Cookie", std::string(kCookie) + "=" + value +
                                        "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" +
                                        std::to_string(seconds) + (secure ? "; Secure" : ""));
}

nlohmann::json agent_json(const storage::DeskSession& session) {
  return {{"agent", {{"id", session.agent.id}, {"name", session.agent.name}}},
          {"csrf_token", session.csrf_token}};
}

std::optional<storage::Agent> agent_by_password(storage::Session& session, const std::string& name,
                                                const std::string& password) {
  const auto agent = storage::find_agent(session, name);
  if (!agent || agent->disabled_at != 0) return std::nullopt;
  if (!base::verify_password(password, agent->password_hash)) return std::nullopt;
  return agent;
}

void sign_in(serve::App& app, const httplib::Request& request, const std::string& body,
             httplib::Response& response) {
  const auto json = serve::read_object(body, response);
  if (!json) return;
  const Untrusted view(&*json, "");
  const std::string token = view["token"].text();
  const std::string name = view["name"].text();
  if (token.empty() && name.empty()) {
    return answer_error(response, 400, "invalid", "Give either token, or name and password.",
                        "token");
  }
  const std::int64_t now = app.clock().now_ms();
  // Guessing is slowed per name and per address.
  const std::string address = "address:" + serve::client_address(request, app.config());
  const std::string subject = name.empty() ? address : "name:" + name;
  const std::int64_t since = now - std::chrono::milliseconds(config::kSignInWindow).count();
  std::int64_t attempts = 0;
  // An attempt counts before its password is looked at: otherwise any number made at once would all be looked at.
  const Status counted = app.store().write([&](storage::Session& session) {
    attempts = std::max(storage::count_sign_in_attempts(session, subject, since),
                        storage::count_sign_in_attempts(session, address, since));
    if (attempts >= config::kSignInAttempts) return base::done();
    storage::add_sign_in_attempt(session, subject, now);
    if (subject != address) storage::add_sign_in_attempt(session, address, now);
    return base::done();
  });
  if (!counted) return answer_error(response, counted.error());
  if (attempts >= config::kSignInAttempts) {
    return answer_error(response, 429, "limited", "Too many attempts: try again in 15 minutes.");
  }
  // Password hashing is slow on purpose, so it happens here and not in the writer.
  std::optional<storage::Agent> agent;
  const Status read = app.store().read([&](storage::Session& session) {
    if (!name.empty()) agent = agent_by_password(session, name, view["password"].text());
    return base::done();
  });
  if (!read) return answer_error(response, read.error());
  const std::string session_token = base::random_token(kTokenBytes);
  const std::string csrf_token = base::random_token(kTokenBytes);
  const std::int64_t life = std::chrono::milliseconds(kDeskSessionLife).count();
  const Status written = app.store().write([&](storage::Session& session) {
    std::optional<storage::Agent> who = agent;
    if (!token.empty()) who = storage::use_sign_in_token(session, base::hash_token(token), now);
    agent = who;
    if (!who) return base::done();
    storage::take_back_sign_in_attempt(session, subject, now);
    storage::take_back_sign_in_attempt(session, address, now);
    storage::add_session(session, base::hash_token(session_token), who->id, csrf_token, now + life);
    return base::done();
  });
  if (!written) return answer_error(response, written.error());
  if (!agent) {
    return answer_error(response, 401, "unauthorized",
                        token.empty() ? "The name or password is wrong."
                                      : "The sign-in link is wrong, used or expired.");
  }
  set_cookie(app, session_token, life / 1000, response);
  answer_json(response, 200, agent_json({*agent, csrf_token}));
}

}  // namespace

std::optional<storage::DeskSession> signed_in(const httplib::Request& request, serve::App& app,
                                              Access access, httplib::Response& response) {
  const std::string token = cookie_value(request);
  std::optional<storage::DeskSession> session;
  if (!token.empty()) {
    const Status read = app.store().read([&](storage::Session& reader) {
      session = storage::find_session(reader, base::hash_token(token), app.clock().now_ms());
      return base::done();
    });
    if (!read) {
      answer_error(response, read.error());
      return std::nullopt;
    }
  }
  if (!session) {
    answer_error(response, 401, "unauthorized", "Please sign in.");
    return std::nullopt;
  }
  if (access == Access::changes &&
      !base::equal_constant_time(request.get_header_value("X-CSRF-Token"), session->csrf_token)) {
    answer_error(response, 403, "forbidden",
                 "The X-CSRF-Token header is missing or wrong: reload the page.");
    return std::nullopt;
  }
  return session;
}

base::Result<std::string> make_sign_in_token(storage::Store& store, const std::string& agent_id,
                                             std::int64_t now) {
  const std::string token = base::random_token(kTokenBytes);
  const Status written = store.write([&](storage::Session& session) {
    storage::add_sign_in_token(session, base::hash_token(token), agent_id,
                               now + std::chrono::milliseconds(config::kOneTimeLinkLife).count());
    return base::done();
  });
  if (!written) return written.error();
  return token;
}

void add_sign_in_routes(serve::HttpServer& server, serve::App& app) {
  server.post("/api/v1/desk/sign-in",
              [&app](const httplib::Request& request, const std::string& body,
                     httplib::Response& response) { sign_in(app, request, body, response); });
  server.get("/api/v1/desk/me", [&app](const httplib::Request& request, const std::string&,
                                       httplib::Response& response) {
    if (const auto session = signed_in(request, app, Access::reads, response))
      answer_json(response, 200, agent_json(*session));
  });
  server.post("/api/v1/desk/sign-out", [&app](const httplib::Request& request, const std::string&,
                                              httplib::Response& response) {
    if (!signed_in(request, app, Access::changes, response)) return;
    const std::string hash = base::hash_token(cookie_value(request));
    const Status written = app.store().write([&](storage::Session& session) {
      storage::end_session(session, hash);
      return base::done();
    });
    if (!written) return answer_error(response, written.error());
    set_cookie(app, "", 0, response);
    response.status = 204;
  });
}

}  // namespace handrail::desk
