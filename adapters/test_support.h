// For the channels' tests: fixtures, random replies and the words for what a call answered. Not part of the program.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "adapters/channel.h"
#include "adapters/channels.h"
#include "locales/text.h"

namespace handrail::adapters::testing {

inline std::string fixture(const std::string& channel, const std::string& name) {
  const std::string path =
      std::string(HANDRAIL_SOURCE_DIR) + "/adapters/" + channel + (channel == "slack" ? "/payloads/" : "/fixtures/") + name + ".json";
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline nlohmann::json fixture_json(const std::string& channel, const std::string& name) {
  return nlohmann::json::parse(fixture(channel, name));
}

inline std::string form_encoded(const std::string& text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    result += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return result;
}

// The one message in `parsed`; fails the test when it is anything else.
inline InboundMessage only_message(const Parsed& parsed) {
  const auto* messages = std::get_if<Messages>(&parsed);
  if (messages == nullptr || messages->messages.size() != 1) {
    ADD_FAILURE() << "not one message: outcome " << parsed.index();
    return {};
  }
  return messages->messages.front();
}

inline std::string ignored(const Parsed& parsed) {
  const auto* outcome = std::get_if<Ignored>(&parsed);
  return outcome == nullptr ? "not ignored" : outcome->because;
}

inline HttpResult answered(int status, const std::string& body) { return {status, {}, body}; }

// Words that hurt: markup, mentions, astral and right-to-left characters, long runs without a space.
inline std::string random_text(std::mt19937& random, std::size_t longest) {
  static const std::string kParts[] = {"a", " ", "\n", "&", "<", ">", "*", "**", "_", "`", "```", "\\", "🙂", "س",
                                       "<!channel>", "<!here>", "<@U1>", "<@123>", "@everyone", "@here", "<#C1>",
                                       "\u202E", "é", "#", "- ", "long", "|", "~"};
  const std::size_t wanted = random() % (longest + 1);
  const bool one_part_only = random() % 4 == 0;
  const std::string& favourite = kParts[random() % std::size(kParts)];
  std::string text;
  for (std::size_t i = 0; i < wanted; ++i) {
    text += one_part_only ? favourite : kParts[random() % std::size(kParts)];
  }
  return text;
}

inline Reply random_reply(std::mt19937& random) {
  Reply reply;
  reply.id = "01HRANDOMREPLYWITHALONGID";
  reply.direction = random() % 2 == 0 ? "ltr" : "rtl";
  reply.text = "Hello.";
  const std::size_t blocks = random() % 70;
  for (std::size_t i = 0; i < blocks; ++i) {
    Block block;
    block.type = static_cast<BlockType>(random() % 6);
    block.text = random_text(random, random() % 12 == 0 ? 7000 : 60);
    block.label = random_text(random, 20);
    block.title = random_text(random, 40);
    block.number = static_cast<int>(i + 1);
    block.state = static_cast<StepState>(random() % 3);
    if (random() % 3 == 0) block.image = Image{"/media/a.svg", "/media/a.png", random_text(random, 3000)};
    reply.blocks.push_back(block);
  }
  const std::size_t actions = random() % 30;
  for (std::size_t i = 0; i < actions; ++i) {
    Action action{"act:" + std::to_string(i), "L" + random_text(random, 100), ActionStyle::normal, ""};
    action.style = static_cast<ActionStyle>(random() % 4);
    if (action.style == ActionStyle::link) action.url = "https://help.example/" + std::to_string(i);
    reply.actions.push_back(action);
  }
  return reply;
}

}  // namespace handrail::adapters::testing
