#include "bot/desk/desk_routes.h"

#include "bot/serve/routes.h"
#include "bot/storage/conversations.h"
#include "bot/storage/labels.h"
#include "bot/storage/outbox.h"
#include "bot/storage/tickets.h"

namespace handrail::desk {

using base::Status;
using serve::answer_error;
using serve::answer_json;

namespace {

constexpr std::int64_t kTicketsShown = 200;
constexpr std::int64_t kMessagesShown = 500;

void list(serve::App& app, const httplib::Request& request, httplib::Response& response) {
  const std::string state =
      request.has_param("state") ? request.get_param_value("state") : "unresolved";
  nlohmann::json tickets_json = nlohmann::json::array();
  const Status read = app.store().read([&](storage::Session& session) {
    for (const storage::Ticket& ticket : storage::list_tickets(session, state, kTicketsShown)) {
      tickets_json.push_back(tickets::to_json(ticket));
    }
    return base::done();
  });
  if (!read) return answer_error(response, read.error());
  answer_json(response, 200, {{"tickets", tickets_json}});
}

// What the bot took a person's words for, and what an agent says they were about: null where nobody said anything.
void add_intents(storage::Session& session, const storage::Message& message, nlohmann::json& json) {
  json["understood"] = nullptr;
  json["labelled"] = nullptr;
  if (message.author != "person" || message.redacted_at != 0) return;
  if (const auto trace = storage::trace_of_answer(session, message.id)) {
    const auto said = nlohmann::json::parse(*trace, nullptr, false);
    if (said.is_object() && said.value("action", "").empty() && said.contains("intent")) json["understood"] = said["intent"];
  }
  if (const auto label = storage::find_label(session, message.id)) json["labelled"] = label->intent;
}

nlohmann::json message_json(storage::Session& session, const storage::Message& message) {
  nlohmann::json json = {{"id", message.id},
                         {"conversation_id", message.conversation_id},
                         {"author", message.author},
                         {"author_name", message.author_name},
                         {"text", message.redacted_at != 0 ? "" : message.text},
                         {"redacted", message.redacted_at != 0},
                         {"trace_id", message.trace_id},
                         {"created_at", accounts::to_rfc3339(message.created_at)}};
  add_intents(session, message, json);
  return json;
}

void show(serve::App& app, const std::string& id, httplib::Response& response) {
  nlohmann::json body;
  const Status read = app.store().read([&](storage::Session& session) {
    const auto ticket = storage::get_ticket(session, id);
    if (!ticket)
      return Status(base::Error{base::Code::not_found, "There is no such ticket.", "id", ""});
    body = tickets::to_json(*ticket);
    body["intents"] = app.intent_names();
    body["agents"] = nlohmann::json::array();
    for (const storage::Agent& agent : storage::list_agents(session)) {
      if (agent.disabled_at == 0) body["agents"].push_back(agent.name);
    }
    body["messages"] = nlohmann::json::array();
    // What led to the ticket elsewhere (a channel) first, then the conversation it is spoken about
    // in.
    if (!ticket->origin_conversation_id.empty() &&
        ticket->origin_conversation_id != ticket->conversation_id) {
      for (const auto& message :
           storage::messages_after(session, ticket->origin_conversation_id, 0, kMessagesShown)) {
        body["messages"].push_back(message_json(session, message));
      }
    }
    for (const auto& message :
         storage::messages_after(session, ticket->conversation_id, 0, kMessagesShown)) {
      body["messages"].push_back(message_json(session, message));
    }
    body["history"] = nlohmann::json::array();
    for (const storage::HistoryEntry& entry : storage::history_of(session, ticket->id)) {
      body["history"].push_back({{"at", accounts::to_rfc3339(entry.at)},
                                 {"actor", entry.actor},
                                 {"what", entry.what},
                                 {"detail", entry.detail}});
    }
    const auto conversation = storage::get_conversation(session, ticket->conversation_id);
    body["delivery_rung"] = conversation ? conversation->rung : "";
    body["owner"] = conversation ? conversation->owner : "";
    return base::done();
  });
  if (!read) return answer_error(response, read.error());
  answer_json(response, 200, body);
}

void act(serve::App& app, const httplib::Request& request, const std::string& body,
         httplib::Response& response) {
  const auto session = signed_in(request, app, Access::changes, response);
  if (!session) return;
  const auto json = serve::read_object(body, response);
  if (!json) return;
  const auto done = serve::act_on_ticket(app, request, *json, {session->agent.id, session->agent.name}, response);
  if (done) answer_json(response, 200, serve::to_json(*done));
}

void send_again(serve::App& app, const httplib::Request& request, const std::string& body, httplib::Response& response) {
  if (!signed_in(request, app, Access::changes, response) || !serve::read_object(body, response)) return;
  bool found = false;
  const std::int64_t now = app.clock().now_ms();
  const Status written = app.store().write([&](storage::Session& session) {
    found = storage::requeue(session, request.matches[1], now, now + std::chrono::milliseconds(config::kDeliveryPatience).count());
    return base::done();
  });
  if (!written) return answer_error(response, written.error());
  if (!found) {
    return answer_error(response, 404, "not_found", "Nothing given up has this id: it was sent again, or is forgotten.", "id");
  }
  app.wake_delivery();
  response.status = 204;
}

void stream(serve::App& app, serve::HttpServer& server, httplib::Response& response) {
  response.set_header("Cache-Control", "no-store");
  auto subscription =
      std::make_shared<serve::Hub::Subscription>(app.hub().subscribe(serve::kDeskTopic));
  response.set_chunked_content_provider(
      "text/event-stream", [&server, subscription](std::size_t, httplib::DataSink& sink) {
        if (server.stopping()) {
          sink.done();
          return true;
        }
        subscription->wait();
        // What changed is read by the page itself: a stream never says more than the queue's own
        // route would.
        constexpr std::string_view kChanged = "event: changed\ndata: {}\n\n";
        return sink.write(kChanged.data(), kChanged.size());
      });
}

}  // namespace

void add_desk_routes(serve::HttpServer& server, serve::App& app) {
  add_sign_in_routes(server, app);
  add_agents_routes(server, app);
  using Request = const httplib::Request&;
  using Body = const std::string&;
  using Response = httplib::Response&;
  server.get("/api/v1/desk/tickets", [&app](Request request, Body, Response response) {
    if (signed_in(request, app, Access::reads, response)) list(app, request, response);
  });
  server.get(R"(/api/v1/desk/tickets/([0-9A-Za-z]+))",
             [&app](Request request, Body, Response response) {
               if (signed_in(request, app, Access::reads, response))
                 show(app, request.matches[1], response);
             });
  server.post(
      R"(/api/v1/desk/tickets/([0-9A-Za-z]+)/(claim|reply|resolve|reopen|intent|snooze|transfer))",
      [&app](Request request, Body body, Response response) { act(app, request, body, response); });
  server.get("/api/v1/desk/events", [&app, &server](Request request, Body, Response response) {
    if (signed_in(request, app, Access::reads, response)) stream(app, server, response);
  });
  server.post(R"(/api/v1/desk/outbox/([0-9A-Za-z]+)/retry)",
              [&app](Request request, Body body, Response response) { send_again(app, request, body, response); });
  server.get("/api/v1/desk/outbox", [&app](Request request, Body, Response response) {
    if (!signed_in(request, app, Access::reads, response)) return;
    nlohmann::json rows = nlohmann::json::array();
    const Status read = app.store().read([&](storage::Session& session) {
      for (const auto& row : storage::list_given_up(session, kTicketsShown)) {
        rows.push_back({{"id", row.id},
                        {"channel", row.channel},
                        {"because", row.last_error},
                        {"ticket_id", row.ticket_id},
                        {"created_at", accounts::to_rfc3339(row.created_at)}});
      }
      return base::done();
    });
    if (!read) return answer_error(response, read.error());
    answer_json(response, 200, {{"given_up", rows}});
  });
}

}  // namespace handrail::desk
