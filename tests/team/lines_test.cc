// What an agent's line means, and what agents are shown.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/channels.h"
#include "bot/team/commands.h"
#include "bot/team/words.h"
#include "locales/text.h"

namespace handrail::team {
namespace {

Words words(const std::string& text) {
  const Line line = read_line(text);
  const auto* found = std::get_if<Words>(&line);
  EXPECT_NE(found, nullptr) << text;
  return found == nullptr ? Words{} : *found;
}

TEST(Lines, WordsGoToThePersonAndNotesStay) {
  EXPECT_EQ(words("  Hello Ana\n").to_person, "Hello Ana");
  const Words mixed = words("Hello\n// she is a friend of Ben's\nHow are you?\n  //and owes us nothing");
  EXPECT_EQ(mixed.to_person, "Hello\nHow are you?");
  EXPECT_EQ(mixed.note, "she is a friend of Ben's\nand owes us nothing");
  EXPECT_EQ(words("// only a note").to_person, "");
  EXPECT_EQ(words("see https://example.org").to_person, "see https://example.org") << "two slashes within a line are no note";
  EXPECT_EQ(words("//").to_person, "");
  EXPECT_EQ(words("").to_person + words("").note, "");
}

TEST(Lines, AnExclamationMarkBeginsACommand) {
  const std::tuple<const char*, const char*, const char*> commands[] = {
      {"!claim", "claim", ""},         {" !Snooze  2h ", "snooze", "2h"}, {"!transfer Ana Maria", "transfer", "Ana Maria"},
      {"!resolve\napproved", "resolve", "approved"}, {"!!", "!", ""}};
  for (const auto& [text, verb, argument] : commands) {
    const Line line = read_line(text);
    const auto* command = std::get_if<Command>(&line);
    ASSERT_NE(command, nullptr) << text;
    EXPECT_EQ(command->verb, verb);
    EXPECT_EQ(command->argument, argument);
  }
  EXPECT_EQ(words("!").to_person, "!") << "a mark alone is no command";
  EXPECT_EQ(words("Great!\n!claim").to_person, "Great!\n!claim") << "a command stands alone";
}

storage::Ticket ticket() {
  storage::Ticket made;
  made.id = "01abc";
  made.number = 1001;
  made.kind = "account_review";
  made.channel = "web_chat";
  made.locale = "fa";
  made.first_response_due_at = 1'795'430'000'000;
  return made;
}

std::vector<std::string> actions_of(const adapters::Reply& reply) {
  std::vector<std::string> ids;
  for (const adapters::Action& action : reply.actions) ids.push_back(action.id);
  return ids;
}

TEST(Cards, OfferWhatCanBeDone) {
  config::Config config;
  storage::Ticket one = ticket();
  EXPECT_THAT(actions_of(card(one, "Ana", config)),
              testing::ElementsAre("team:claim:01abc", "team:resolve:01abc:answered", "team:snooze:01abc:2h"));
  one.kind = "refund";
  one.state = "claimed";
  EXPECT_THAT(actions_of(card(one, "Ana", config)),
              testing::ElementsAre("team:resolve:01abc:approved", "team:resolve:01abc:denied", "team:snooze:01abc:2h"));
  one.state = "resolved";
  EXPECT_THAT(actions_of(card(one, "Ana", config)), testing::ElementsAre("team:reopen:01abc"));
  one.outcome = "erased";
  EXPECT_THAT(actions_of(card(one, "Ana", config)), testing::IsEmpty());
}

// A card is changed in place, so it must be one message on every platform, whatever was said.
TEST(Cards, AreOneMessageEverywhere) {
  config::Config config;
  config.public_url = "https://bot.example";
  storage::Ticket one = ticket();
  nlohmann::json facts = nlohmann::json::array();
  for (int i = 0; i < 50; ++i) {
    facts.push_back({{"name", "said_something_long"}, {"value", std::string(5000, i % 2 == 0 ? 'x' : '*')}, {"source", {{"kind", "message"}}}});
  }
  one.triage = nlohmann::json{{"facts", facts}, {"policy", {{"verdict", "needs_review"}, {"rule", "x"}}}}.dump();
  for (const char* name : {"slack", "discord"}) {
    adapters::Address to;
    to.channel = name;
    to.place = adapters::Place::channel;
    to.place_id = "1";
    EXPECT_EQ(adapters::find_channel(name)->render(card(one, std::string(3000, '_'), config), to, {}).size(), 1U) << name;
  }
}

TEST(Cards, AreToldApartByWhatTheySay) {
  config::Config config;
  storage::Ticket one = ticket();
  const std::string before = digest(card(one, "Ana", config));
  EXPECT_EQ(digest(card(one, "Ana", config)), before);
  one.assignee_name = "Mina";
  EXPECT_NE(digest(card(one, "Ana", config)), before);
  EXPECT_EQ(before.find("Ana"), std::string::npos) << "a digest keeps no words";
}

TEST(Cards, WhatWasTakenBackIsNotShown) {
  storage::Message message;
  message.author = "person";
  message.text = "my secret";
  message.redacted_at = 1;
  EXPECT_EQ(copy_of(message, "Ana").text.find("secret"), std::string::npos);
  EXPECT_EQ(transcript({message}, "Ana").text.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace handrail::team
