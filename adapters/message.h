// The plain vocabulary that adapters and the bot share: what a person said (InboundMessage), what we answer (Reply), and
// what goes over the wire for it (Send). Value types only: no sockets, clocks, storage or JSON of a platform in here.
//
// Text is UTF-8. Times are milliseconds since the Unix epoch, UTC. Ids of platforms are opaque text, never numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace handrail::adapters {

// Where a message was written. Only `direct` is private to one person; an ephemeral answer is private too (Audience).
enum class Place { direct, channel, thread, group };

// Where an answer goes. Enough to reach the same place again after a restart.
struct Address {
  std::string channel;    // adapter folder name: "slack", "discord", "web_chat"
  std::string workspace;  // Slack team, Discord guild; empty for web chat and Discord direct messages
  std::string place_id;   // Slack or Discord channel id; web chat: conversation id. Empty: unknown, open a DM with `user`
  std::string thread;     // Slack thread_ts to answer under; empty: none
  std::string user;       // the person's id on the platform
  Place place = Place::direct;
  // Short-lived right to answer one interaction: Discord interaction token, Slack response_url. A secret: storage encrypts
  // it and forgets it at `callback_expires_at`.
  std::string callback;
  std::int64_t callback_expires_at = 0;
};

enum class InputKind {
  text,      // typed words
  action,    // a button: `action` holds Reply Action::id
  command,   // /help: `text` holds its words, perhaps empty
  form,      // a modal: `action` holds its name, `fields` its values
  edit,      // `text` replaces what `edited_key` said
  deletion,  // `edited_key` was deleted; our copy is redacted
  lifecycle  // `action`: "uninstalled", "tokens_revoked", "home_opened"
};

// Something a person attached: where it can be seen, never its bytes.
struct SharedFile {
  std::string name;
  std::string url;
};

struct InboundMessage {
  std::string event_key;  // idempotency key of this delivery, e.g. "slack:Ev01"; never empty
  std::string post_key;   // key of the post itself where several deliveries carry it, e.g. "slack:T1:C1:17.01"; may be empty
  InputKind kind = InputKind::text;
  Address from;             // also where to answer
  std::string user_name;    // for people only; may be empty
  std::string text;
  std::string action;
  nlohmann::json fields = nlohmann::json::object();  // form values by name, strings
  std::vector<SharedFile> files;
  std::string edited_key;   // post_key of the post an edit or deletion is about
  bool mentioned = false;   // the bot was named (or commanded, or it is a button of ours)
  bool ephemeral = false;   // the answer to it can be seen by this person alone (slash command, server interaction)
  bool interactive = false; // the platform waits for an answer in the HTTP response; never merged with others
  std::string platform_locale;  // what the platform says about the person; may be empty
  std::int64_t sent_at = 0;     // platform time of the post; 0: unknown
};

enum class BlockType { heading, paragraph, step, callout, image, status };
enum class StepState { todo, current, done };
enum class Tone { info, warning, success };

struct Image {
  std::string src;  // path under the public URL, "/media/cancel_subscription/open_credits.ltr.svg"
  std::string png;  // the same as PNG, for channels without SVG
  std::string alt;
};

// One part of an answer. `label` holds words around it that are already in the reader's language ("Step 2 of 7", "Please
// note"), so that no adapter needs a catalog. Text is plain with at most **bold** and `code`.
struct Block {
  BlockType type = BlockType::paragraph;
  std::string text;
  std::string label;
  int number = 0;  // steps: 1-based
  int total = 0;
  std::string step_id;
  std::string title;
  std::optional<Image> image;
  StepState state = StepState::todo;
  Tone tone = Tone::info;
};

enum class ActionStyle { normal, primary, danger, link };

struct Action {
  std::string id;  // at most kActionIdCharacters ASCII characters; comes back as InboundMessage::action
  std::string label;
  ActionStyle style = ActionStyle::normal;
  std::string url;  // only for links
};

// The longest action id: Discord's custom_id limit (contracts: 100).
inline constexpr std::size_t kActionIdCharacters = 100;

// An answer in one language. `text` alone says everything, choices and links included; blocks say it better.
struct Reply {
  std::string id;
  std::string locale;
  std::string direction;  // "ltr" or "rtl"
  std::string text;
  std::vector<Block> blocks;
  std::vector<Action> actions;
  std::string trace_id;
};

// A reply of one paragraph, in the direction of its language.
Reply one_paragraph(const std::string& locale, const std::string& text);

// The shape of design section 7, for web chat, storage and --json. `reply_from_json` accepts what `to_json` wrote.
nlohmann::json to_json(const Reply& reply);
Reply reply_from_json(const nlohmann::json& json);
nlohmann::json to_json(const Address& address, bool with_callback);
Address address_from_json(const nlohmann::json& json);
nlohmann::json to_json(const InboundMessage& message);  // without the callback: storage keeps that apart, encrypted
InboundMessage inbound_from_json(const nlohmann::json& json);

// Who may see a reply.
enum class Audience {
  here,         // where the person wrote
  person_only,  // where they wrote, but ephemeral if the platform can; else by direct message
  direct        // by direct message, opened if need be
};

// One delivery, perhaps of several calls (open the DM, then post). Stored as an outbox row without secrets.
struct Send {
  // The adapter's own word: "post", "ephemeral", "direct", "callback", "private_thread", ... Known to all that post: "update"
  // and "remove" change the message `target` of the place.
  std::string kind;
  Address to;
  nlohmann::json body = nlohmann::json::object();      // what to post
  nlohmann::json progress = nlohmann::json::object();  // what earlier calls taught (the DM's channel id)
  std::string nonce;   // at most 25 characters, the same on every attempt
  std::string target;  // "update", "remove": the platform's id of the message that is changed
};

nlohmann::json to_json(const Send& send);  // without the callback
Send send_from_json(const nlohmann::json& json);

}  // namespace handrail::adapters
