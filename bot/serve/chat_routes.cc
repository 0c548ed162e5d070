#include "adapters/json_text.h"
#include "adapters/untrusted_json.h"
#include "adapters/web_chat/tokens.h"
#include "bot/base/id.h"
#include "bot/delivery/outgoing.h"
#include "bot/serve/address_brake.h"
#include "bot/serve/routes.h"
#include "bot/storage/conversations.h"
#include "bot/storage/people.h"
#include "locales/tag.h"

namespace handrail::serve {

using adapters::Untrusted;
namespace tokens = adapters::web_chat;

namespace {

constexpr std::int64_t kEventsAtOnce = 200;
// An idle stream says so this often, so that proxies keep it and a gone reader is noticed.
constexpr std::chrono::seconds kStreamComment{15};

struct Started {
  tokens::SessionToken session;
  std::string locale;
};

std::string chat_address(const std::string& conversation_id, const std::string& user) {
  adapters::Address address;
  address.channel = "web_chat";
  address.place_id = conversation_id;
  address.user = user;
  return adapters::to_json(address, false).dump();
}

base::Status start_session(storage::Session& session, const std::string& account_id,
                           const std::string& locale, std::int64_t now, Started& started) {
  const std::string user =
      account_id.empty() ? "visitor:" + base::new_id(now) : "account:" + account_id;
  storage::Identity wanted{"web_chat", "", user, "", "", locale, false};
  std::string person_id;
  if (account_id.empty()) {
    person_id = storage::find_or_create_identity(session, wanted, now).person_id;
  } else {
    storage::find_or_create_identity(session, wanted, now);
    storage::link_identity(session, wanted, account_id, now);
    person_id = storage::find_or_create_person_of_account(session, account_id, now).id;
    // The same account gets its conversation back, on whatever device.
    if (const auto known = storage::find_conversation(session, "web_chat:account:" + account_id)) {
      started.session = {known->id, user};
      return base::done();
    }
  }
  storage::Conversation conversation;
  conversation.id = base::new_id(now);
  conversation.key =
      account_id.empty() ? "web_chat:" + conversation.id : "web_chat:account:" + account_id;
  conversation.person_id = person_id;
  conversation.channel = "web_chat";
  conversation.address = chat_address(conversation.id, user);
  storage::find_or_create_conversation(session, conversation, now);
  started.session = {conversation.id, user};
  return base::done();
}

void answer_session(App& app, const Started& started, httplib::Response& response) {
  const std::int64_t now = app.clock().now_ms();
  const std::int64_t expires = now + std::chrono::milliseconds(config::kSessionTokenLife).count();
  answer_json(
      response, 201,
      {{"session_token", tokens::make_session_token(started.session, app.session_key(), expires)},
       {"conversation_id", started.session.conversation_id},
       {"locale", started.locale},
       {"direction",
        locales::direction_name(started.locale)}});
}

void handle_session(App& app, AddressBrake& brake, const httplib::Request& request,
                    const std::string& body, httplib::Response& response) {
  const std::int64_t now = app.clock().now_ms();
  if (!brake.allow(client_address(request, app.config()), now)) {
    return answer_error(response, 429, "limited",
                        "Too many new chats from this address: please wait a minute.");
  }
  const auto json = read_object(body, response);
  if (!json) return;
  const Untrusted view(&*json, "");
  if (view["locale"].present() && view["locale"].text().empty()) {
    return answer_error(response, 400, "invalid", "locale must be a language tag such as en or fa.",
                        "locale");
  }
  Started started;
  const auto spoken = app.content().get()->catalogs->locales();
  started.locale = locales::negotiate({view["locale"].text(),
                                       request.get_header_value("Accept-Language").substr(0, 2),
                                       app.config().default_locale},
                                      spoken)
                       .value_or("en");
  if (view["link_token"].present()) {
    const auto link = tokens::read_link_token(view["link_token"].text(), app.session_key(), now);
    if (!link.because.empty() || !is_open_chat(app, link.session.conversation_id)) {
      return answer_error(response, 401, "unauthorized",
                          "The link has expired: ask for a new one in the chat.", "link_token");
    }
    started.session = link.session;
    return answer_session(app, started, response);
  }
  std::string account_id;
  if (view["identity_token"].present()) {
    const auto identity = tokens::read_identity_token(view["identity_token"].text(),
                                                      app.config().chat_identity_secret, now);
    if (!identity.because.empty()) {
      return answer_error(response, 401, "unauthorized",
                          "The identity token is not valid (" + identity.because + ").",
                          "identity_token");
    }
    account_id = identity.account_id;
  }
  const base::Status written = app.store().write([&](storage::Session& session) {
    return start_session(session, account_id, started.locale, now, started);
  });
  if (!written) return answer_error(response, written.error());
  answer_session(app, started, response);
}

struct Event {
  std::int64_t seq = 0;
  nlohmann::json body;
};

// Whose words a reader asks for: replies are the contract; a page that was loaded anew also shows what its reader wrote.
enum class Voices { replies, everyone };

base::Result<std::vector<Event>> events_after(App& app, const std::string& conversation_id, Voices voices,
                                              std::int64_t after, std::int64_t& seen) {
  std::vector<Event> events;
  const base::Status read = app.store().read([&](storage::Session& session) {
    for (const storage::Message& message :
         storage::messages_after(session, conversation_id, after, kEventsAtOnce)) {
      seen = message.seq;
      if (message.author == "person") {
        const bool is_shown = voices == Voices::everyone && message.redacted_at == 0 && !message.text.empty();
        if (is_shown) {
          events.push_back({message.seq, {{"id", std::to_string(message.seq)}, {"type", "said"}, {"text", message.text}}});
        }
        continue;
      }
      if (message.reply.empty()) continue;
      nlohmann::json body = {{"id", std::to_string(message.seq)},
                             {"type", "reply"},
                             {"author", {{"kind", message.author}, {"name", message.author_name}}},
                             {"reply", adapters::to_json(delivery::reply_of(message))}};
      if (!message.inbox_id.empty()) body["message_id"] = message.inbox_id;
      events.push_back({message.seq, std::move(body)});
    }
    return base::done();
  });
  if (!read) return read.error();
  return events;
}

void stream_events(App& app, HttpServer& server, const std::string& conversation_id, Voices voices,
                   std::int64_t after, httplib::Response& response) {
  response.set_header("Cache-Control", "no-store");
  response.set_header("X-Accel-Buffering", "no");
  struct State {
    Hub::Subscription subscription;
    std::int64_t after;
    std::chrono::steady_clock::time_point spoke;
  };
  auto state = std::make_shared<State>(
      State{app.hub().subscribe(conversation_id), after, std::chrono::steady_clock::now()});
  response.set_chunked_content_provider(
      "text/event-stream",
      [&app, &server, conversation_id, voices, state](std::size_t, httplib::DataSink& sink) {
        if (server.stopping()) {
          sink.done();
          return true;
        }
        std::int64_t seen = state->after;
        const auto events = events_after(app, conversation_id, voices, state->after, seen);
        if (!events) return false;
        std::string text;
        for (const Event& event : *events) {
          text += "id: " + std::to_string(event.seq) + "\nevent: " + event.body["type"].get<std::string>() + "\ndata: " +
                  adapters::json_text(event.body) + "\n\n";
        }
        const bool more = seen != state->after;
        state->after = seen;
        const auto now = std::chrono::steady_clock::now();
        if (text.empty() && now - state->spoke >= kStreamComment) text = ": still here\n\n";
        if (!text.empty()) {
          state->spoke = now;
          if (!sink.write(text.data(), text.size())) return false;
        }
        if (!more) state->subscription.wait();
        return true;
      });
}

void handle_events(App& app, HttpServer& server, const httplib::Request& request,
                   httplib::Response& response) {
  const auto session =
      tokens::read_session_token(bearer_token(request), app.session_key(), app.clock().now_ms());
  if (!session.because.empty() || !is_open_chat(app, session.session.conversation_id)) {
    return answer_error(response, 401, "unauthorized",
                        "The session token is missing, wrong or expired: start a new session.");
  }
  std::int64_t after = 0;
  const std::string last = request.get_header_value("Last-Event-ID");
  if (!last.empty()) {
    if (last.find_first_not_of("0123456789") != std::string::npos || last.size() > 15) {
      return answer_error(response, 400, "invalid", "Last-Event-ID must be the id of an event.",
                          "Last-Event-ID");
    }
    after = std::stoll(last);
  }
  const Voices voices = request.get_param_value("own") == "1" ? Voices::everyone : Voices::replies;
  if (request.get_param_value("wait") != "0")
    return stream_events(app, server, session.session.conversation_id, voices, after, response);
  std::int64_t seen = after;
  nlohmann::json list = nlohmann::json::array();
  std::int64_t last_id = after;
  for (;;) {
    const std::int64_t from = seen;
    auto events = events_after(app, session.session.conversation_id, voices, from, seen);
    if (!events) return answer_error(response, events.error());
    for (Event& event : *events) {
      last_id = event.seq;
      list.push_back(std::move(event.body));
    }
    if (seen == from) break;
  }
  answer_json(response, 200, {{"events", list}, {"last_event_id", std::to_string(last_id)}});
}

}  // namespace

bool is_open_chat(App& app, const std::string& conversation_id) {
  bool open = false;
  const base::Status read = app.store().read([&](storage::Session& session) {
    const auto conversation = storage::get_conversation(session, conversation_id);
    open = conversation && !storage::is_erased(*conversation);
    return base::done();
  });
  return open || !read;  // a database in trouble is told of by what asks it next
}

void add_chat_routes(HttpServer& server, App& app) {
  auto brake = std::make_shared<AddressBrake>(config::kChatSessionsPerMinute);
  server.post("/api/v1/chat/sessions",
              [&app, brake](const httplib::Request& request, const std::string& body,
                            httplib::Response& response) {
                handle_session(app, *brake, request, body, response);
              });
  server.get("/api/v1/chat/events",
             [&app, &server](const httplib::Request& request, const std::string&,
                             httplib::Response& response) {
               handle_events(app, server, request, response);
             });
}

}  // namespace handrail::serve
