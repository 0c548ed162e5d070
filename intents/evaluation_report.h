// An evaluation as pictures: a reliability diagram, a confusion matrix and a histogram of
// confidence, each an SVG, and a page that shows them. Pure: texts in, texts out; the caller writes
// the files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace handrail::intents {

// One row of a test set with what became of it.
struct Judged {
  std::string expected;
  std::string decided;  // "out_of_scope" where it was rejected
  std::string best;     // without the threshold
  double probability = 0;
};

// File name -> content: reliability.svg, confusion.svg, confidence.svg, index.html. `figures`: what
// `evaluate` returned.
std::map<std::string, std::string> report(const std::vector<Judged>& rows,
                                          const nlohmann::json& figures);

}  // namespace handrail::intents
