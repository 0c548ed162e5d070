#include <thread>

#include "adapters/channels.h"
#include "adapters/web_chat/tokens.h"
#include "bot/base/log.h"
#include "bot/delivery/outgoing.h"
#include "bot/serve/routes.h"
#include "locales/tag.h"

namespace handrail::serve {

using adapters::Answers;
using adapters::Channel;
using adapters::InboundMessage;
using conversation::Acceptance;

namespace {

constexpr std::chrono::milliseconds kLookAgain{20};  // whether a message that came twice has been decided

void write(httplib::Response& response, const adapters::HttpAnswer& answer) {
  response.status = answer.status;
  if (!answer.body.empty() || !answer.content_type.empty()) {
    response.set_content(answer.body,
                         answer.content_type.empty() ? "text/plain" : answer.content_type);
  }
}

void refuse(httplib::Response& response, const adapters::Verification& verification, App& app,
            const Channel& channel) {
  app.metrics().received(std::string(channel.name()), "refused");
  base::log(base::Level::info, "refused",
            {{"channel", std::string(channel.name())}, {"because", verification.because}});
  const bool web = channel.name() == "web_chat";
  answer_error(response, 401, "unauthorized",
               web ? "The session token is missing, wrong or expired: start a new session."
                   : "The signature is missing, wrong or too old.");
}

// Marks the held send as done once the response has really gone out; otherwise it repairs itself.
void settle(App& app, const std::string& held_outbox_id, const adapters::HttpAnswer& answer) {
  if (held_outbox_id.empty()) return;
  const auto settled = app.store().write([&](storage::Session& session) {
    return answer.says_replies
               ? delivery::answered_inline(session, held_outbox_id, app.clock().now_ms())
               : delivery::release_held(session, held_outbox_id, app.clock().now_ms());
  });
  if (!settled) base::log(base::Level::warning, "settle_failed", {{"outbox", held_outbox_id}});
  if (!answer.says_replies) app.wake_delivery();
}

adapters::Reply sentence(App& app, const InboundMessage& message, const char* key) {
  const auto content = app.content().get();
  const std::string locale =
      locales::negotiate({message.platform_locale, app.config().default_locale}, content->catalogs->locales()).value_or("en");
  return adapters::one_paragraph(locale, content->catalogs->format(locale, key, {}));
}

// A platform's command or form has to be answered with something, also when the bot is silent because a person has the case.
bool owes_words(const Channel& channel, const InboundMessage& message, const Answers& answers) {
  const bool asks = message.kind == adapters::InputKind::command || message.kind == adapters::InputKind::form;
  return channel.name() != "web_chat" && asks && !answers.deferred && answers.replies.empty();
}

// An interactive message owes its answer in the response: the decision is waited for, then it is
// deferred.
void answer_interactive(App& app, const Channel& channel, const InboundMessage& message,
                        const conversation::Accepted& accepted, httplib::Response& response) {
  Answers answers;
  answers.message_id = accepted.inbox_id;
  std::string held;
  if (accepted.outcome == Acceptance::limited) {
    if (channel.name() == "web_chat")
      return answer_error(response, 429, "limited", "Too many messages: please wait a minute.");
    answers.replies.push_back(sentence(app, message, "reply.too_fast"));
  } else if (accepted.outcome == Acceptance::repeated) {
    // Sent again by a platform while the first is only being decided: both get the same answer. (The web chat is told 202.)
    auto before = app.engine().answered(accepted.inbox_id);
    const auto patience = channel.name() == "web_chat" ? std::chrono::milliseconds(0) : config::kInlineAnswerPatience;
    const auto until = std::chrono::steady_clock::now() + patience;
    while (before && !*before && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(kLookAgain);
      before = app.engine().answered(accepted.inbox_id);
    }
    if (!before) return answer_error(response, before.error());
    answers.deferred = !*before;
    if (*before) answers.replies = (*before)->replies;
  } else {
    auto decided = app.engine().wait_for(accepted.inbox_id, config::kInlineAnswerPatience);
    answers.deferred = !decided;
    if (decided) {
      answers.replies = decided->replies;
      answers.person_only = decided->person_only;
      held = decided->held_outbox_id;
    }
  }
  if (owes_words(channel, message, answers)) answers.replies.push_back(sentence(app, message, "reply.passed_on"));
  const adapters::HttpAnswer answer = channel.respond(message, answers, app.render_options());
  write(response, answer);
  settle(app, held, answer);
}

void handle_messages(App& app, const Channel& channel, std::vector<InboundMessage> messages,
                     httplib::Response& response) {
  const std::string name(channel.name());
  for (InboundMessage& message : messages) {
    if (const auto taken = app.team().take(message)) {
      if (!*taken) return answer_error(response, taken->error());
      app.metrics().received(name, "team");
      write(response, channel.respond(message, Answers{}, app.render_options()));
      continue;
    }
    const auto waits =
        message.interactive ? conversation::Engine::Waits::yes : conversation::Engine::Waits::no;
    auto accepted = app.engine().accept(message, waits);
    if (!accepted) {
      // Not stored, so not acknowledged: the platform sends it again.
      base::log(base::Level::error, "accept_failed",
                {{"channel", name}, {"detail", accepted.error().detail}});
      return answer_error(response, accepted.error());
    }
    static constexpr const char* kOutcomes[] = {"accepted", "repeated", "ignored", "limited"};
    app.metrics().received(name, kOutcomes[static_cast<int>(accepted->outcome)]);
    if (message.interactive && accepted->outcome != Acceptance::ignored) {
      return answer_interactive(app, channel, message, *accepted, response);
    }
    write(response, channel.respond(message, Answers{}, app.render_options()));
  }
}

// What is asked in a workspace that no token is for could never be answered, unless in this response or by its own callback.
// Edits, deletions and farewells change what is kept.
bool can_be_answered(App& app, const std::vector<InboundMessage>& messages) {
  using adapters::InputKind;
  return std::none_of(messages.begin(), messages.end(), [&](const InboundMessage& message) {
    const bool asks = message.kind == InputKind::text || message.kind == InputKind::action || message.kind == InputKind::form ||
                      message.kind == InputKind::command;
    return asks && !message.interactive && message.from.callback.empty() && app.slack_installs().is_stranger(message.from.workspace);
  });
}

adapters::Parsed parse(App& app, const Channel& channel, const adapters::HttpRequest& raw) {
  adapters::OwnIds own = app.own_ids(std::string(channel.name()));
  if (channel.name() == "slack") app.slack_installs().introduce(raw, own);
  return channel.parse(raw, app.clock().now_ms(), own);
}

void handle(App& app, const Channel& channel, const httplib::Request& request,
            const std::string& body, httplib::Response& response) {
  const std::string name(channel.name());
  const adapters::HttpRequest raw = to_adapter_request(request, body);
  const std::int64_t now = app.clock().now_ms();
  const adapters::Verification verification = channel.verify(raw, now, app.secrets(name));
  if (verification.verdict != adapters::Verdict::accepted)
    return refuse(response, verification, app, channel);

  adapters::Parsed parsed = parse(app, channel, raw);
  auto* messages = std::get_if<adapters::Messages>(&parsed);
  if (name == "web_chat" && messages != nullptr) {
    // Whose session it is, from the token that was just verified.
    const auto session = adapters::web_chat::read_session_token(bearer_token(request), app.session_key(), now);
    if (!is_open_chat(app, session.session.conversation_id))
      return refuse(response, {adapters::Verdict::refused, "erased"}, app, channel);
    for (InboundMessage& message : messages->messages) {
      message.from.place_id = session.session.conversation_id;
      message.from.user = session.session.user;
      message.event_key = "web_chat:" + session.session.conversation_id + ":" + message.event_key;
    }
  }
  act_on_parsed(app, channel, raw, std::move(parsed), response);
}

}  // namespace

void act_on_parsed(App& app, const Channel& channel, const adapters::HttpRequest& raw, adapters::Parsed parsed,
                   httplib::Response& response) {
  const std::string name(channel.name());
  if (auto* messages = std::get_if<adapters::Messages>(&parsed)) {
    if (name == "slack") {
      const bool farewell = messages->messages.front().kind == adapters::InputKind::lifecycle;
      const base::Status heeded = farewell ? app.slack_installs().heed(raw) : base::done();
      if (!heeded) return answer_error(response, heeded.error());
      if (!can_be_answered(app, messages->messages)) {
        app.metrics().received(name, "ignored");
        response.status = 200;
        return;
      }
    }
    return handle_messages(app, channel, std::move(messages->messages), response);
  }
  if (const auto* answer = std::get_if<adapters::ProtocolAnswer>(&parsed)) {
    app.metrics().received(name, "protocol");
    return write(response, answer->answer);
  }
  if (const auto* malformed = std::get_if<adapters::Malformed>(&parsed)) {
    app.metrics().received(name, "malformed");
    return answer_error(response, 400, "invalid", malformed->message, malformed->field);
  }
  if (const auto* unknown = std::get_if<adapters::Unknown>(&parsed)) {
    app.metrics().received(name, "unknown");
    base::log(base::Level::warning, "unknown_event", {{"channel", name}, {"what", unknown->what}});
  } else {
    app.metrics().received(name, "ignored");
  }
  response.status = 200;
}

void receive(App& app, const Channel& channel, const adapters::HttpRequest& raw, httplib::Response& response) {
  act_on_parsed(app, channel, raw, parse(app, channel, raw), response);
}

void add_channel_routes(HttpServer& server, App& app) {
  for (const Channel* channel : adapters::channels()) {
    for (const std::string& path : channel->paths()) {
      server.post(path, [&app, channel](const httplib::Request& request, const std::string& body,
                                        httplib::Response& response) {
        handle(app, *channel, request, body, response);
      });
    }
  }
}

}  // namespace handrail::serve
