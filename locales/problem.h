// What is wrong with a data file, for people who edit data. Loading gathers every Problem before it
// gives up, so that one run shows all of them. Plain value; no errors of its own.
#pragma once

#include <string>
#include <vector>

namespace handrail::locales {

struct Problem {
  std::string file;
  int line = 0;  // 1-based; 0: the whole file
  std::string what;
};

// "file:line: what", or "file: what" without a line.
inline std::string to_text(const Problem& problem) {
  std::string text = problem.file;
  if (problem.line > 0) text.append(":").append(std::to_string(problem.line));
  return text.append(": ").append(problem.what);
}

using Problems = std::vector<Problem>;

}  // namespace handrail::locales
