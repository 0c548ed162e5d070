// The web chat: a person's messages posted with a session token, answered in the response; replies are read back as events.
#include "adapters/channel.h"

#include "adapters/json_text.h"
#include "adapters/untrusted_json.h"
#include "adapters/web_chat/tokens.h"
#include "locales/text.h"

namespace handrail::adapters {
namespace {

using nlohmann::json;

constexpr std::size_t kClientMessageIdCharacters = 100;
constexpr std::string_view kBearer = "Bearer ";

std::string bearer_token(const HttpRequest& request) {
  const auto header = request.header("authorization");
  if (!header || header->substr(0, kBearer.size()) != kBearer) return "";
  return std::string(header->substr(kBearer.size()));
}

class WebChatChannel final : public Channel {
 public:
  std::string_view name() const override { return "web_chat"; }
  std::vector<std::string> paths() const override { return {"/api/v1/chat/messages"}; }

  Verification verify(const HttpRequest& request, std::int64_t now, const Secrets& secrets) const override {
    if (secrets.signing_secret.empty()) return {Verdict::not_configured, "no session key"};
    const auto session = web_chat::read_session_token(bearer_token(request), secrets.signing_secret, now);
    if (!session.because.empty()) return {Verdict::refused, session.because};
    return {Verdict::accepted, ""};
  }

  // The session is read again by the server, which knows the key; here only the body is read. Address::place_id and user are
  // filled in by the caller from the token.
  Parsed parse(const HttpRequest& request, std::int64_t, const OwnIds&) const override {
    JsonError error;
    const auto body = parse_json(request.body, &error);
    if (!body) return Malformed{error.path, error.message};
    const Untrusted view(&*body, "");
    if (!view.is_object()) return Malformed{"", "The body must be a JSON object."};
    InboundMessage message;
    const std::string id = view["client_message_id"].text();
    if (id.empty() || locales::count_code_points(id) > kClientMessageIdCharacters) {
      return Malformed{"client_message_id", "client_message_id is required: text of 1 to 100 characters, new for each message."};
    }
    const bool has_text = view["text"].present();
    const bool has_action = view["action"].present();
    if (has_text == has_action) return Malformed{"text", "Send either text or action."};
    if (has_action) {
      message.kind = InputKind::action;
      message.action = view["action"].text();
      if (message.action.empty() || message.action.size() > kActionIdCharacters) {
        return Malformed{"action", "action must be the id of a button, at most 100 characters."};
      }
    } else {
      message.text = view["text"].text();
      if (message.text.find_first_not_of(" \t\r\n") == std::string::npos) return Malformed{"text", "text must not be empty."};
    }
    message.event_key = id;
    message.from.channel = "web_chat";
    message.from.place = Place::direct;
    message.mentioned = true;
    message.interactive = true;
    return Messages{{message}};
  }

  HttpAnswer respond(const InboundMessage&, const Answers& answers, const RenderOptions&) const override {
    json body = {{"message_id", answers.message_id}};
    if (answers.deferred) return {202, "application/json", body.dump(), false};
    body["replies"] = json::array();
    for (const Reply& reply : answers.replies) body["replies"].push_back(to_json(reply));
    return {200, "application/json", json_text(body)};
  }

  // The browser reads replies from the conversation itself: nothing is pushed.
  std::vector<Send> render(const Reply&, const Address&, const RenderOptions&) const override { return {}; }
  Step next_step(const Send&, const std::optional<HttpResult>&) const override { return Sent{}; }
  std::optional<Send> next_rung(const Send&, const GiveUp&, const std::string&) const override { return std::nullopt; }
};

}  // namespace

std::unique_ptr<Channel> make_web_chat_channel() { return std::make_unique<WebChatChannel>(); }

}  // namespace handrail::adapters
