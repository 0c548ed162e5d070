#include "bot/conversation/speech.h"

#include <utility>

#include "adapters/plain_text.h"
#include "locales/format.h"
#include "locales/tag.h"

namespace handrail::conversation {

using adapters::Block;
using adapters::BlockType;

Speech::Speech(const Content& content, const Surroundings& around, std::string locale)
    : content_(&content), around_(&around), locale_(std::move(locale)) {}

std::string Speech::date_time(std::int64_t at) const {
  return locales::format_date_time(at, locale_, around_->time_zone);
}

std::string Speech::say(const std::string& key, locales::Arguments arguments) const {
  arguments.emplace("product", around_->product_name);
  return content_->catalogs->format(locale_, key, arguments, around_->time_zone);
}

ReplyBuilder& ReplyBuilder::heading(std::string text) {
  Block block;
  block.type = BlockType::heading;
  block.text = std::move(text);
  reply_.blocks.push_back(std::move(block));
  return *this;
}

ReplyBuilder& ReplyBuilder::paragraph(std::string text) {
  if (text.empty()) return *this;
  Block block;
  block.type = BlockType::paragraph;
  block.text = std::move(text);
  reply_.blocks.push_back(std::move(block));
  return *this;
}

ReplyBuilder& ReplyBuilder::say(const std::string& key, locales::Arguments arguments) {
  return paragraph(speech_.say(key, std::move(arguments)));
}

ReplyBuilder& ReplyBuilder::status(adapters::Tone tone, std::string text) {
  if (text.empty()) return *this;
  Block block;
  block.type = BlockType::status;
  block.tone = tone;
  block.text = std::move(text);
  reply_.blocks.push_back(std::move(block));
  return *this;
}

ReplyBuilder& ReplyBuilder::callout(adapters::Tone tone, std::string text) {
  if (text.empty()) return *this;
  Block block;
  block.type = BlockType::callout;
  block.tone = tone;
  block.label = speech_.say(tone == adapters::Tone::warning ? "label.warning" : "label.note");
  block.text = std::move(text);
  reply_.blocks.push_back(std::move(block));
  return *this;
}

ReplyBuilder& ReplyBuilder::step(Block block) {
  block.type = BlockType::step;
  block.label = speech_.say("label.step", {{"number", std::int64_t{block.number}},
                                           {"total", std::int64_t{block.total}}});
  reply_.blocks.push_back(std::move(block));
  return *this;
}

ReplyBuilder& ReplyBuilder::action(std::string id, const std::string& label_key, adapters::ActionStyle style) {
  return labelled_action(std::move(id), speech_.say(label_key), style);
}

ReplyBuilder& ReplyBuilder::labelled_action(std::string id, std::string label, adapters::ActionStyle style) {
  for (const adapters::Action& known : reply_.actions) {
    if (known.id == id) return *this;  // platforms refuse two buttons with one id
  }
  reply_.actions.push_back({std::move(id), std::move(label), style, ""});
  return *this;
}

ReplyBuilder& ReplyBuilder::link(const std::string& label_key, std::string url) {
  reply_.actions.push_back({"link", speech_.say(label_key), adapters::ActionStyle::link, std::move(url)});
  return *this;
}

adapters::Reply ReplyBuilder::finish() {
  reply_.locale = speech_.locale();
  reply_.direction = locales::direction_name(speech_.locale());
  reply_.text = adapters::plain_text(reply_, speech_.say("label.choices"));
  return std::move(reply_);
}

}  // namespace handrail::conversation
