#include "tests/delivery/stage.h"

#include <algorithm>

#include "adapters/web_chat/tokens.h"
#include "bot/storage/outbox.h"

namespace handrail::delivery {

using adapters::Address;
using adapters::Place;

void Heard::add(std::string event) {
  const std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
}

std::vector<std::string> Heard::all() const {
  const std::lock_guard lock(mutex_);
  return events_;
}

int Heard::count(const std::string& event) const {
  const auto events = all();
  return static_cast<int>(std::count(events.begin(), events.end(), event));
}

Stage::Stage() {
  base::start_crypto();
  vault_ = base::Vault::open(base::Vault::new_key());
  config_.slack_bot_token = kSlackToken;
  config_.discord_bot_token = kDiscordToken;
  config_.public_url = "https://bot.example";
  http_.answer_always([this](const base::HttpCall& call) { return platform(call); });
  restart_worker();
}

Stage::~Stage() { worker_.reset(); }

void Stage::restart_worker() {
  worker_.reset();
  tokens_ = std::make_unique<BotTokens>(*store_, clock_, *vault_, config_);
  worker_ =
      std::make_unique<Worker>(*store_, http_, clock_, *vault_, config_, *tokens_, words_, heard_, WorkerOptions{1, "", kSessionKey});
}

void Stage::answer(const std::string& where, base::HttpReply reply, int times) {
  const std::lock_guard lock(mutex_);
  rules_.push_back({where, std::move(reply), times == 0 ? -1 : times});
}

base::HttpReply Stage::platform(const base::HttpCall& call) {
  int number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = ++answered_;
  }
  if (before_answer_) before_answer_(call, number);
  const std::lock_guard lock(mutex_);
  for (Rule& rule : rules_) {
    if (rule.times == 0 || call.url.find(rule.where) == std::string::npos) continue;
    if (rule.times > 0) --rule.times;
    return rule.reply;
  }
  const std::string id = std::to_string(number);
  if (call.url.find("conversations.open") != std::string::npos) return http(200, R"({"ok":true,"channel":{"id":"DOPENED"}})");
  if (call.url.find("slack") != std::string::npos) return http(200, R"({"ok":true,"channel":"DOPENED","ts":")" + id + "\"}");
  if (call.url.find("/users/@me/channels") != std::string::npos) return http(200, R"({"id":"555","type":1})");
  if (call.url.find("/threads") != std::string::npos) return http(201, R"({"id":"777"})");
  if (call.url.find("/thread-members/") != std::string::npos) return http(204);
  return http(200, R"({"id":")" + id + "\"}");
}

storage::Conversation Stage::conversation(const std::string& channel, const std::string& user, const std::string& dm_place) {
  const std::string workspace = channel == "slack" ? "T1" : "";
  return store_.write([&](storage::Session& session) {
    storage::Conversation wanted;
    wanted.key = channel + ":" + workspace + ":dm:" + user;
    wanted.person_id =
        storage::find_or_create_identity(session, {channel, workspace, user, "", "", "", false}, clock_.now_ms()).person_id;
    wanted.channel = channel;
    wanted.address = adapters::to_json(Address{channel, workspace, dm_place, "", user, Place::direct, "", 0}, false).dump();
    return storage::find_or_create_conversation(session, wanted, clock_.now_ms());
  });
}

Address Stage::slack_channel(const std::string& user, const std::string& thread) const {
  return {"slack", "T1", "C1", thread, user, thread.empty() ? Place::channel : Place::thread, "", 0};
}

Address Stage::discord_command(const std::string& user) const {
  return {"discord", "", "888", "", user, Place::channel, "42/interaction-token", clock_.now_ms() + 15 * kMinuteMs};
}

storage::Ticket Stage::ticket(const storage::Conversation& in) {
  storage::Ticket wanted;
  wanted.person_id = in.person_id;
  wanted.kind = "refund";
  wanted.locale = "en";
  wanted.channel = in.channel;
  wanted.conversation_id = in.id;
  return store_.write([&](storage::Session& session) { return storage::open_or_join(session, wanted, clock_.now_ms()); }).ticket;
}

adapters::Reply Stage::reply_of(const std::string& text) {
  adapters::Reply reply;
  reply.locale = "en";
  reply.text = text;
  adapters::Block block;
  block.text = text;
  reply.blocks.push_back(block);
  return reply;
}

Said Stage::say(const storage::Conversation& in, const Address& to, const std::string& text, adapters::Audience audience,
                const std::string& ticket_id) {
  Outgoing outgoing;
  outgoing.reply = reply_of(text);
  outgoing.audience = audience;
  outgoing.ticket_id = ticket_id;
  const storage::Conversation current = again(in);
  return store_.write([&](storage::Session& session) {
    auto said = delivery::say(session, current, to, outgoing, config_, *vault_, clock_.now_ms());
    EXPECT_TRUE(said.ok()) << (said ? "" : said.error().message);
    return said ? *said : Said{};
  });
}

Said Stage::say(const storage::Conversation& in, const std::string& text) { return say(in, address_of(again(in)), text); }

int Stage::run() {
  int taken = 0;
  for (int now = worker_->run_once(); now > 0; now = worker_->run_once()) taken += now;
  return taken;
}

std::vector<Row> Stage::rows() {
  return store_.read([](storage::Session& session) {
    std::vector<Row> list;
    for (const auto& [id, key, channel, status, send, sealed, next, attempts, error, message] :
         session.select<std::string, std::string, std::string, std::string, std::string, std::string, std::int64_t, std::int64_t,
                        std::string, std::string>("SELECT id, order_key, channel, status, send, sealed_callback, next_attempt_at, "
                                                  "attempts, last_error, message_id FROM outbox ORDER BY id")) {
      Row row;
      row.row.id = id;
      row.row.order_key = key;
      row.row.channel = channel;
      row.row.send = send;
      row.row.sealed_callback = sealed;
      row.row.next_attempt_at = next;
      row.row.attempts = attempts;
      row.row.last_error = error;
      row.row.message_id = message;
      row.status = status;
      row.send = nlohmann::json::parse(send, nullptr, false);
      list.push_back(std::move(row));
    }
    return list;
  });
}

Row Stage::row_of(const Said& said) {
  for (Row& row : rows()) {
    if (row.row.message_id == said.message_id) return row;
  }
  ADD_FAILURE() << "no row of message " << said.message_id;
  return {};
}

storage::Conversation Stage::again(const storage::Conversation& conversation) {
  return store_.read([&](storage::Session& session) { return storage::get_conversation(session, conversation.id); }).value();
}

std::vector<std::string> Stage::history(const storage::Ticket& ticket) {
  return store_.read([&](storage::Session& session) {
    std::vector<std::string> list;
    for (const auto& entry : storage::history_of(session, ticket.id)) list.push_back(entry.what + " " + entry.detail);
    return list;
  });
}

std::string Stage::everything_stored() {
  return store_.read([](storage::Session& session) {
    std::string all;
    for (const auto& [a, b, c, d, e] : session.select<std::string, std::string, std::string, std::string, std::string>(
             "SELECT send, sealed_callback, last_error, remote_id, workspace FROM outbox")) {
      all += a + "\n" + b + "\n" + c + "\n" + d + "\n" + e + "\n";
    }
    for (const auto& [a, b, c] : session.select<std::string, std::string, std::string>(
             "SELECT text, reply, client_key FROM messages")) {
      all += a + "\n" + b + "\n" + c + "\n";
    }
    for (const auto& [a, b] : session.select<std::string, std::string>("SELECT address, state FROM conversations")) all += a + b;
    for (const auto& [a, b] : session.select<std::string, std::string>("SELECT what, detail FROM ticket_history")) all += a + b;
    return all;
  });
}

std::vector<std::string> Stage::called() const {
  std::vector<std::string> list;
  for (const base::HttpCall& call : calls()) {
    std::string url = call.url;
    for (const std::string base : {"https://slack.com/api/", "https://discord.com/api/v10/"}) {
      if (url.rfind(base, 0) == 0) url = url.substr(base.size());
    }
    list.push_back(url);
  }
  return list;
}

nlohmann::json Stage::body_of(const base::HttpCall& call) { return nlohmann::json::parse(call.body, nullptr, false); }

std::vector<std::string> Stage::posted() const {
  std::vector<std::string> list;
  for (const base::HttpCall& call : calls()) {
    const nlohmann::json body = body_of(call);
    if (!body.is_object()) continue;
    for (const char* field : {"text", "content"}) {
      if (body.contains(field)) list.push_back(body[field].get<std::string>());
    }
  }
  return list;
}

std::string Stage::opened_by(const std::string& text, std::int64_t now) {
  const std::string start = "https://bot.example/#chat=";
  const std::size_t at = text.find(start);
  if (at == std::string::npos) return "";
  return adapters::web_chat::read_link_token(text.substr(at + start.size()), kSessionKey, now).session.conversation_id;
}

}  // namespace handrail::delivery
