#include "adapters/untrusted_json.h"
#include "bot/serve/routes.h"
#include "bot/storage/accounts_table.h"
#include "bot/storage/contacts.h"
#include "bot/storage/outbox.h"
#include "bot/storage/people.h"
#include "bot/storage/tickets.h"

namespace handrail::serve {

using adapters::Untrusted;
using base::Status;

namespace {

constexpr std::int64_t kTicketsAtOnce = 500;

void list_tickets(App& app, const httplib::Request& request, httplib::Response& response) {
  const std::string asked =
      request.has_param("state") ? request.get_param_value("state") : "unresolved";
  static const std::vector<std::string> kStates = {"open",     "claimed",    "waiting",
                                                   "resolved", "unresolved", "all"};
  if (std::find(kStates.begin(), kStates.end(), asked) == kStates.end()) {
    return answer_error(response, 400, "invalid",
                        "state must be open, claimed, waiting, resolved, unresolved or all.",
                        "state");
  }
  nlohmann::json list = nlohmann::json::array();
  const Status read = app.store().read([&](storage::Session& session) {
    for (const storage::Ticket& ticket : storage::list_tickets(session, asked, kTicketsAtOnce))
      list.push_back(tickets::to_json(ticket));
    return base::done();
  });
  if (!read) return answer_error(response, read.error());
  answer_json(response, 200, {{"tickets", list}});
}

void act_by_key(App& app, const httplib::Request& request, const std::string& body, httplib::Response& response) {
  const auto json = read_object(body, response);
  if (!json) return;
  const Untrusted agent = Untrusted(&*json, "")["agent"];
  // Who acted stays on record, so it must be read as it was meant.
  if (agent.present() && agent.text().empty()) {
    return answer_error(response, 400, "invalid", "agent must be text, or left out.", "agent");
  }
  const auto done = act_on_ticket(app, request, *json, {"", agent.text("api")}, response);
  if (!done) return;
  answer_json(response, 200, to_json(*done));
}

void put_account(App& app, const httplib::Request& request, const std::string& body,
                 httplib::Response& response) {
  auto json = read_object(body, response);
  if (!json) return;
  const std::string id = request.matches[1];
  if (!json->contains("id")) (*json)["id"] = id;
  auto facts = accounts::facts_from_json(*json);
  if (!facts) return answer_error(response, facts.error());
  if (facts->id != id)
    return answer_error(response, 400, "invalid", "id in the body must be the id in the address.",
                        "id");
  auto stored = accounts::import_accounts(
      app.store(), nlohmann::json::array({accounts::to_json(*facts)}), app.clock().now_ms());
  if (!stored) return answer_error(response, stored.error());
  answer_json(response, 200, accounts::to_json(*facts));
}

void get_account(App& app, const httplib::Request& request, httplib::Response& response) {
  std::optional<std::string> body;
  const Status read = app.store().read([&](storage::Session& session) {
    body = storage::get_account(session, request.matches[1]);
    return base::done();
  });
  if (!read) return answer_error(response, read.error());
  if (!body) return answer_error(response, 404, "not_found", "There is no such account.", "id");
  answer_json(response, 200, nlohmann::json::parse(*body, nullptr, false));
}

void delete_account(App& app, const httplib::Request& request, httplib::Response& response) {
  bool found = false;
  const Status written = app.store().write([&](storage::Session& session) {
    found = storage::delete_account(session, request.matches[1]);
    return base::done();
  });
  if (!written) return answer_error(response, written.error());
  if (!found) return answer_error(response, 404, "not_found", "There is no such account.", "id");
  response.status = 204;
}

nlohmann::json to_json(const storage::Identity& identity) {
  return {{"channel", identity.channel}, {"workspace", identity.workspace}, {"user", identity.user}};
}

storage::Identity identity_of(Untrusted view) {
  return {view["channel"].text(), view["workspace"].text(), view["user"].text(), "", "", "", false};
}

bool is_whole(const storage::Identity& identity, httplib::Response& response) {
  if (!identity.channel.empty() && !identity.user.empty()) return true;
  answer_error(response, 400, "invalid", "identity needs channel and user.", "identity");
  return false;
}

void list_links(App& app, const httplib::Request& request, httplib::Response& response) {
  const std::string account_id = request.get_param_value("account_id");
  if (account_id.empty()) return answer_error(response, 400, "invalid", "account_id is required.", "account_id");
  nlohmann::json identities = nlohmann::json::array();
  const Status read = app.store().read([&](storage::Session& session) {
    for (const storage::Identity& identity : storage::linked_identities(session, account_id)) identities.push_back(to_json(identity));
    return base::done();
  });
  if (!read) return answer_error(response, read.error());
  answer_json(response, 200, {{"account_id", account_id}, {"identities", identities}});
}

void delete_link(App& app, const std::string& body, httplib::Response& response) {
  const auto json = read_object(body, response);
  if (!json) return;
  const storage::Identity identity = identity_of(Untrusted(&*json, "")["identity"]);
  if (!is_whole(identity, response)) return;
  bool found = false;
  const Status written = app.store().write([&](storage::Session& session) {
    found = storage::unlink_identity(session, identity, app.clock().now_ms());
    return base::done();
  });
  if (!written) return answer_error(response, written.error());
  if (!found) return answer_error(response, 404, "not_found", "This identity is not linked.", "identity");
  response.status = 204;
}

void post_link(App& app, const std::string& body, httplib::Response& response) {
  const auto json = read_object(body, response);
  if (!json) return;
  const Untrusted view(&*json, "");
  const std::string account_id = view["account_id"].text();
  if (account_id.empty())
    return answer_error(response, 400, "invalid", "account_id is required.", "account_id");
  const std::string token = view["token"].text();
  const Untrusted identity = view["identity"];
  if (token.empty() == !identity.present()) {
    return answer_error(response, 400, "invalid", "Give either token or identity.",
                        token.empty() ? "token" : "identity");
  }
  storage::Identity linked = identity_of(identity);
  if (token.empty() && !is_whole(linked, response)) return;
  const std::int64_t now = app.clock().now_ms();
  const Status written = app.store().write([&](storage::Session& session) {
    if (!token.empty()) {
      const auto found = storage::use_link(session, base::hash_token(token), now);
      if (!found)
        return Status(base::Error{base::Code::not_found, "The link is unknown, used or expired.",
                                  "token", ""});
      linked = *found;
    }
    storage::link_identity(session, linked, account_id, now);
    return base::done();
  });
  if (!written) return answer_error(response, written.error());
  answer_json(response, 200, {{"account_id", account_id}, {"identity", to_json(linked)}});
}

void contact(App& app, const httplib::Request& request, httplib::Response& response) {
  const std::string asked = request.matches[1];
  nlohmann::json exported;
  bool found = false;
  const auto work = [&](storage::Session& session) {
    // A person's own id or the account's id.
    const auto known = storage::find_contact(session, asked);
    if (!known) return base::done();
    const std::string& id = *known;
    if (request.method == "DELETE") {
      found = storage::erase_person(session, id, app.clock().now_ms());
    } else {
      exported = storage::export_person(session, id);
      found = !exported.is_null();
    }
    return base::done();
  };
  const Status status =
      request.method == "DELETE" ? app.store().write(work) : app.store().read(work);
  if (!status) return answer_error(response, status.error());
  if (!found) return answer_error(response, 404, "not_found", "There is no such contact.", "id");
  if (request.method == "DELETE") {
    response.status = 204;
    return;
  }
  answer_json(response, 200, exported);
}

}  // namespace

std::optional<TicketDone> act_on_ticket(App& app, const httplib::Request& request, const nlohmann::json& body,
                                        const tickets::Actor& actor, httplib::Response& response) {
  const Untrusted view(&body, "");
  const std::string id = request.matches[1];
  const std::string verb = request.matches[2];
  // What was decided stays on record, perhaps about money, so it must be read as it was meant.
  if (view["outcome"].present() && view["outcome"].text().empty()) {
    answer_error(response, 400, "invalid", "outcome must be text, or left out.", "outcome");
    return std::nullopt;
  }
  const std::int64_t now = app.clock().now_ms();
  std::string message_id;
  std::optional<std::string> understood;
  auto ticket = app.ticket_action(
      [&](storage::Session& session, const tickets::Desk& desk) -> base::Result<storage::Ticket> {
        if (verb == "claim") return tickets::claim(session, desk, id, actor, now);
        if (verb == "resolve") return tickets::resolve(session, desk, id, actor, view["outcome"].text(), now);
        if (verb == "reopen") return tickets::reopen(session, desk, id, actor, now);
        if (verb == "intent") {
          const tickets::IntentLabel label{view["message_id"].text(), view["intent"].text()};
          auto labelled = tickets::label_intent(session, id, actor, label, app.intent_names(), now);
          if (!labelled) return labelled.error();
          message_id = labelled->message_id;
          understood = labelled->understood;
          return labelled->ticket;
        }
        if (verb == "snooze") {
          const auto length = tickets::parse_span(view["for"].text());
          return tickets::snooze(session, desk, id, actor, length ? now + *length : 0, now);
        }
        if (verb == "transfer") return tickets::transfer(session, desk, id, actor, view["to"].text(), now);
        const tickets::AgentReply words{view["client_message_id"].text(), view["text"].text(), view["seen_message_id"].text()};
        auto replied = tickets::reply(session, desk, id, actor, words, now);
        if (!replied) return replied.error();
        message_id = replied->message_id;
        return replied->ticket;
      });
  if (!ticket) {
    answer_error(response, ticket.error());
    return std::nullopt;
  }
  return TicketDone{std::move(*ticket), std::move(message_id), std::move(understood)};
}

nlohmann::json to_json(const TicketDone& done) {
  nlohmann::json json = {{"ticket", tickets::to_json(done.ticket)}};
  if (!done.message_id.empty()) json["message_id"] = done.message_id;
  if (done.understood) json["understood"] = done.understood->empty() ? nlohmann::json(nullptr) : nlohmann::json(*done.understood);
  return json;
}

bool has_api_key(const httplib::Request& request, const App& app, httplib::Response& response) {
  const std::string& key = app.config().api_key;
  if (!key.empty() && base::equal_constant_time(bearer_token(request), key)) return true;
  answer_error(response, 401, "unauthorized",
               key.empty() ? "No API key is configured: set HANDRAIL_API_KEY."
                           : "Send Authorization: Bearer with the API key.");
  return false;
}

void add_api_routes(HttpServer& server, App& app) {
  const auto with_key = [&app](auto action) {
    return [&app, action](const httplib::Request& request, const std::string& body,
                          httplib::Response& response) {
      if (has_api_key(request, app, response)) action(request, body, response);
    };
  };
  using Request = const httplib::Request&;
  using Body = const std::string&;
  using Response = httplib::Response&;
  server.get("/api/v1/tickets", with_key([&app](Request request, Body, Response response) {
               list_tickets(app, request, response);
             }));
  server.post(R"(/api/v1/tickets/([0-9A-Za-z]+)/(claim|reply|resolve|reopen|intent|snooze|transfer))",
              with_key([&app](Request request, Body body, Response response) {
                act_by_key(app, request, body, response);
              }));
  server.put(R"(/api/v1/accounts/([^/]+))",
             with_key([&app](Request request, Body body, Response response) {
               put_account(app, request, body, response);
             }));
  server.get(R"(/api/v1/accounts/([^/]+))", with_key([&app](Request request, Body, Response response) {
               get_account(app, request, response);
             }));
  server.remove(R"(/api/v1/accounts/([^/]+))", with_key([&app](Request request, Body, Response response) {
                  delete_account(app, request, response);
                }));
  server.get("/api/v1/links", with_key([&app](Request request, Body, Response response) {
               list_links(app, request, response);
             }));
  server.remove("/api/v1/links", with_key([&app](Request, Body body, Response response) {
                  delete_link(app, body, response);
                }));
  server.post("/api/v1/links", with_key([&app](Request, Body body, Response response) {
                post_link(app, body, response);
              }));
  server.get(R"(/api/v1/contacts/([^/]+))",
             with_key([&app](Request request, Body, Response response) {
               contact(app, request, response);
             }));
  server.remove(R"(/api/v1/contacts/([^/]+))",
                with_key([&app](Request request, Body, Response response) {
                  contact(app, request, response);
                }));
}

}  // namespace handrail::serve
