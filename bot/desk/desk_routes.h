// The agents' desk: sign-in, queue, tickets. Its API is /api/v1/desk/... with a session cookie
// (HttpOnly, SameSite=Strict) and a CSRF token in X-CSRF-Token for everything that changes
// something. The rules of tickets are in bot/tickets.
#pragma once

#include "bot/serve/app.h"
#include "bot/serve/http_server.h"
#include "bot/storage/agents.h"

namespace handrail::desk {

inline constexpr const char* kCookie = "handrail_desk";
inline constexpr std::chrono::hours kDeskSessionLife{12};

void add_desk_routes(serve::HttpServer& server, serve::App& app);

// sign_in.cc
void add_sign_in_routes(serve::HttpServer& server, serve::App& app);
// The signed-in agent, or nothing with the error written. `changes`: the request must carry the
// CSRF token.
enum class Access { reads, changes };
std::optional<storage::DeskSession> signed_in(const httplib::Request& request, serve::App& app,
                                              Access access, httplib::Response& response);

// A one-time sign-in token for an agent; only its hash is stored.
base::Result<std::string> make_sign_in_token(storage::Store& store, const std::string& agent_id,
                                             std::int64_t now);

// Where the token is used. It rides in the fragment, which is never sent to a server, so it ends up in no log.
std::string sign_in_url(const config::Config& config, const std::string& token);

// agents_routes.cc: by API key.
void add_agents_routes(serve::HttpServer& server, serve::App& app);

}  // namespace handrail::desk
