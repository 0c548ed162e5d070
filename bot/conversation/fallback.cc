// When a message was not understood: first suggestions, then a request for other words, then a person.
#include <algorithm>
#include <utility>

#include "bot/conversation/parts.h"
#include "locales/text.h"

namespace handrail::conversation {

namespace {

constexpr std::size_t kSuggestions = 3;
constexpr double kWorthSuggesting = 0.12;      // calibrated probability
constexpr std::size_t kFragmentCharacters = 60;  // longer texts are whole messages, not fragments

// What may be suggested: intents that a person would recognise by a title.
constexpr std::array<const char*, 7> kTopics{"cancel_subscription", "refund",        "missing_free_credits",
                                             "subscription_status", "payment_problem", "talk_to_human",
                                             "ticket_status"};

std::string title_of(Turn& turn, const std::string& intent) {
  const std::string key = "topic." + intent;
  if (turn.content.catalogs->has(key)) return turn.speech.say(key);
  return turn.content.shelf->title(intent, turn.speech.locale());
}

// A person is offered under every question anyway.
bool is_offered_anyway(const std::string& intent) { return intent == "talk_to_human"; }

bool can_be_suggested(Turn& turn, const std::string& intent) {
  if (intent == "out_of_scope") return false;
  return turn.content.catalogs->has("topic." + intent) || turn.content.shelf->find(intent) != nullptr;
}

std::vector<std::string> suggestions(Turn& turn) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    if (names.size() < kSuggestions && can_be_suggested(turn, name) && !is_offered_anyway(name) &&
        std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  };
  for (const intents::ScoredIntent& scored : turn.understanding.intents) {
    if (scored.confidence >= kWorthSuggesting) add(scored.name);
  }
  for (const knowledge::SearchHit& hit :
       turn.content.shelf->search(turn.said.text, turn.speech.locale(), kSuggestions)) {
    add(hit.topic);
  }
  return names;
}

void remember_fragment(Turn& turn) {
  if (locales::count_code_points(turn.said.text) > kFragmentCharacters) return;
  turn.state().fragment = turn.said.text;
  turn.state().fragment_at = turn.around.now;
}

void offer(Turn& turn, const std::vector<std::string>& names, const std::string& question_key) {
  ReplyBuilder builder(turn.speech);
  builder.say(question_key);
  for (const std::string& name : names) builder.labelled_action("intent:" + name, title_of(turn, name));
  builder.action("intent:none", "button.none_of_these");
  builder.action("ticket:new", "button.person");
  turn.state().pending = Pending::did_you_mean;
  turn.state().options = names;
  turn.answer(builder.finish());
}

void ask_to_rephrase(Turn& turn) {
  ReplyBuilder builder(turn.speech);
  builder.say("reply.rephrase");
  builder.action("ticket:new", "button.person");
  turn.state().pending = Pending::none;
  turn.answer(builder.finish());
}

}  // namespace

void offer_topics(Turn& turn, ReplyBuilder& builder) {
  for (const char* topic : kTopics) {
    if (can_be_suggested(turn, topic)) builder.labelled_action(std::string("intent:") + topic, title_of(turn, topic));
  }
}

void ask_what_it_is(Turn& turn) {
  turn.state().failures = 0;
  turn.state().pending = Pending::none;
  ReplyBuilder builder(turn.speech);
  builder.say("reply.what_topic");
  offer_topics(turn, builder);
  turn.answer(builder.finish());
}

void not_understood(Turn& turn) {
  remember_fragment(turn);
  const int before = turn.state().failures;
  turn.state().failures = before + 1;
  if (turn.said.text.empty() && turn.said.action.empty()) {
    ask_what_it_is(turn);
    return;
  }
  if (before >= kFailuresBeforePerson) {
    turn.state().failures = 0;
    bring_in_a_person(turn, "the bot could not help");
    return;
  }
  if (before >= 1) {
    ask_to_rephrase(turn);
    return;
  }
  const std::vector<std::string> names = suggestions(turn);
  if (!names.empty()) {
    offer(turn, names, "reply.did_you_mean");
    return;
  }
  ReplyBuilder builder(turn.speech);
  builder.say("reply.out_of_scope");
  offer_topics(turn, builder);
  turn.state().pending = Pending::none;
  turn.answer(builder.finish());
}

void none_of_these(Turn& turn) {
  turn.state().failures = std::max(turn.state().failures, 1) + 1;
  ask_to_rephrase(turn);
}

}  // namespace handrail::conversation
