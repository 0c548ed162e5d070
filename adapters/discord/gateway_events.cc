#include "adapters/discord/gateway_events.h"

#include "adapters/untrusted_json.h"

namespace handrail::adapters::discord {
namespace {

using nlohmann::json;

constexpr std::size_t kFilesRead = 10;  // of one post: Discord's limit

enum class MessageType { usual = 0, reply = 19 };
enum class ChannelType { direct = 1, group = 3, news_thread = 10, public_thread = 11, private_thread = 12 };

std::string post_key(const std::string& channel, const std::string& id) { return "discord:" + channel + ":" + id; }

// Without a server it is a DM; `channel_type` is not always sent.
Place place_of(Untrusted message) {
  const auto type = message["channel_type"].integer().value_or(0);
  if (type == static_cast<int>(ChannelType::group)) return Place::group;
  if (!message["guild_id"].present()) return Place::direct;
  const bool in_thread = type >= static_cast<int>(ChannelType::news_thread) && type <= static_cast<int>(ChannelType::private_thread);
  return in_thread ? Place::thread : Place::channel;
}

std::string without_mention(std::string text, const std::string& own) {
  for (const std::string& token : {"<@" + own + ">", "<@!" + own + ">"}) {
    for (std::size_t at = text.find(token); at != std::string::npos; at = text.find(token, at)) text.erase(at, token.size());
  }
  const std::size_t begin = text.find_first_not_of(" \n\t");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \n\t") + 1 - begin);
}

bool is_mentioned(Untrusted mentions, const std::string& own) {
  for (std::size_t i = 0; i < mentions.size(); ++i) {
    if (!own.empty() && mentions[i]["id"].text() == own) return true;
  }
  return false;
}

std::vector<SharedFile> files_of(Untrusted attachments) {
  std::vector<SharedFile> files;
  for (std::size_t i = 0; i < attachments.size() && files.size() < kFilesRead; ++i) {
    const std::string url = attachments[i]["url"].text();
    if (url.rfind("https://", 0) == 0) files.push_back({attachments[i]["filename"].text("file"), url});
  }
  return files;
}

Parsed parse_post(Untrusted d, const OwnIds& own, bool is_edit) {
  const Untrusted author = d["author"];
  const std::string id = d["id"].text();
  const std::string channel = d["channel_id"].text();
  const std::string user = author["id"].text();
  if (id.empty() || channel.empty() || user.empty()) return Ignored{"incomplete_event"};
  // Newer applications have their bot's id for their own.
  const std::string& self = own.bot_user.empty() ? own.application_id : own.bot_user;
  if (user == self) return Ignored{"own_message"};
  if (author["bot"].boolean() || d["webhook_id"].present()) return Ignored{"bot_message"};
  const auto type = d["type"].integer().value_or(0);
  if (type != static_cast<int>(MessageType::usual) && type != static_cast<int>(MessageType::reply)) return Ignored{"system_message"};
  InboundMessage message;
  message.kind = is_edit ? InputKind::edit : InputKind::text;
  message.event_key = "discord:" + id;
  if (is_edit) {
    // Link previews arrive as updates too: a person's edit has its time.
    const std::string edited_at = d["edited_timestamp"].text();
    if (edited_at.empty()) return Ignored{"not_an_edit"};
    message.event_key += ":" + edited_at;
    message.edited_key = post_key(channel, id);
  } else {
    message.post_key = post_key(channel, id);
  }
  message.from.channel = "discord";
  message.from.place_id = channel;
  message.from.user = user;
  message.from.place = place_of(d);
  message.user_name = author["global_name"].text(author["username"].text());
  message.mentioned = is_mentioned(d["mentions"], self);
  message.text = without_mention(d["content"].text(), self);
  // Without the Message Content Intent posts that do not concern us are empty.
  message.files = files_of(d["attachments"]);
  if (message.text.empty() && message.files.empty() && !message.mentioned) return Ignored{"no_text"};
  return Messages{{message}};
}

InboundMessage deletion(Untrusted d, const std::string& id) {
  const std::string channel = d["channel_id"].text();
  InboundMessage message;
  message.kind = InputKind::deletion;
  message.event_key = "discord:" + id + ":deleted";
  message.edited_key = post_key(channel, id);
  message.from.channel = "discord";
  message.from.place_id = channel;
  message.from.place = d["guild_id"].present() ? Place::channel : Place::direct;
  return message;
}

}  // namespace

Parsed parse_gateway_event(std::string_view name, const json& d, const OwnIds& own) {
  const Untrusted event(&d, "");
  if (name == "MESSAGE_CREATE") return parse_post(event, own, false);
  if (name == "MESSAGE_UPDATE") return parse_post(event, own, true);
  if (name == "MESSAGE_DELETE") {
    if (event["id"].text().empty() || event["channel_id"].text().empty()) return Ignored{"incomplete_event"};
    return Messages{{deletion(event, event["id"].text())}};
  }
  if (name == "MESSAGE_DELETE_BULK") {
    Messages gone;
    const Untrusted ids = event["ids"];
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (!ids[i].text().empty()) gone.messages.push_back(deletion(event, ids[i].text()));
    }
    if (gone.messages.empty()) return Ignored{"incomplete_event"};
    return gone;
  }
  return Ignored{"not_read"};  // READY, GUILD_CREATE and what else the intents bring along
}

}  // namespace handrail::adapters::discord
