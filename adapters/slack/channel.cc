// Slack: signed requests in (contract sections 1 to 4), Block Kit out (sections 5 to 7).
#include "adapters/channel.h"

#include "adapters/json_text.h"
#include "adapters/signature.h"
#include "adapters/slack/block_kit.h"
#include "adapters/slack/calls.h"
#include "adapters/slack/events.h"
#include "adapters/slack/mrkdwn.h"

namespace handrail::adapters {
namespace {

constexpr const char* kJsonType = "application/json; charset=utf-8";

std::string image_base(const RenderOptions& options) {
  // Slack fetches pictures itself, so it needs an address that it can reach.
  return options.public_url.rfind("https://", 0) == 0 ? options.public_url : "";
}

class SlackChannel final : public Channel {
 public:
  std::string_view name() const override { return "slack"; }

  std::vector<std::string> paths() const override {
    return {"/slack/events", "/slack/commands", "/slack/interactions"};
  }

  Verification verify(const HttpRequest& request, std::int64_t now, const Secrets& secrets) const override {
    if (secrets.signing_secret.empty()) return {Verdict::not_configured, "no signing secret"};
    const auto timestamp = request.header("x-slack-request-timestamp");
    const auto signature = request.header("x-slack-signature");
    if (!timestamp || !signature) return {Verdict::refused, "missing signature headers"};
    const auto seconds = parse_seconds(*timestamp);
    if (!seconds) return {Verdict::refused, "timestamp is not a number"};
    if (!within_window(*seconds, now)) return {Verdict::refused, "timestamp outside the window"};
    const std::string base = "v0:" + std::string(*timestamp) + ":" + request.body;
    const std::string expected = "v0=" + hmac_sha256_hex(secrets.signing_secret, base);
    if (!equal_constant_time(*signature, expected)) return {Verdict::refused, "bad signature"};
    return {Verdict::accepted, ""};
  }

  Parsed parse(const HttpRequest& request, std::int64_t now, const OwnIds& own) const override {
    if (request.path == "/slack/commands") return slack::parse_command(request, own, now);
    if (request.path == "/slack/interactions") return slack::parse_interaction(request, own, now);
    return slack::parse_event(request, own);
  }

  HttpAnswer respond(const InboundMessage& message, const Answers& answers, const RenderOptions& options) const override {
    if (message.kind != InputKind::command || !message.interactive || answers.deferred || answers.replies.empty()) {
      return {200, "", "", false};
    }
    // The response holds one message: more than one is said by the outbox, in order.
    std::vector<nlohmann::json> messages = slack::to_messages(answers.replies.front(), image_base(options));
    if (answers.replies.size() != 1 || messages.size() != 1) return {200, "", "", false};
    nlohmann::json body = std::move(messages.front());
    body["response_type"] = "ephemeral";
    return {200, kJsonType, json_text(body)};
  }

  std::vector<Send> render(const Reply& reply, const Address& to, const RenderOptions& options) const override {
    std::vector<Send> sends;
    for (nlohmann::json& body : slack::to_messages(reply, image_base(options))) {
      Send send;
      send.to = to;
      send.body = std::move(body);
      send.nonce = nonce_of(options.nonce_seed, sends.size());
      if (options.audience == Audience::direct) {
        send.kind = "direct";
        send.to.thread.clear();
        if (to.place != Place::direct) send.to.place_id.clear();
        send.to.place = Place::direct;
      } else if (!to.callback.empty()) {
        send.kind = "callback";
      } else if (options.audience == Audience::person_only && to.place != Place::direct) {
        send.kind = "ephemeral";
      } else {
        send.kind = to.place_id.empty() ? "direct" : "post";
      }
      sends.push_back(std::move(send));
    }
    return sends;
  }

  bool refuses_token(const HttpResult& result) const override { return slack::refuses_token(result); }
  std::int64_t posted_at(std::string_view remote_id) const override { return slack::time_of_post(remote_id); }

  Step next_step(const Send& send, const std::optional<HttpResult>& last) const override {
    return slack::next_step(send, last);
  }

  std::optional<Call> profile_call(const std::string& user) const override { return slack::profile_call(user); }
  std::optional<Profile> read_profile(const HttpResult& result) const override { return slack::read_profile(result); }

  std::optional<Send> next_rung(const Send& send, const GiveUp& failure, const std::string& link_text) const override {
    Send next = send;
    next.progress = nlohmann::json::object();
    const std::string origin = send.progress.value("origin_place", std::string());
    if (!origin.empty()) next.progress["origin_place"] = origin;
    if (failure.callback_dead) {
      // The response_url has died: the same words, only for this person, where they asked.
      next.to.callback.clear();
      next.kind = send.to.place != Place::direct ? "ephemeral" : send.to.place_id.empty() ? "direct" : "post";
      return next;
    }
    if (send.kind == "ephemeral" && failure.place_closed && origin.empty()) {
      // A command may be given where the bot is no member. (With an origin it is the note about a closed DM.)
      next.kind = "direct";
      next.to.place = Place::direct;
      next.to.place_id.clear();
      next.to.thread.clear();
      return next;
    }
    if (send.kind == "direct" && failure.dm_closed && !origin.empty() && !link_text.empty()) {
      // A response_url reaches them also where the bot is no member.
      next.kind = send.to.callback.empty() ? "ephemeral" : "callback";
      next.to.place = Place::channel;
      next.to.place_id = origin;
      next.to.thread = send.progress.value("origin_thread", std::string());
      next.body = {{"text", slack::escape(link_text)}};
      return next;
    }
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<Channel> make_slack_channel() { return std::make_unique<SlackChannel>(); }

}  // namespace handrail::adapters
