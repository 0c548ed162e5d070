// Who may sign in at the desk, managed by the product's backend with the API key.
#include "adapters/untrusted_json.h"
#include "bot/desk/desk_routes.h"
#include "bot/serve/routes.h"
#include "locales/text.h"

namespace handrail::desk {

using adapters::Untrusted;
using base::Status;
using serve::answer_error;
using serve::answer_json;

namespace {

constexpr std::size_t kNameCharacters = 80;

nlohmann::json to_json(const storage::Agent& agent) {
  return {{"id", agent.id}, {"name", agent.name}, {"disabled", agent.disabled_at != 0}};
}

void list(serve::App& app, httplib::Response& response) {
  nlohmann::json agents = nlohmann::json::array();
  const Status read = app.store().read([&](storage::Session& session) {
    for (const storage::Agent& agent : storage::list_agents(session)) agents.push_back(to_json(agent));
    return base::done();
  });
  if (!read) return answer_error(response, read.error());
  answer_json(response, 200, {{"agents", agents}});
}

void answer_with_link(serve::App& app, const storage::Agent& agent, httplib::Response& response) {
  const auto token = make_sign_in_token(app.store(), agent.id, app.clock().now_ms());
  if (!token) return answer_error(response, token.error());
  answer_json(response, 201, {{"agent", to_json(agent)}, {"sign_in_url", sign_in_url(app.config(), *token)}});
}

void add(serve::App& app, const std::string& body, httplib::Response& response) {
  const auto json = serve::read_object(body, response);
  if (!json) return;
  const std::string name = Untrusted(&*json, "")["name"].text();
  const bool blank = name.find_first_not_of(" \t\r\n") == std::string::npos;
  if (blank || locales::count_code_points(name) > kNameCharacters) {
    return answer_error(response, 400, "invalid",
                        "name is required: text of 1 to " + std::to_string(kNameCharacters) + " characters, as people see it.", "name");
  }
  std::optional<storage::Agent> agent;
  const Status written = app.store().write([&](storage::Session& session) {
    agent = storage::add_agent(session, name, app.clock().now_ms());
    return base::done();
  });
  if (!written) return answer_error(response, written.error());
  if (!agent) return answer_error(response, 409, "conflict", "There is an agent of that name.", "name");
  answer_with_link(app, *agent, response);
}

// The agent in the address, or nothing with the error written.
std::optional<storage::Agent> find(serve::App& app, const std::string& id, httplib::Response& response) {
  std::optional<storage::Agent> agent;
  const Status read = app.store().read([&](storage::Session& session) {
    agent = storage::get_agent(session, id);
    return base::done();
  });
  if (!read) {
    answer_error(response, read.error());
  } else if (!agent) {
    answer_error(response, 404, "not_found", "There is no such agent.", "id");
  }
  return agent;
}

void new_link(serve::App& app, const std::string& id, httplib::Response& response) {
  const auto agent = find(app, id, response);
  if (!agent) return;
  if (agent->disabled_at != 0) return answer_error(response, 409, "conflict", "This agent is disabled.", "id");
  answer_with_link(app, *agent, response);
}

void disable(serve::App& app, const std::string& id, httplib::Response& response) {
  const auto agent = find(app, id, response);
  if (!agent) return;
  const Status written = app.store().write([&](storage::Session& session) {
    storage::disable_agent(session, agent->id, app.clock().now_ms());
    return base::done();
  });
  if (!written) return answer_error(response, written.error());
  response.status = 204;
}

}  // namespace

std::string sign_in_url(const config::Config& config, const std::string& token) {
  const std::string base = config.public_url.empty() ? "http://127.0.0.1:" + std::to_string(config.port) : config.public_url;
  return base + "/desk#token=" + token;
}

void add_agents_routes(serve::HttpServer& server, serve::App& app) {
  using Request = const httplib::Request&;
  using Body = const std::string&;
  using Response = httplib::Response&;
  server.get("/api/v1/agents", [&app](Request request, Body, Response response) {
    if (serve::has_api_key(request, app, response)) list(app, response);
  });
  server.post("/api/v1/agents", [&app](Request request, Body body, Response response) {
    if (serve::has_api_key(request, app, response)) add(app, body, response);
  });
  server.post(R"(/api/v1/agents/([0-9A-Za-z]+)/sign-in-link)", [&app](Request request, Body, Response response) {
    if (serve::has_api_key(request, app, response)) new_link(app, request.matches[1], response);
  });
  server.remove(R"(/api/v1/agents/([0-9A-Za-z]+))", [&app](Request request, Body, Response response) {
    if (serve::has_api_key(request, app, response)) disable(app, request.matches[1], response);
  });
}

}  // namespace handrail::desk
