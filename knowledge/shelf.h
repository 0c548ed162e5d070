// All guides, ready to be told: knowledge/<topic>/guide.json (what is the same in every language),
// <locale>.md (the words) and images/. `load` reports every mistake at once; what is right can be
// told. Immutable; safe from any thread.
//
// guide.json:
//   {"kind": "guide" | "answer",
//    "intro":    [{"id": "...", "when": <condition>}],
//    "steps":    [{"id": "...", "image": true, "done_when": <condition>}],
//    "callouts": [{"id": "...", "tone": "warning" | "info", "step": "<step id>", "when": ...}],
//    "outro":    [{"id": "...", "when": <condition>}],
//    "verify":   {"verified_when": <condition>, "not_done_when": <condition>,
//                 "back_to": "<step id>"}}
// Of intro and outro those whose condition holds are told, in order. An id stands once in a file.
// A group of alternatives: entries of one list with the same "group" are tried in order, the first
// that holds is told. With "verify" the words need the sections verified, not_done and cannot_tell.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "knowledge/condition.h"
#include "knowledge/guide_words.h"

struct sqlite3;

namespace handrail::knowledge {

struct Picture {
  std::string svg;  // "/media/cancel_subscription/open_credits.ltr.svg"
  std::string png;
  std::string alt;
};
struct GuideStep {
  std::string id;
  std::string title;
  std::string text;
  std::optional<Picture> picture;
  bool done = false;
};
struct RenderedCallout {
  std::string tone;
  std::string text;
  std::string step_id;  // the step it belongs to; may be empty
};
struct RenderedGuide {
  std::string topic;
  std::string locale;   // of the words
  std::string version;  // changes with any edit
  std::string title;
  std::vector<std::string> intro;
  std::vector<GuideStep> steps;
  std::vector<RenderedCallout> callouts;
  std::vector<std::string> outro;
  bool fell_back_to_english = false;
};

enum class Outcome { verified, not_done, cannot_tell };
struct Verification {
  Outcome outcome = Outcome::cannot_tell;
  std::string text;
  std::string back_to;  // step id
};

struct SearchHit {
  std::string topic;
  double score = 0;  // BM25, higher is better
};

struct Guide;

class Shelf {
 public:
  // `folder` is knowledge/; `locales`: languages that the words should be in, English first.
  static std::shared_ptr<const Shelf> load(const std::string& folder,
                                           const std::vector<std::string>& locales,
                                           const std::string& time_zone,
                                           locales::Problems& problems);
  ~Shelf();

  const Guide* find(const std::string& topic) const;  // null: none
  std::vector<std::string> topics() const;
  std::string title(const std::string& topic, const std::string& locale) const;
  // With the facts of the account; without facts the general guide. An unknown topic renders empty.
  RenderedGuide render(const std::string& topic, const std::string& locale,
                       const Facts& facts) const;
  // After "done". Without a "verify" in guide.json, or without facts: cannot_tell.
  Verification verify(const std::string& topic, const std::string& locale,
                      const Facts& facts) const;
  // What the words of guides have in common with `text`, best first.
  std::vector<SearchHit> search(const std::string& text, const std::string& locale,
                                std::size_t limit) const;

 private:
  struct Index;
  Shelf();
  std::map<std::string, std::unique_ptr<Guide>> guides_;
  std::string time_zone_;
  std::unique_ptr<Index> index_;
};

}  // namespace handrail::knowledge
