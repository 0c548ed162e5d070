// Discord: signed interactions in (contract sections 1, 2, 6), messages and threads out (sections 3, 4).
#include "adapters/channel.h"

#include "adapters/discord/calls.h"
#include "adapters/discord/interactions.h"
#include "adapters/discord/markdown.h"
#include "adapters/discord/messages.h"
#include "adapters/json_text.h"
#include "adapters/signature.h"
#include "locales/text.h"

namespace handrail::adapters {
namespace {

using nlohmann::json;

json body_of(const discord::DiscordMessage& message) {
  json files = json::array();
  for (const Attachment& file : message.files) files.push_back({{"path", file.media_path}, {"name", file.file_name}});
  json body = {{"message", message.body}};
  if (!files.empty()) body["files"] = files;
  return body;
}

class DiscordChannel final : public Channel {
 public:
  std::string_view name() const override { return "discord"; }
  std::vector<std::string> paths() const override { return {"/discord/interactions", "/discord/events"}; }

  Verification verify(const HttpRequest& request, std::int64_t now, const Secrets& secrets) const override {
    if (secrets.signing_secret.empty()) return {Verdict::not_configured, "no public key"};
    const auto timestamp = request.header("x-signature-timestamp");
    const auto signature = request.header("x-signature-ed25519");
    if (!timestamp || !signature) return {Verdict::refused, "missing signature headers"};
    const auto seconds = parse_seconds(*timestamp);
    if (!seconds) return {Verdict::refused, "timestamp is not a number"};
    if (!within_window(*seconds, now)) return {Verdict::refused, "timestamp outside the window"};
    if (!verify_ed25519(secrets.signing_secret, *signature, std::string(*timestamp) + request.body)) {
      return {Verdict::refused, "bad signature"};
    }
    return {Verdict::accepted, ""};
  }

  Parsed parse(const HttpRequest& request, std::int64_t now, const OwnIds& own) const override {
    if (request.path == "/discord/events") return discord::parse_webhook_event(request);
    return discord::parse_interaction(request, now, own);
  }

  HttpAnswer respond(const InboundMessage& message, const Answers& answers, const RenderOptions&) const override {
    const int flags = message.ephemeral ? discord::kEphemeral : 0;
    // Pictures can only be attached by a call of our own, so a reply that has some follows at once after the deferral.
    // The response holds one message, too: a reply of several is edited in and followed up.
    std::vector<discord::DiscordMessage> messages;
    if (answers.replies.size() == 1) messages = discord::to_messages(answers.replies.front(), discord::Pictures::leave_out);
    const bool defer = answers.deferred || messages.size() != 1 || discord::has_pictures(answers.replies.front());
    if (defer) {
      // Nothing to say to a button: the spinner-free acknowledgement. Otherwise "thinking", which the reply then edits.
      const bool silent = !answers.deferred && answers.replies.empty() && message.kind == InputKind::action;
      json body = {{"type", silent ? 6 : 5}};
      if (!silent && flags != 0) body["data"] = {{"flags", flags}};
      return {200, "application/json", json_text(body), false};
    }
    json data = std::move(messages.front().body);
    if (flags != 0) data["flags"] = flags;
    return {200, "application/json", json_text({{"type", 4}, {"data", data}})};
  }

  std::vector<Send> render(const Reply& reply, const Address& to, const RenderOptions& options) const override {
    std::vector<Send> sends;
    for (const discord::DiscordMessage& message : discord::to_messages(reply, discord::Pictures::attach)) {
      Send send;
      send.to = to;
      send.body = body_of(message);
      send.nonce = nonce_of(options.nonce_seed, sends.size());
      if (options.audience == Audience::direct) {
        send.kind = "direct";
        if (to.place != Place::direct) send.to.place_id.clear();
        send.to.place = Place::direct;
      } else if (!to.callback.empty()) {
        send.kind = sends.empty() ? "callback" : "followup";
        send.body["ephemeral"] = to.place != Place::direct;
      } else {
        send.kind = to.place_id.empty() ? "direct" : "post";
      }
      sends.push_back(std::move(send));
    }
    return sends;
  }

  std::int64_t posted_at(std::string_view remote_id) const override { return discord::time_of_id(remote_id); }

  std::int64_t pause_after(const HttpResult& result) const override { return discord::pause_after(result); }
  bool refuses_token(const HttpResult& result) const override { return result.status == 401; }

  Step next_step(const Send& send, const std::optional<HttpResult>& last) const override {
    return discord::next_step(send, last);
  }

  std::optional<Send> next_rung(const Send& send, const GiveUp& failure, const std::string& link_text) const override {
    Send next = send;
    next.progress = json::object();
    const std::string origin = send.progress.value("origin_place", std::string());
    if (failure.callback_dead && send.kind != "direct") {
      // The interaction has died; the person is still there: say it by DM.
      next.to.callback.clear();
      next.kind = "direct";
      if (send.to.place != Place::direct) next.to.place_id.clear();
      next.progress["origin_place"] = send.to.place == Place::channel ? send.to.place_id : "";
      return next;
    }
    if (send.kind == "post" && send.to.place == Place::direct && failure.place_closed) {
      // The DM or the thread that stood for it is gone: the reference is dropped and the DM opened anew.
      next.kind = "direct";
      next.to.place_id.clear();
      return next;
    }
    if (send.kind != "private_thread" && failure.dm_closed && !origin.empty()) {
      next.kind = "private_thread";
      next.to.place = Place::thread;
      next.to.place_id = origin;
      return next;
    }
    const bool last_rung = (failure.dm_closed || failure.place_closed) && (send.kind == "direct" || send.kind == "private_thread");
    if (last_rung && !send.to.callback.empty() && !link_text.empty()) {
      next.kind = "followup";
      next.body = {{"message",
                    {{"content", locales::first_code_points(link_text, discord::kContentCharacters)},
                     {"allowed_mentions", {{"parse", json::array()}}}}},
                   {"ephemeral", true}};
      return next;
    }
    return std::nullopt;
  }
};

}  // namespace

std::unique_ptr<Channel> make_discord_channel() { return std::make_unique<DiscordChannel>(); }

}  // namespace handrail::adapters
