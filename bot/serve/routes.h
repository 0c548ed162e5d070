// The HTTP surface (design section 7), one function per group of routes. Each only translates: the
// rules are in the rooms below.
#pragma once

#include "bot/serve/app.h"
#include "bot/serve/http_server.h"

namespace handrail::serve {

void add_channel_routes(HttpServer& server, App& app);     // what platforms post to us
// What came over an open socket, or what a verified request said: taken up as from a route. `raw` for what is read beside
// the messages themselves.
void act_on_parsed(App& app, const adapters::Channel& channel, const adapters::HttpRequest& raw, adapters::Parsed parsed,
                   httplib::Response& response);
// The same for a request that is known to be the platform's, before parsing.
void receive(App& app, const adapters::Channel& channel, const adapters::HttpRequest& raw, httplib::Response& response);
void add_chat_routes(HttpServer& server, App& app);        // web chat sessions and events
void add_api_routes(HttpServer& server, App& app);         // the product's backend, by API key
void add_slack_install_routes(HttpServer& server, App& app);  // a workspace installs the app by OAuth
void add_operations_routes(HttpServer& server, App& app);  // health, ready, metrics, openapi
void add_page_routes(HttpServer& server, App& app);        // pages and pictures

// False for the chat of a person who has been erased: their session and link tokens are good for nothing any more.
bool is_open_chat(App& app, const std::string& conversation_id);

// What was done on a ticket; `message_id` only after a reply or an intent, `understood` only after an intent.
struct TicketDone {
  storage::Ticket ticket;
  std::string message_id;
  std::optional<std::string> understood;
};
nlohmann::json to_json(const TicketDone& done);
// Does what the address says ("/{id}/{claim|reply|resolve|reopen|intent|snooze|transfer}", its two groups) in the actor's name;
// nothing with the error written. The desk and the API key differ only in who acts.
std::optional<TicketDone> act_on_ticket(App& app, const httplib::Request& request, const nlohmann::json& body,
                                        const tickets::Actor& actor, httplib::Response& response);

// True when the request carries the API key; otherwise the error has been written.
bool has_api_key(const httplib::Request& request, const App& app, httplib::Response& response);

}  // namespace handrail::serve
