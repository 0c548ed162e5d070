#include "intents/detector.h"

#include <algorithm>
#include <array>

#include "intents/facts.h"

namespace handrail::intents {
namespace {

// Words that part a message into clauses, folded.
constexpr std::array<std::u32string_view, 12> kJoiners{U"and",  U"then", U"also",   U"plus",
                                                       U"و",    U"بعد",  U"همچنین", U"va",
                                                       U"baad", U"bad",  U"ham",    U"هم"};
// A clause with one of these denies what it names ("no refund needed").
constexpr std::array<std::u32string_view, 22> kNegations{
    U"no",    U"not",     U"don",      U"dont", U"didn",  U"didnt", U"never", U"without",
    U"isn",   U"isnt",    U"won",      U"wont", U"needn", U"نه",    U"نمی",   U"نمیخوام",
    U"نیازی", U"نخواستم", U"nemikham", U"na",   U"نیست",  U"none"};
// A clause with one of these tells how it came about ("I cancelled already"); it asks for
// nothing but perhaps the money back.
constexpr std::array<std::u32string_view, 10> kTold{
    U"before", U"already", U"cancelled",  U"canceled", U"thought",
    U"ended",  U"قبل",     U"subscribed", U"ghabl",    U"قبلا"};
// A second wish must be clear in its own clause, and show in the whole message too. Both are
// probabilities, chosen on the expectations with two labels and those that look as if they had two.
constexpr double kSecondInClause = 0.65;
constexpr double kSecondInWhole = 0.18;
// Where its own clause leaves no doubt a trace in the whole is enough: a long first wish drowns it.
constexpr double kNoDoubtInClause = 0.95;
constexpr double kTraceInWhole = 0.05;
// Anger makes every message sound a little like a wish for a person; this one must be said
// outright.
constexpr double kPersonInClause = 0.90;
constexpr std::size_t kWordsInClause = 2;
constexpr const char* kRefund = "refund";
constexpr const char* kTalkToHuman = "talk_to_human";
// What is said beside a wish as its background ("I was charged, it still shows active, give it
// back") is no second wish.
bool is_background(std::string_view first, std::string_view second) {
  if (second == "stop_bot" || second == "switch_language") return true;
  const bool money =
      first == "refund" &&
      (second == "payment_problem" || second == "subscription_status" || second == "ticket_status");
  const bool ending = first == "cancel_subscription" && second == "subscription_status";
  return money || ending;
}
// Intents that only open or close a message: beside another intent they are manners.
constexpr std::array<std::string_view, 2> kManners{"greeting", "thanks"};

bool is_manners(const std::string& intent) {
  return std::find(kManners.begin(), kManners.end(), intent) != kManners.end();
}

locales::FoldedText part(const locales::FoldedText& text, std::size_t begin, std::size_t end) {
  locales::FoldedText result;
  result.text = text.text.substr(begin, end - begin);
  result.origin.assign(text.origin.begin() + static_cast<std::ptrdiff_t>(begin),
                       text.origin.begin() + static_cast<std::ptrdiff_t>(end));
  return result;
}

struct Clause {
  std::size_t begin = 0, end = 0;
  std::size_t words = 0;
  bool denied = false;
  bool told = false;
};

std::vector<Clause> split_clauses(const locales::FoldedText& text) {
  std::vector<Clause> clauses(1);
  std::size_t after = 0;
  for (const locales::Word& word : locales::split_words(text)) {
    const std::u32string_view letters =
        std::u32string_view(text.text).substr(word.begin, word.end - word.begin);
    const std::u32string_view gap =
        std::u32string_view(text.text).substr(after, word.begin - after);
    const bool stop = gap.find_first_of(U".,;!?\n،؛؟") != std::u32string_view::npos;
    const bool joins = std::find(kJoiners.begin(), kJoiners.end(), letters) != kJoiners.end();
    if ((stop || joins) && clauses.back().words > 0)
      clauses.push_back({word.begin, word.end, 0, false, false});
    after = word.end;
    if (joins) {
      clauses.back().begin = clauses.back().end = word.end;
      continue;
    }
    Clause& clause = clauses.back();
    if (clause.words == 0) clause.begin = word.begin;
    clause.end = word.end;
    ++clause.words;
    const auto is_one_of = [&](const auto& words) {
      return std::find(words.begin(), words.end(), letters) != words.end();
    };
    clause.denied = clause.denied || is_one_of(kNegations);
    clause.told = clause.told || is_one_of(kTold);
  }
  return clauses;
}

}  // namespace

std::unique_ptr<Detector> Detector::train(const Dataset& data) {
  auto detector = std::make_unique<Detector>();
  ModelOptions options;
  options.weights = {1.0F, 1.0F, 1.0F,
                     1.0F};  // Persian is spoken here: the skeleton counts in full
  detector->model_ = Model::train(data.examples, options);
  detector->locale_guesser_.learn(data.examples);
  for (const std::string& name : detector->model_->classes()) {
    const auto scope = data.scopes.find(name);
    detector->guide_only_.push_back(scope != data.scopes.end() && scope->second == "guide");
  }
  return detector;
}

std::vector<std::string> Detector::intents() const {
  std::vector<std::string> names;
  for (const std::string& name : model_->classes()) {
    if (name != kOutOfScope) names.push_back(name);
  }
  return names;
}

std::vector<Detector::Scored> Detector::score(const locales::FoldedText& text,
                                              const Context& context) const {
  const Prediction prediction = model_->predict(text);
  std::vector<Scored> scored;
  for (std::size_t k = 0; k < model_->classes().size(); ++k) {
    if (static_cast<int>(k) == model_->out_of_scope()) continue;
    if (guide_only_[k] && context.scope != Context::Scope::guide) continue;
    scored.push_back({model_->classes()[k], prediction.values[k]});
  }
  std::stable_sort(scored.begin(), scored.end(),
                   [](const Scored& a, const Scored& b) { return a.value > b.value; });
  return scored;
}

std::string Detector::second_intent(const locales::FoldedText& folded,
                                    const std::vector<Scored>& whole,
                                    const Context& context) const {
  const std::string& first = whole.front().name;
  // Inside a guide "done" and "back" are whole answers: there is no second one.
  if (is_guide_only(first)) return "";
  const std::vector<Clause> clauses = split_clauses(folded);
  if (clauses.size() < 2) return "";
  for (const Clause& clause : clauses) {
    if (clause.words < kWordsInClause || clause.denied) continue;
    const auto scored = score(part(folded, clause.begin, clause.end), context);
    if (scored.empty()) continue;
    const std::string& name = scored.front().name;
    const double clear = name == kTalkToHuman ? kPersonInClause : kSecondInClause;
    const double in_clause = model_->probability(scored.front().value);
    if (in_clause < clear) continue;
    if (name == first || is_manners(name) || is_guide_only(name)) continue;
    if (is_background(first, name) || (clause.told && name != kRefund)) continue;
    if (is_background(name, first) && name == kRefund) continue;
    const auto in_whole =
        std::find_if(whole.begin(), whole.end(), [&](const Scored& s) { return s.name == name; });
    const double least = in_clause >= kNoDoubtInClause ? kTraceInWhole : kSecondInWhole;
    if (in_whole != whole.end() && model_->probability(in_whole->value) >= least) return name;
  }
  return "";
}

bool Detector::is_guide_only(const std::string& intent) const {
  const int of_class = model_->class_of(intent);
  return of_class >= 0 && guide_only_[static_cast<std::size_t>(of_class)];
}

void Detector::decide(const locales::FoldedText& folded, const Context& context,
                      Understanding& result) const {
  std::vector<Scored> scored = score(folded, context);
  if (scored.empty() || folded.text.empty()) {
    result.intent = kOutOfScope;
    return;
  }
  // "Hi, how can I cancel?" is about the second half.
  if (is_manners(scored.front().name)) {
    for (const Clause& clause : split_clauses(folded)) {
      if (clause.words < kWordsInClause) continue;
      const auto own = score(part(folded, clause.begin, clause.end), context);
      if (own.front().value < model_->accept_at() || is_manners(own.front().name)) continue;
      const auto found = std::find_if(scored.begin(), scored.end(),
                                      [&](const Scored& s) { return s.name == own.front().name; });
      found->value = std::max(own.front().value, scored.front().value);
      std::rotate(scored.begin(), found, found + 1);
      break;
    }
  }
  const float best = scored.front().value;
  result.confidence = model_->probability(best);
  std::string second;
  if (best >= model_->accept_at()) {
    result.decision = Decision::answer;
    result.answer_count = 1;
    second = second_intent(folded, scored, context);
  } else if (best >= model_->ask_at()) {
    result.decision = Decision::did_you_mean;
  } else {
    result.decision = Decision::out_of_scope;
  }
  if (!second.empty() && !is_manners(scored.front().name)) {
    const auto found = std::find_if(scored.begin(), scored.end(),
                                    [&](const Scored& s) { return s.name == second; });
    std::rotate(scored.begin() + 1, found, found + 1);
    result.answer_count = 2;
    // Money first: who asks for both is told about the refund before the guide (design section 3).
    // A person last: what the bot can answer meanwhile is answered.
    if (second == kRefund || scored[0].name == kTalkToHuman) std::swap(scored[0], scored[1]);
  }
  result.intent = result.decision == Decision::answer ? scored.front().name : kOutOfScope;
  if (result.decision == Decision::out_of_scope) result.confidence = 1 - result.confidence;
  for (const Scored& one : scored)
    result.intents.push_back({one.name, model_->probability(one.value)});
}

Understanding Detector::understand(std::string_view text, const Context& context) const {
  const std::string kept = locales::first_code_points(text, kUnderstoodCharacters);
  const locales::FoldedText folded = locales::fold(kept);
  Understanding result;
  const LocaleGuess locale = locale_guesser_.guess(folded);
  result.locale = locale.locale;
  result.locale_confidence = locale.confidence;
  result.facts = extract_facts(kept, folded, context.now);
  const auto correction = std::find_if(result.facts.begin(), result.facts.end(),
                                       [](const Fact& f) { return f.name == "correction"; });
  if (correction != result.facts.end()) {
    // What was meant is in the part after "no, I meant".
    decide(locales::fold(correction->value), context, result);
  } else {
    decide(folded, context, result);
  }
  return result;
}

Explanation Detector::explain(std::string_view text, const Context& context) const {
  Explanation result;
  const locales::FoldedText folded =
      locales::fold(locales::first_code_points(text, kUnderstoodCharacters));
  result.folded = locales::to_utf8(folded.text);
  result.understanding = understand(text, context);
  result.accept_at = model_->probability(model_->accept_at());
  result.ask_at = model_->probability(model_->ask_at());
  if (result.understanding.intents.empty()) return result;
  // The weight of a word: how much the score falls when it is left out.
  const std::string& name = result.understanding.intents.front().name;
  const int of_class = model_->class_of(name);
  const float whole = model_->predict(folded).values[static_cast<std::size_t>(of_class)];
  for (const locales::Word& word : locales::split_words(folded)) {
    locales::FoldedText without = part(folded, 0, word.begin);
    const locales::FoldedText rest = part(folded, word.end, folded.text.size());
    without.text += rest.text;
    without.origin.insert(without.origin.end(), rest.origin.begin(), rest.origin.end());
    const float value = model_->predict(without).values[static_cast<std::size_t>(of_class)];
    result.weights.push_back(
        {locales::to_utf8(folded.text.substr(word.begin, word.end - word.begin)), whole - value});
  }
  std::stable_sort(result.weights.begin(), result.weights.end(),
                   [](const auto& a, const auto& b) { return a.weight > b.weight; });
  return result;
}

}  // namespace handrail::intents
