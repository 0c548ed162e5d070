// A transcript file: conversations written as people read them, parsed into moves and written back. The marks are explained
// in tests/conversation/README.md. Errors are "file:line: what to do", all of them at once.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace handrail::conversation::transcripts {

// What the person reads after a move: one entry is one reply.
struct Answer {
  bool in_dm = false;  // arrives by DM while the conversation is somewhere else
  std::string text;
};
inline bool operator==(const Answer& a, const Answer& b) { return a.in_dm == b.in_dm && a.text == b.text; }

enum class Outcome {
  answered,
  silent,  // accepted, and nothing is said
  refused  // not accepted: too many messages
};

enum class MoveKind {
  says,     // texts: one message each, queued together
  presses,  // texts[0]: the label of a button
  repeats,  // the last message again, `count` times, each answered
  passes,   // `count` milliseconds
  agent,    // texts[0]: who, texts[1]: "reply", "claims", "resolves" or "reopens", texts[2]: words or outcome
  world     // texts[0]: what changes outside, e.g. "account service down"
};

struct Check {
  int line = 0;
  std::vector<std::string> words;
};

struct Move {
  MoveKind kind = MoveKind::says;
  int first_line = 0;
  int last_line = 0;
  bool in_dm = false;
  std::vector<std::string> texts;
  std::int64_t count = 0;
  Outcome outcome = Outcome::answered;
  std::vector<Answer> answers;
  std::vector<Check> checks;

  // Only these are answered, so only these have `<` lines, or `= silent` where nothing is said.
  bool is_answered() const { return kind == MoveKind::says || kind == MoveKind::presses || kind == MoveKind::agent; }
};

struct Setting {
  int line = 0;
  std::string value;
};

struct Scene {
  std::string title;  // empty: the file holds one conversation
  int line = 1;
  std::map<std::string, Setting> settings;
  std::vector<Move> moves;
};

struct Transcript {
  std::string file;
  std::vector<std::string> lines;
  std::vector<Scene> scenes;
  std::vector<std::string> errors;
};

Transcript parse_transcript(const std::string& file, const std::string& content);

// What a move was answered when it was played.
struct Played {
  Outcome outcome = Outcome::answered;
  std::vector<Answer> answers;
};
// The file with the `<` lines as they were played; `played` by Move::last_line. Everything else stays as it is.
std::string rewrite(const Transcript& transcript, const std::map<int, Played>& played);

// Both, line by line: "- " only expected, "+ " only played, "  " in both.
std::string difference(const std::vector<Answer>& expected, const std::vector<Answer>& played);

}  // namespace handrail::conversation::transcripts
