// The detector: learns from the phrase files and says what a message means (recipe and figures:
// README of this room).
//
// Immutable after training; `understand` is safe from any thread. Training is deterministic: same
// data, same scores.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "intents/clauses.h"
#include "intents/locale_guess.h"
#include "intents/model.h"
#include "intents/understanding.h"

namespace handrail::intents {

// Longer messages are kept whole, and their first kUnderstoodCharacters are understood (design
// section 11).
inline constexpr std::size_t kUnderstoodCharacters = 4000;

struct Context {
  // True inside a guide or after a question of ours: done, next, back, stuck, yes and no may be
  // meant.
  enum class Scope { conversation, guide } scope = Scope::conversation;
  std::int64_t now = 0;  // UTC ms, for "yesterday"
};

struct Explanation {
  std::string folded;
  Understanding understanding;
  struct Weight {
    std::string words;  // the n-gram
    double weight = 0;  // its part in the best intent's score
  };
  std::vector<Weight> weights;  // heaviest first
  double accept_at = 0;         // probability at or above which an intent is answered
  double ask_at = 0;
};

class Detector {
 public:
  static std::unique_ptr<Detector> train(const Dataset& data);
  // What `train` learned from this very data, as bytes for the next start; nothing from bytes that
  // are damaged.
  std::string save() const;
  static std::unique_ptr<Detector> load(std::string_view bytes, const Dataset& data);
  Understanding understand(std::string_view text, const Context& context) const;
  Explanation explain(std::string_view text, const Context& context) const;
  // Names of all intents, sorted, without out_of_scope.
  std::vector<std::string> intents() const;

 private:
  // A message is read twice: by the model of its language (in all its scripts: Persian and
  // romanised Persian share what they are made of) and by one of all languages, which knows the
  // words that people mix in. The mean of both is right about a point more often than either, and
  // wrong less often.
  struct Group {
    std::unique_ptr<Model> model;
    std::vector<int> intent_of;  // class -> place in names_; -1: out of scope
  };
  // In which languages a message is read, each with how likely it is.
  struct Reading {
    std::vector<std::pair<const Group*, double>> groups;
    double accept_at = 0, ask_at = 0;  // probabilities
    const Words* words = nullptr;
    Context::Scope scope = Context::Scope::conversation;
  };
  struct Scored {
    std::string name;
    double value = 0;  // probability
  };
  void take_over(const Dataset& data);
  Group group_of(std::unique_ptr<Model> model) const;
  Reading read(const locales::FoldedText& text, const Context& context) const;
  std::vector<Scored> score(const locales::FoldedText& text, const Reading& reading) const;
  void decide(const locales::FoldedText& folded, const Reading& reading,
              Understanding& result) const;
  void heed_clauses(const locales::FoldedText& folded, const std::vector<Clause>& clauses,
                    const Reading& reading, std::vector<Scored>& scored) const;
  bool is_guide_only(const std::string& intent) const;
  std::string second_intent(const locales::FoldedText& folded, const std::vector<Clause>& clauses,
                            const std::vector<Scored>& whole, const Reading& reading) const;

  Group common_;                         // learned from all languages together
  std::map<std::string, Group> groups_;  // by language: "fa" for fa and fa-Latn
  std::vector<std::string> names_;       // of all intents, sorted, without out_of_scope
  std::set<std::string> guide_only_;
  std::set<std::string> wishes_;
  LocaleGuesser locale_guesser_;
  WordBook words_;
};

}  // namespace handrail::intents
