// Speech builds replies in one language: every sentence comes from the message catalogs, every guide from the knowledge,
// and the plain-text form is made from the finished blocks, so that `text` alone always says everything.
//
// Not thread safe: one per turn.
#pragma once

#include <string>
#include <vector>

#include "adapters/message.h"
#include "bot/conversation/turn.h"

namespace handrail::conversation {

class Speech {
 public:
  Speech(const Content& content, const Surroundings& around, std::string locale);

  const std::string& locale() const { return locale_; }
  // The catalog sentence `key` in this language. `product` is always among the arguments.
  std::string say(const std::string& key, locales::Arguments arguments = {}) const;
  // An argument that reads as day and time in the person's language.
  std::string date_time(std::int64_t at) const;

 private:
  const Content* content_;
  const Surroundings* around_;
  std::string locale_;
};

// Collects the parts of one reply.
class ReplyBuilder {
 public:
  explicit ReplyBuilder(const Speech& speech) : speech_(speech) {}

  ReplyBuilder& heading(std::string text);
  ReplyBuilder& paragraph(std::string text);
  ReplyBuilder& say(const std::string& key, locales::Arguments arguments = {});
  ReplyBuilder& status(adapters::Tone tone, std::string text);
  ReplyBuilder& callout(adapters::Tone tone, std::string text);
  ReplyBuilder& step(adapters::Block step);
  ReplyBuilder& action(std::string id, const std::string& label_key,
                       adapters::ActionStyle style = adapters::ActionStyle::normal);
  ReplyBuilder& labelled_action(std::string id, std::string label,
                                adapters::ActionStyle style = adapters::ActionStyle::normal);
  ReplyBuilder& link(const std::string& label_key, std::string url);
  bool empty() const { return reply_.blocks.empty(); }
  adapters::Reply finish();

 private:
  const Speech& speech_;
  adapters::Reply reply_;
};

}  // namespace handrail::conversation
