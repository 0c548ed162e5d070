// The detector: learns from the phrase files and says what a message means (recipe and figures:
// README of this room).
//
// Immutable after training; `understand` is safe from any thread. Training is deterministic: same
// data, same scores.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
  Understanding understand(std::string_view text, const Context& context) const;
  Explanation explain(std::string_view text, const Context& context) const;
  // Names of all intents, sorted, without out_of_scope.
  std::vector<std::string> intents() const;

 private:
  struct Scored {
    std::string name;
    float value = 0;
  };
  std::vector<Scored> score(const locales::FoldedText& text, const Context& context) const;
  void decide(const locales::FoldedText& folded, const Context& context,
              Understanding& result) const;
  bool is_guide_only(const std::string& intent) const;
  std::string second_intent(const locales::FoldedText& folded, const std::vector<Scored>& whole,
                            const Context& context) const;

  std::unique_ptr<Model> model_;
  LocaleGuesser locale_guesser_;
  std::vector<bool> guide_only_;  // by class
};

}  // namespace handrail::intents
