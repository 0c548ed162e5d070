#include "bot/conversation/turn.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "bot/conversation/parts.h"
#include "locales/tag.h"
#include "locales/text.h"

namespace handrail::conversation {

using adapters::Audience;
using adapters::InputKind;
using intents::Decision;

namespace {

// Below this a guess about the language of a short text is worth less than what was spoken before.
constexpr double kLocaleSureness = 0.7;
constexpr char32_t kLastLatinLetter = U'\u024F';
constexpr char32_t kFirstArabicLetter = U'\u0600';
constexpr char32_t kLastArabicLetter = U'\u06FF';

const std::string kGuidePrefix = "guide:";
const std::string kIntentPrefix = "intent:";
const std::string kLocalePrefix = "locale:";

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

struct GuideAction {
  std::string topic;
  std::string verb;
  int step = 0;
};

// "guide:<topic>:<verb>:<step>"; nothing when it is not one. Buttons come back from clients: everything is checked.
std::optional<GuideAction> parse_guide_action(const std::string& action) {
  if (!starts_with(action, kGuidePrefix)) return std::nullopt;
  const std::size_t topic_end = action.find(':', kGuidePrefix.size());
  if (topic_end == std::string::npos) return std::nullopt;
  const std::size_t verb_end = action.find(':', topic_end + 1);
  if (verb_end == std::string::npos) return std::nullopt;
  GuideAction parsed;
  parsed.topic = action.substr(kGuidePrefix.size(), topic_end - kGuidePrefix.size());
  parsed.verb = action.substr(topic_end + 1, verb_end - topic_end - 1);
  const char* begin = action.data() + verb_end + 1;
  const char* end = action.data() + action.size();
  const auto [stop, error] = std::from_chars(begin, end, parsed.step);
  if (error != std::errc() || stop != end) return std::nullopt;
  return parsed;
}

// "2" typed where there were numbered choices.
std::string chosen_action(const State& state, const std::string& text) {
  const std::string folded = locales::fold_to_utf8(text);
  int number = 0;
  const auto [stop, error] = std::from_chars(folded.data(), folded.data() + folded.size(), number);
  if (error != std::errc() || stop != folded.data() + folded.size()) return "";
  if (number < 1 || static_cast<std::size_t>(number) > state.choices.size()) return "";
  return state.choices[static_cast<std::size_t>(number) - 1];
}

std::string known_locale(const Content& content, const std::string& tag) {
  if (tag.empty()) return "";
  return locales::negotiate({tag}, content.catalogs->locales()).value_or("");
}

// A topic picked from a command's list is our own name for it, in no language.
bool names_a_topic(const Said& said, const Content& content) {
  if (said.kind != InputKind::command) return false;
  return content.shelf->find(said.text) != nullptr || content.catalogs->has("topic." + said.text);
}

// One word in letters that several languages share says little about which it is: "ok" is said in all of them, "banana" looks
// like romanised Persian, and Arabic and Persian begin alike. It does not end the language that is spoken, and what was not
// understood does not begin one.
bool tells_the_language(const State& state, const Said& said, const intents::Understanding& understanding) {
  if (said.text.empty() || understanding.locale_confidence < kLocaleSureness) return false;
  const locales::FoldedText folded = locales::fold(said.text);
  std::size_t latin = 0;
  std::size_t arabic = 0;
  std::size_t other = 0;
  for (const locales::Word& word : locales::split_words(folded)) {
    const char32_t first = folded.text[word.begin];
    const bool is_mark = first >= locales::kUrlMark && first <= locales::kEmojiMark;
    const bool is_arabic = first >= kFirstArabicLetter && first <= kLastArabicLetter;
    if (!is_mark) ++(first <= kLastLatinLetter ? latin : is_arabic ? arabic : other);
  }
  const bool is_one_shared_word = latin + arabic == 1 && other == 0;
  const bool begins = state.locale.empty() && (understanding.decision == Decision::answer || arabic == 1);
  return !is_one_shared_word || begins;
}

// What the person chose, what they write, what was spoken before, what the platform says, the default.
std::string answer_locale(const State& state, const Said& said, const intents::Understanding& understanding,
                          const Surroundings& around, const Content& content) {
  const std::string chosen = known_locale(content, state.chosen_locale);
  if (!chosen.empty()) return chosen;
  if (!names_a_topic(said, content) && tells_the_language(state, said, understanding)) {
    const std::string written = known_locale(content, understanding.locale);
    if (!written.empty()) return written;
  }
  for (const std::string& tag : {state.locale, around.platform_locale, around.default_locale}) {
    const std::string known = known_locale(content, tag);
    if (!known.empty()) return known;
  }
  return "en";
}

bool is_understood(const intents::Understanding& understanding, std::string_view intent) {
  return understanding.decision == Decision::answer && understanding.intent == intent;
}

bool has_fact(const intents::Understanding& understanding, std::string_view name) {
  return std::any_of(understanding.facts.begin(), understanding.facts.end(),
                     [&](const intents::Fact& fact) { return fact.name == name; });
}

bool wakes_up(const Said& said, const Turn& turn) {
  if (said.kind != InputKind::text) return true;  // a command or a button: they came back by themselves
  const std::string text = locales::fold_to_utf8(said.text);
  if (text.empty() || text == "start") return !text.empty();
  // One word tells little about its language, so the word of each wakes the bot.
  const locales::Catalogs& catalogs = *turn.content.catalogs;
  const std::vector<std::string> spoken = catalogs.locales();
  return std::any_of(spoken.begin(), spoken.end(), [&](const std::string& locale) {
    return catalogs.has("word.resume") && text == locales::fold_to_utf8(catalogs.format(locale, "word.resume", {}));
  });
}

void handle_action(Turn& turn, const std::string& action) {
  if (const auto guide = parse_guide_action(action)) {
    turn.result.trace["action"] = action;
    walk(turn, guide->verb, guide->topic, guide->step);
    return;
  }
  turn.state().failures = std::max(0, turn.state().failures);
  if (action == "ticket:new") {
    open_person_ticket(turn, "human", "asked for a person");
  } else if (action == "ticket:status") {
    answer_intent(turn, "ticket_status");
  } else if (action == "review:yes" || action == "review:no") {
    answer_review(turn, action == "review:yes");
  } else if (action == "bot:resume") {
    answer_intent(turn, "greeting");
  } else if (action == "intent:none") {
    none_of_these(turn);
  } else if (starts_with(action, kIntentPrefix)) {
    answer_intent(turn, action.substr(kIntentPrefix.size()));
  } else if (starts_with(action, kLocalePrefix) &&
             !known_locale(turn.content, action.substr(kLocalePrefix.size())).empty()) {
    switch_language(turn, known_locale(turn.content, action.substr(kLocalePrefix.size())));
  } else {
    not_understood(turn);
  }
}

// What a short word means inside a guide or after a question of ours. False: it is not an answer to that.
bool handle_in_context(Turn& turn) {
  const intents::Understanding& understanding = turn.understanding;
  const bool yes = is_understood(understanding, "yes");
  const bool no = is_understood(understanding, "no");
  State& state = turn.state();
  if (state.pending == Pending::choose_language) {
    const std::string named = language_named_in(turn.said.text, *turn.content.catalogs);
    if (!named.empty()) {
      switch_language(turn, named);
      return true;
    }
  }
  if (state.pending == Pending::offer_review && (yes || no)) {
    answer_review(turn, yes);
    return true;
  }
  if (state.pending == Pending::did_you_mean && no) {
    none_of_these(turn);
    return true;
  }
  if (state.pending == Pending::did_you_mean && yes && !state.options.empty()) {
    const std::string first = state.options.front();
    answer_intent(turn, first);
    return true;
  }
  if (state.pending == Pending::anything_else && yes) {
    ask_what_it_is(turn);
    return true;
  }
  if (state.topic.empty()) return false;
  for (const char* verb : {"done", "next", "back", "stuck"}) {
    if (!is_understood(understanding, verb)) continue;
    const std::string topic = state.topic;
    // "done" in the middle of a walk ends this step, not the guide.
    const bool in_walk = state.step > 0;
    const bool finishes_step = std::string_view(verb) == "done" && in_walk;
    // In the whole guide "next" begins the walk.
    const bool begins = !in_walk && std::string_view(verb) == "next";
    walk(turn, finishes_step ? "next" : begins ? "start" : verb, topic, std::max(1, state.step));
    return true;
  }
  // Yes and no answer what was said last: a guide, unless something else has come in between.
  if (state.last_intent != state.topic) return false;
  if (yes) {
    walk(turn, state.step > 0 ? "next" : "start", std::string(state.topic), std::max(1, state.step));
    return true;
  }
  if (no && state.step > 0) {
    walk(turn, "stuck", std::string(state.topic), state.step);
    return true;
  }
  if (no) {
    // No step was asked for yet: the guide itself is not what was meant.
    turn.state().topic.clear();
    none_of_these(turn);
    return true;
  }
  return false;
}

// What finds a payment is taken whenever it comes, other words only right after we asked for it: then they are an answer, and
// "my wife paid with her card" is no payment problem.
bool brings_refund_details(const Turn& turn) {
  if (!turn.around.direct_place || turn.open_ticket("refund") == nullptr) return false;
  const intents::Understanding& said = turn.understanding;
  const bool understood = said.decision == Decision::answer;
  if (understood && said.intent == "refund") return has_payment_details(said);
  const bool was_asked = turn.result.state.pending == Pending::refund_details;
  if (was_asked && (!understood || said.intent == "payment_problem")) return true;
  if (!understood) return has_payment_details(said);
  return has_fact(said, "email") || has_fact(said, "last4") || has_fact(said, "order_id");
}

// "Please" or "I want" alone lean towards a ticket without asking for one. An open one is only joined, which costs nothing.
bool would_guess_a_ticket(const Turn& turn) {
  const intents::Understanding& said = turn.understanding;
  const std::string kind = said.intent == "refund" ? "refund" : said.intent == "talk_to_human" ? "human" : "";
  return !kind.empty() && said.confidence < kSureEnoughForTicket && turn.open_ticket(kind) == nullptr;
}

void handle_text(Turn& turn) {
  const intents::Understanding& understanding = turn.understanding;
  if (has_fact(understanding, "correction")) {
    turn.state().failures = 0;
    turn.result.trace["correction"] = true;
  }
  if (handle_in_context(turn)) return;
  if (brings_refund_details(turn)) {
    add_refund_details(turn);
    // "The card ends in 4242" looks like a payment problem and is none; anything else is answered as well.
    const bool asks_too = understanding.decision == Decision::answer && understanding.intent != "refund" &&
                          understanding.intent != "payment_problem";
    if (!asks_too) return;
  }
  if (reopen_if_about_closed_case(turn)) return;
  if (understanding.decision != Decision::answer || understanding.answer_count == 0 || would_guess_a_ticket(turn)) {
    not_understood(turn);
    return;
  }
  const std::size_t count = std::min(understanding.answer_count, understanding.intents.size());
  // Manners do not take back what we asked for.
  static constexpr std::array<std::string_view, 5> kManners{"yes", "no", "done", "thanks", "greeting"};
  const bool is_manners = std::find(kManners.begin(), kManners.end(), understanding.intent) != kManners.end();
  const bool still_waits = is_manners && turn.state().pending == Pending::refund_details;
  Pending asked = still_waits ? Pending::refund_details : Pending::none;
  for (std::size_t i = 0; i < count; ++i) {
    answer_intent(turn, understanding.intents[i].name);
    if (turn.state().pending != Pending::none) asked = turn.state().pending;
  }
  turn.state().pending = asked;
}

void introduce(Turn& turn) {
  if (turn.state().introduced || turn.result.answers.empty()) return;
  turn.state().introduced = true;
  // A greeting introduces itself.
  if (turn.state().last_intent == "greeting") return;
  adapters::Reply& first = turn.result.answers.front().reply;
  const std::string sentence = turn.speech.say("reply.introduction");
  adapters::Block block;
  block.text = sentence;
  first.blocks.insert(first.blocks.begin(), block);
  first.text = sentence + "\n\n" + first.text;
}

void remember_choices(Turn& turn) {
  turn.state().choices.clear();
  if (turn.result.answers.empty()) return;
  for (const adapters::Action& action : turn.result.answers.back().reply.actions) {
    if (action.style != adapters::ActionStyle::link) turn.state().choices.push_back(action.id);
  }
}

nlohmann::json trace_of(const Said& said, const intents::Understanding& understanding, const AccountView& account) {
  static constexpr const char* kAccess[] = {"not_asked", "not_private", "not_linked", "not_found", "unavailable", "found"};
  nlohmann::json intents = nlohmann::json::array();
  for (const intents::ScoredIntent& scored : understanding.intents) {
    if (intents.size() == 5) break;
    intents.push_back({{"name", scored.name}, {"confidence", scored.confidence}});
  }
  nlohmann::json facts = nlohmann::json::array();
  for (const intents::Fact& fact : understanding.facts) {
    facts.push_back({{"name", fact.name}, {"value", fact.value}, {"begin", fact.begin}, {"end", fact.end}});
  }
  return {{"action", said.action},
          {"intent", understanding.intent},
          {"confidence", understanding.confidence},
          {"decision", understanding.decision == Decision::answer         ? "answer"
                       : understanding.decision == Decision::did_you_mean ? "did_you_mean"
                                                                          : "out_of_scope"},
          {"intents", intents},
          {"facts", facts},
          {"locale", {{"guessed", understanding.locale}, {"confidence", understanding.locale_confidence}}},
          {"account", kAccess[static_cast<int>(account.access)]},
          {"guides", nlohmann::json::array()}};
}

}  // namespace

void Turn::answer(adapters::Reply reply, Audience audience) {
  result.answers.push_back({std::move(reply), audience});
}

const TicketView* Turn::open_ticket(std::string_view kind) const {
  for (const TicketView& ticket : around.tickets) {
    if (ticket.kind == kind && ticket.state != "resolved") return &ticket;
  }
  return nullptr;
}

bool Turn::has_open_ticket() const {
  return std::any_of(around.tickets.begin(), around.tickets.end(),
                     [](const TicketView& ticket) { return ticket.state != "resolved"; });
}

std::string utterance_of(const State& state, const Said& said, std::int64_t now) {
  if (state.fragment.empty() || now - state.fragment_at > kFragmentWindowMs) return said.text;
  return state.fragment + "\n" + said.text;
}

Needs needs_of(const State& state, const Said& said, const intents::Understanding& understanding) {
  static const std::vector<std::string> kWithAccount = {"cancel_subscription", "refund", "missing_free_credits",
                                                        "subscription_status", "payment_problem"};
  const auto needs_account = [](const std::string& intent) {
    return std::find(kWithAccount.begin(), kWithAccount.end(), intent) != kWithAccount.end();
  };
  std::string action = said.action;
  if (action.empty() && said.kind == InputKind::text) action = chosen_action(state, said.text);
  if (const auto guide = parse_guide_action(action)) {
    return {true, guide->verb == "done" || guide->verb == "next"};
  }
  if (starts_with(action, kIntentPrefix)) return {needs_account(action.substr(kIntentPrefix.size())), false};
  // A ticket's triage card shows the account as it is when the case is opened.
  if (action == "ticket:new" || action == "review:yes") return {true, false};
  if (!action.empty()) return {};
  if (said.kind == InputKind::command && needs_account(said.text)) return {true, false};
  if (!state.topic.empty() && understanding.decision == Decision::answer) {
    for (const char* verb : {"done", "next", "yes", "back", "stuck", "no"}) {
      if (understanding.intent == verb) return {true, understanding.intent == "done" || understanding.intent == "next"};
    }
  }
  Needs needs;
  if (understanding.decision == Decision::answer) {
    const std::size_t count = std::min(understanding.answer_count, understanding.intents.size());
    for (std::size_t i = 0; i < count; ++i) {
      const std::string& name = understanding.intents[i].name;
      needs.account = needs.account || needs_account(name) || name == "talk_to_human" || name == "yes";
    }
  } else if (state.failures >= kFailuresBeforePerson) {
    needs.account = true;
  }
  // Details may join a refund ticket, whose card is then written anew.
  needs.account = needs.account || state.pending == Pending::refund_details || has_payment_details(understanding);
  return needs;
}

TurnResult take_turn(const State& state, const Said& said, const intents::Understanding& understanding,
                     const AccountView& account, const Surroundings& around, const Content& content) {
  TurnResult start;
  start.state = state;
  start.trace = trace_of(said, understanding, account);
  Turn turn{said, understanding, account, around, content,
            Speech(content, around, answer_locale(state, said, understanding, around, content)), std::move(start)};
  turn.result.trace["locale"]["answered"] = turn.speech.locale();
  turn.state().locale = turn.speech.locale();

  if (state.quiet) {
    if (!wakes_up(said, turn)) {
      turn.result.trace["because"] = "quiet";
      return std::move(turn.result);
    }
    turn.state().quiet = false;
  }

  // Whatever is said now, an older fragment has been used.
  turn.state().fragment.clear();
  std::string action = said.action;
  if (action.empty() && said.kind == InputKind::text) action = chosen_action(state, said.text);
  if (said.kind == InputKind::form) {
    // A form is words with a frame: what it says decides the kind of case, and a person always follows.
    if (is_understood(understanding, "refund")) {
      answer_intent(turn, "refund");
    } else {
      open_person_ticket(turn, "human", "wrote the contact form");
    }
  } else if (!action.empty()) {
    handle_action(turn, action);
  } else if (names_a_topic(said, content)) {
    answer_intent(turn, said.text);
  } else if (state.quiet || (said.text.empty() && said.kind == InputKind::command)) {
    answer_intent(turn, "greeting");
  } else {
    handle_text(turn);
  }
  introduce(turn);
  remember_choices(turn);
  turn.state().locale = turn.speech.locale();
  return std::move(turn.result);
}

}  // namespace handrail::conversation
