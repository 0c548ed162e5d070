// What the bot remembers of one conversation between turns. Plain values with a JSON form; an unknown or missing field of
// an older or newer program reads as its default, so a stored state never stops a conversation.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace handrail::conversation {

enum class Pending {
  none,
  did_you_mean,    // we offered `options` (intent names)
  offer_review,    // we offered an account review
  refund_details,  // a refund ticket waits for what is needed to find the payment
  choose_language,
  anything_else    // we asked whether there is anything else
};

struct State {
  std::string chosen_locale;  // what the person asked for; wins over everything
  std::string locale;         // of the last answer
  bool introduced = false;    // has been told that this is a bot
  bool quiet = false;         // asked to be left alone
  int failures = 0;           // turns in a row that were not understood
  std::string topic;          // guide being walked through; empty: none
  int step = 0;               // 1-based step shown alone; 0: the whole guide
  int stuck = 0;              // times stuck in this guide
  std::string last_intent;
  Pending pending = Pending::none;
  std::vector<std::string> options;  // intents of did_you_mean
  std::vector<std::string> choices;  // action ids last offered, for "2" typed where there are no buttons
  std::string fragment;              // text that was not understood by itself
  std::int64_t fragment_at = 0;
};

nlohmann::json to_json(const State& state);
State state_from_json(const nlohmann::json& json);

}  // namespace handrail::conversation
