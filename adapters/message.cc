#include "adapters/message.h"

#include <array>

#include "locales/tag.h"

namespace handrail::adapters {
namespace {

using nlohmann::json;

template <typename Value, std::size_t Size>
using Names = std::array<std::pair<Value, const char*>, Size>;

constexpr Names<BlockType, 6> kBlockTypes{{{BlockType::heading, "heading"},
                                           {BlockType::paragraph, "paragraph"},
                                           {BlockType::step, "step"},
                                           {BlockType::callout, "callout"},
                                           {BlockType::image, "image"},
                                           {BlockType::status, "status"}}};
constexpr Names<StepState, 3> kStepStates{
    {{StepState::todo, "todo"}, {StepState::current, "current"}, {StepState::done, "done"}}};
constexpr Names<Tone, 3> kTones{{{Tone::info, "info"}, {Tone::warning, "warning"}, {Tone::success, "success"}}};
constexpr Names<ActionStyle, 4> kStyles{{{ActionStyle::normal, "normal"},
                                         {ActionStyle::primary, "primary"},
                                         {ActionStyle::danger, "danger"},
                                         {ActionStyle::link, "link"}}};
constexpr Names<Place, 4> kPlaces{
    {{Place::direct, "direct"}, {Place::channel, "channel"}, {Place::thread, "thread"}, {Place::group, "group"}}};
constexpr Names<InputKind, 7> kKinds{{{InputKind::text, "text"},
                                      {InputKind::action, "action"},
                                      {InputKind::command, "command"},
                                      {InputKind::form, "form"},
                                      {InputKind::edit, "edit"},
                                      {InputKind::deletion, "deletion"},
                                      {InputKind::lifecycle, "lifecycle"}}};

template <typename Table, typename Value>
const char* name_of(const Table& table, Value value) {
  for (const auto& [known, name] : table) {
    if (known == value) return name;
  }
  return table.front().second;
}

template <typename Table>
auto value_of(const Table& table, const std::string& name) {
  for (const auto& [value, known] : table) {
    if (name == known) return value;
  }
  return table.front().first;
}

std::string text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::int64_t integer(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

bool boolean(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

json image_json(const Image& image) { return {{"src", image.src}, {"png", image.png}, {"alt", image.alt}}; }

json block_json(const Block& block) {
  json result = {{"type", name_of(kBlockTypes, block.type)}, {"text", block.text}};
  if (!block.label.empty()) result["label"] = block.label;
  if (block.type == BlockType::step) {
    result["number"] = block.number;
    result["total"] = block.total;
    result["step_id"] = block.step_id;
    result["title"] = block.title;
    result["state"] = name_of(kStepStates, block.state);
  }
  if (block.type == BlockType::callout || block.type == BlockType::status) result["tone"] = name_of(kTones, block.tone);
  if (block.image) result["image"] = image_json(*block.image);
  return result;
}

Block block_from(const json& object) {
  Block block;
  block.type = value_of(kBlockTypes, text(object, "type"));
  block.text = text(object, "text");
  block.label = text(object, "label");
  block.number = static_cast<int>(integer(object, "number"));
  block.total = static_cast<int>(integer(object, "total"));
  block.step_id = text(object, "step_id");
  block.title = text(object, "title");
  block.state = value_of(kStepStates, text(object, "state"));
  block.tone = value_of(kTones, text(object, "tone"));
  if (object.contains("image") && object["image"].is_object()) {
    const json& image = object["image"];
    block.image = Image{text(image, "src"), text(image, "png"), text(image, "alt")};
  }
  return block;
}

}  // namespace

Reply one_paragraph(const std::string& locale, const std::string& text) {
  Reply reply;
  reply.locale = locale;
  reply.direction = locales::direction_name(locale);
  reply.text = text;
  Block block;
  block.text = text;
  reply.blocks.push_back(std::move(block));
  return reply;
}

json to_json(const Reply& reply) {
  json blocks = json::array();
  for (const Block& block : reply.blocks) blocks.push_back(block_json(block));
  json actions = json::array();
  for (const Action& action : reply.actions) {
    json entry = {{"id", action.id}, {"label", action.label}};
    if (action.style != ActionStyle::normal) entry["style"] = name_of(kStyles, action.style);
    if (!action.url.empty()) entry["url"] = action.url;
    actions.push_back(std::move(entry));
  }
  return {{"id", reply.id},     {"locale", reply.locale},   {"direction", reply.direction}, {"text", reply.text},
          {"blocks", blocks},   {"actions", actions},       {"trace_id", reply.trace_id}};
}

Reply reply_from_json(const json& object) {
  Reply reply;
  if (!object.is_object()) return reply;
  reply.id = text(object, "id");
  reply.locale = text(object, "locale");
  reply.direction = text(object, "direction");
  reply.text = text(object, "text");
  reply.trace_id = text(object, "trace_id");
  if (object.contains("blocks") && object["blocks"].is_array()) {
    for (const json& block : object["blocks"]) {
      if (block.is_object()) reply.blocks.push_back(block_from(block));
    }
  }
  if (object.contains("actions") && object["actions"].is_array()) {
    for (const json& action : object["actions"]) {
      if (!action.is_object()) continue;
      reply.actions.push_back(
          {text(action, "id"), text(action, "label"), value_of(kStyles, text(action, "style")), text(action, "url")});
    }
  }
  return reply;
}

json to_json(const Address& address, bool with_callback) {
  json result = {{"channel", address.channel}, {"workspace", address.workspace}, {"place_id", address.place_id},
                 {"thread", address.thread},   {"user", address.user},           {"place", name_of(kPlaces, address.place)}};
  if (with_callback) {
    result["callback"] = address.callback;
    result["callback_expires_at"] = address.callback_expires_at;
  }
  return result;
}

Address address_from_json(const json& object) {
  Address address;
  if (!object.is_object()) return address;
  address.channel = text(object, "channel");
  address.workspace = text(object, "workspace");
  address.place_id = text(object, "place_id");
  address.thread = text(object, "thread");
  address.user = text(object, "user");
  address.place = value_of(kPlaces, text(object, "place"));
  address.callback = text(object, "callback");
  address.callback_expires_at = integer(object, "callback_expires_at");
  return address;
}

namespace {

json to_json(const std::vector<SharedFile>& files) {
  json list = json::array();
  for (const SharedFile& file : files) list.push_back({{"name", file.name}, {"url", file.url}});
  return list;
}

}  // namespace

json to_json(const InboundMessage& m) {
  return {{"event_key", m.event_key},     {"post_key", m.post_key},   {"kind", name_of(kKinds, m.kind)},
          {"from", to_json(m.from, false)}, {"user_name", m.user_name}, {"text", m.text},
          {"action", m.action},           {"fields", m.fields},       {"edited_key", m.edited_key},
          {"mentioned", m.mentioned},     {"ephemeral", m.ephemeral}, {"interactive", m.interactive},
          {"platform_locale", m.platform_locale}, {"sent_at", m.sent_at},
          {"files", to_json(m.files)}};
}

InboundMessage inbound_from_json(const json& object) {
  InboundMessage m;
  if (!object.is_object()) return m;
  m.event_key = text(object, "event_key");
  m.post_key = text(object, "post_key");
  m.kind = value_of(kKinds, text(object, "kind"));
  if (object.contains("from")) m.from = address_from_json(object["from"]);
  m.user_name = text(object, "user_name");
  m.text = text(object, "text");
  m.action = text(object, "action");
  if (object.contains("fields") && object["fields"].is_object()) m.fields = object["fields"];
  m.edited_key = text(object, "edited_key");
  m.mentioned = boolean(object, "mentioned");
  m.ephemeral = boolean(object, "ephemeral");
  m.interactive = boolean(object, "interactive");
  m.platform_locale = text(object, "platform_locale");
  m.sent_at = integer(object, "sent_at");
  for (const json& file : object.value("files", json::array())) m.files.push_back({text(file, "name"), text(file, "url")});
  return m;
}

json to_json(const Send& send) {
  json object = json::object();  // member by member: an initializer list would copy the whole body once more
  object["kind"] = send.kind;
  object["to"] = to_json(send.to, false);
  object["body"] = send.body;
  object["progress"] = send.progress;
  object["nonce"] = send.nonce;
  if (!send.target.empty()) object["target"] = send.target;
  return object;
}

Send send_from_json(const json& object) {
  Send send;
  if (!object.is_object()) return send;
  send.kind = text(object, "kind");
  if (object.contains("to")) send.to = address_from_json(object["to"]);
  if (object.contains("body")) send.body = object["body"];
  if (object.contains("progress") && object["progress"].is_object()) send.progress = object["progress"];
  send.nonce = text(object, "nonce");
  send.target = text(object, "target");
  return send;
}

}  // namespace handrail::adapters
