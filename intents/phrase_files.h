// The data of this room: intents/<intent>/<locale>.txt (phrases, one a line, # comments),
// <locale>.expect.txt (what must be recognised; a second label after a tab) and intent.json
// ({"description", "scope": "conversation" | "guide", "wish": true | false}); and
// <locale>.words.json (words.h).
//
// Loading reports every mistake at once. Errors: Problems; the phrases that are right are still
// returned.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "intents/words.h"
#include "locales/problem.h"

namespace handrail::intents {

struct Example {
  std::string text;
  std::string intent;
  std::string second_intent;  // expectations only; may be empty
  std::string locale;
  std::string file;
  int line = 0;
};

struct Dataset {
  std::vector<Example> examples;              // to learn from
  std::vector<Example> expectations;          // to be held against, never learnt from
  std::map<std::string, std::string> scopes;  // intent -> "conversation" or "guide"
  std::set<std::string> wishes;  // intents that a person may deny to have ("no refund needed")
  WordBook words;
};

// `folder` is intents/. Order of the result is fixed: by intent, locale and line, so that training
// is deterministic.
Dataset load_dataset(const std::string& folder, locales::Problems& problems);

// `intent<TAB>text` lines, as public benchmarks come.
std::vector<Example> load_tsv(const std::string& file, locales::Problems& problems);

}  // namespace handrail::intents
