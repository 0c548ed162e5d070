// The contract of a channel: a pure translator between one platform's wire format and adapters/message.h.
//
// Every function is const, deterministic and safe to call from any thread. No adapter opens a socket, reads a clock, keeps
// state, stores or logs: time, secrets and our own ids arrive as arguments. Nothing throws: what is wrong is returned.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "adapters/message.h"

namespace handrail::adapters {

struct HttpRequest {
  std::string path;  // "/slack/events"
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;  // raw bytes, exactly as signed
  // The value of a header, or nothing. `name` in lower case. Of repeated ones the first.
  std::optional<std::string_view> header(std::string_view name) const;
};

struct HttpAnswer {
  int status = 200;
  std::string content_type;
  std::string body;
  // False when the replies could not be said in this response (deferred, or pictures must be attached): the first send of
  // the outbox says them.
  bool says_replies = true;
};

// What the operator configured for this channel; empty text means not configured.
struct Secrets {
  std::string signing_secret;  // Slack signing secret; Discord application public key (hex)
};

// Facts about ourselves that parsing needs.
struct OwnIds {
  std::string bot_user;        // Slack bot user id or Discord bot id; empty: unknown yet
  std::string bot_id;          // Slack bot_id
  std::string application_id;  // Discord
  struct Topic {
    std::string id;  // intent name, e.g. "cancel_subscription"
    std::vector<std::pair<std::string, std::string>> titles;  // locale -> title; the first is the default
  };
  std::vector<Topic> topics;  // for autocomplete
  // Words of the `ticket:new` modal in the person's language: the key is a name such as "title", "label", "placeholder".
  // The bot fills it from its catalogs for every locale it has: locale -> (key -> words).
  std::vector<std::pair<std::string, nlohmann::json>> modal_words;
};

enum class Verdict { accepted, refused, not_configured };
struct Verification {
  Verdict verdict = Verdict::refused;
  std::string because;  // for the log; never echoed to the caller
};

// What one request meant. Three outcomes and a protocol answer, never two: handled, known and ignored, unknown (loud).
struct Messages {
  std::vector<InboundMessage> messages;
};
struct Ignored {
  std::string because;  // a fixed word, e.g. "own_message": it is a metric label
};
struct Unknown {
  std::string what;  // type of the event, at most 64 characters, no content
};
struct ProtocolAnswer {
  HttpAnswer answer;  // PONG, challenge, autocomplete, open a modal
};
struct Malformed {
  std::string field;    // JSON path or header
  std::string message;  // what to do; safe to send back
};
using Parsed = std::variant<Messages, Ignored, Unknown, ProtocolAnswer, Malformed>;

// What there is to say in the HTTP response itself.
struct Answers {
  std::string message_id;       // our id of the accepted message
  bool deferred = false;        // not decided in time: the reply will follow by the outbox
  std::vector<Reply> replies;   // in order; empty and not deferred: acknowledge only
  bool person_only = true;      // ephemeral where the platform can
};

struct RenderOptions {
  std::string public_url;  // "https://bot.example", no slash at the end; empty or not https: no pictures by address
  Audience audience = Audience::here;
  std::string nonce_seed;  // the reply id; nonces derive from it
};

// A file sent with a call; the bot reads it from the media folder.
struct Attachment {
  std::string media_path;  // "/media/cancel_subscription/open_credits.ltr.png"
  std::string file_name;
  std::string description;
};

// One HTTP call. No secret in it: delivery adds the bot token when `auth` says so.
enum class Auth { none, bot_token };
struct Call {
  std::string method = "POST";
  std::string url;  // absolute for a callback, else relative to the platform's API base ("chat.postMessage", "/channels/1/messages")
  std::string content_type = "application/json; charset=utf-8";
  std::string body;
  Auth auth = Auth::bot_token;
  std::vector<Attachment> attachments;  // then the body is the `payload_json` part of a multipart form
  std::string rate_bucket;  // calls with one bucket share a rate limit
};

// What came back. `status` 0: no answer (refused, timed out, reset).
struct HttpResult {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::optional<std::string_view> header(std::string_view name) const;
};

struct NextCall {
  Call call;
  nlohmann::json progress = nlohmann::json::object();  // to store before the call is made
};
struct Sent {
  std::string remote_id;  // the platform's id of the message; may be empty
  std::string place_id;   // where it went, e.g. the DM's channel; may be empty
};
struct RetryAfter {
  std::int64_t wait_ms = 0;  // 0: the caller's own backoff
  bool whole_platform = false;  // a global limit: everything to this platform waits
  std::string because;
  bool may_exist = false;  // the platform may have taken it, only its answer was lost: see kMayExistSince
};
struct GiveUp {
  std::string because;     // the platform's error code, e.g. "50007", "channel_not_found"
  bool dm_closed = false;  // the person cannot be reached by DM: take the next rung
  bool callback_dead = false;   // the interaction token is of no use any more: deliver another way
  bool disconnected = false;    // the token is refused: stop all calls of this workspace
  bool place_closed = false;    // we may not write there: stop for that place
};
using Step = std::variant<NextCall, Sent, RetryAfter, GiveUp>;

// Member of Send::progress, set by delivery after an attempt whose outcome nobody knows: a time (UTC ms) before that attempt.
// A channel whose platform has no idempotency key then looks for the message before it sends it again.
inline constexpr const char* kMayExistSince = "may_exist_since";

// The nonce of the `part`-th message of a reply (Send::nonce): at most 25 characters, Discord's limit.
std::string nonce_of(std::string_view seed, std::size_t part);

// What a platform tells about a person; empty: it does not say.
struct Profile {
  std::string name;
  std::string locale;  // a language tag such as "de-DE"
};

class Channel {
 public:
  virtual ~Channel() = default;

  // Folder name; `channel` everywhere.
  virtual std::string_view name() const = 0;
  // Paths this channel is posted to, e.g. "/slack/events".
  virtual std::vector<std::string> paths() const = 0;

  // Is the request really from the platform? `now` is UTC ms. Constant time; refuses when in doubt.
  virtual Verification verify(const HttpRequest& request, std::int64_t now, const Secrets& secrets) const = 0;
  // What does it say? Call only after `verify` accepted. Never touches more than kJsonDepth levels of JSON.
  virtual Parsed parse(const HttpRequest& request, std::int64_t now, const OwnIds& own) const = 0;
  // The immediate HTTP answer for a message that `parse` returned.
  virtual HttpAnswer respond(const InboundMessage& message, const Answers& answers, const RenderOptions& options) const = 0;
  // What to send for a reply. Splits at steps to keep every limit; loses no step, warning or link.
  virtual std::vector<Send> render(const Reply& reply, const Address& to, const RenderOptions& options) const = 0;
  // When a message of ours or of others was posted, from the platform's id of it (UTC ms); 0: the id does not tell.
  virtual std::int64_t posted_at(std::string_view) const { return 0; }
  // What to do next for `send`. First with no result, then with each answer, until it is not a NextCall.
  virtual Step next_step(const Send& send, const std::optional<HttpResult>& last) const = 0;
  // The question who a person is, asked in the background; nothing where the platform says it by itself or cannot say it.
  virtual std::optional<Call> profile_call(const std::string&) const { return std::nullopt; }
  virtual std::optional<Profile> read_profile(const HttpResult&) const { return std::nullopt; }
  // After this answer: how long calls of the same bucket have to wait (ms), because the platform says that none is left; 0: not.
  virtual std::int64_t pause_after(const HttpResult&) const { return 0; }
  // The platform refuses the token itself: nothing more may be asked with it.
  virtual bool refuses_token(const HttpResult&) const { return false; }
  // How to say the same when `send` cannot be delivered as it is because of `failure` (DM closed: private thread, then an
  // ephemeral note with `link`; dead callback: edit, then DM). Nothing when there is no further rung.
  virtual std::optional<Send> next_rung(const Send& send, const GiveUp& failure, const std::string& link_text) const = 0;
};

}  // namespace handrail::adapters
