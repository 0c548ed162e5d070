#include "tests/conversation/transcript.h"

#include <algorithm>
#include <array>
#include <regex>
#include <sstream>
#include <string_view>

namespace handrail::conversation::transcripts {
namespace {

constexpr std::array<std::string_view, 6> kSettings{"account", "channel", "place", "locale", "now", "link_page"};

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

// The words after a mark; a mark alone stands for an empty line.
std::string after(const std::string& line, std::size_t mark) {
  const std::size_t from = line.size() > mark && line[mark] == ' ' ? mark + 1 : mark;
  return line.substr(std::min(from, line.size()));
}

bool is_answer(const std::string& line) { return starts_with(line, "<"); }
bool is_outcome(const std::string& line) { return line == "= silent" || line == "= refused"; }

class Parser {
 public:
  explicit Parser(Transcript& transcript) : transcript_(transcript) {}

  void run() {
    transcript_.scenes.emplace_back();
    for (const std::string& line : transcript_.lines) {
      ++number_;
      read(line);
      previous_ = line;
    }
    // What stands above the first title is a conversation only if something happens there.
    if (transcript_.scenes.front().moves.empty() && transcript_.scenes.size() > 1) {
      transcript_.scenes.erase(transcript_.scenes.begin());
    }
    for (const Scene& scene : transcript_.scenes) {
      if (scene.moves.empty()) wrong(scene.line, "nothing is said here: a conversation needs a line that begins with >");
    }
  }

 private:
  Scene& scene() { return transcript_.scenes.back(); }
  void wrong(int line, const std::string& what) {
    transcript_.errors.push_back(transcript_.file + ":" + std::to_string(line) + ": " + what);
  }
  void wrong(const std::string& what) { wrong(number_, what); }

  void read(const std::string& line) {
    if (line.empty() || starts_with(line, "# ") || line == "#") return;
    if (line.find_first_not_of(" \t") == std::string::npos) return wrong("a line of blanks: leave it empty");
    if (starts_with(line, "## ")) return begin_scene(after(line, 2));
    if (is_answer(line)) return read_answer(line);
    switch (line[0]) {
      case '>':
        return read_said(line);
      case '[':
        return read_press(line);
      case '(':
        return read_repeat(line);
      case '~':
        return read_pause(line);
      case '@':
        return read_agent(line);
      case '*':
        return read_world(line);
      case '=':
        return read_check(line);
      default:
        return read_setting(line);
    }
  }

  void begin_scene(const std::string& title) {
    transcript_.scenes.emplace_back();
    scene().title = title;
    scene().line = number_;
  }

  Move& add(MoveKind kind) {
    Move move;
    move.kind = kind;
    move.first_line = move.last_line = number_;
    scene().moves.push_back(std::move(move));
    return scene().moves.back();
  }

  void read_said(const std::string& line) {
    const bool in_dm = starts_with(line, ">>");
    const std::string text = after(line, in_dm ? 2 : 1);
    if (text.empty()) return wrong("> needs the words that the person writes");
    const bool joins = starts_with(previous_, ">") && !scene().moves.empty() && scene().moves.back().in_dm == in_dm;
    Move& move = joins ? scene().moves.back() : add(MoveKind::says);
    move.in_dm = in_dm;
    move.texts.push_back(text);
    move.last_line = number_;
  }

  void read_press(const std::string& line) {
    if (line.size() < 3 || line.back() != ']') return wrong("a button is pressed as [its label]");
    add(MoveKind::presses).texts.push_back(line.substr(1, line.size() - 2));
  }

  void read_repeat(const std::string& line) {
    static const std::regex form("\\(([1-9][0-9]{0,3}) times more\\)");
    std::smatch match;
    if (!std::regex_match(line, match, form)) return wrong("the last message is repeated as (29 times more)");
    if (scene().moves.empty()) return wrong("nothing has been said that could be repeated");
    add(MoveKind::repeats).count = std::stoll(match[1]);
  }

  void read_pause(const std::string& line) {
    static const std::regex form("~ ([1-9][0-9]{0,5})([smhd])");
    std::smatch match;
    if (!std::regex_match(line, match, form)) return wrong("time passes as ~ 30s, ~ 2m, ~ 3h or ~ 1d");
    const std::map<std::string, std::int64_t> units = {{"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
    add(MoveKind::passes).count = std::stoll(match[1]) * units.at(match[2]);
  }

  void read_agent(const std::string& line) {
    static const std::regex says("@ ([^:]+): (.+)");
    static const std::regex acts("@ (\\S+) (claims|reopens|resolves)(?: (answered|approved|denied))?");
    std::smatch match;
    if (std::regex_match(line, match, acts)) {
      add(MoveKind::agent).texts = {match[1], match[2], match[3]};
    } else if (std::regex_match(line, match, says)) {
      add(MoveKind::agent).texts = {match[1], "reply", match[2]};
    } else {
      wrong("an agent acts as @ Sara: words, @ Sara claims, @ Sara resolves approved or @ Sara reopens");
    }
  }

  void read_world(const std::string& line) {
    static const std::regex form("\\* (account service (down|up)|linked to \\S+|account \\{.*\\})");
    if (!std::regex_match(line, form)) {
      return wrong("the world changes as * account {...}, * account service down or * linked to ana");
    }
    add(MoveKind::world).texts.push_back(after(line, 1));
  }

  void read_answer(const std::string& line) {
    if (scene().moves.empty() || !scene().moves.back().is_answered()) {
      return wrong("an answer must follow what the person says, a button or an agent");
    }
    Move& move = scene().moves.back();
    if (move.outcome != Outcome::answered || !move.checks.empty()) {
      return wrong("an answer stands right below what it answers, above every = line");
    }
    const bool in_dm = starts_with(line, "<<");
    const std::string text = after(line, in_dm ? 2 : 1);
    const bool joins = is_answer(previous_) && !move.answers.empty() && move.answers.back().in_dm == in_dm;
    if (joins) {
      move.answers.back().text += "\n" + text;
    } else {
      move.answers.push_back({in_dm, text});
    }
  }

  void read_check(const std::string& line) {
    if (scene().moves.empty()) return wrong("= looks at what has happened, and nothing has");
    Move& move = scene().moves.back();
    if (is_outcome(line)) {
      if (!move.answers.empty()) return wrong("this was answered above, so it is not " + line.substr(2));
      move.outcome = line == "= silent" ? Outcome::silent : Outcome::refused;
      return;
    }
    std::istringstream stream(line.substr(1));
    Check check;
    check.line = number_;
    for (std::string word; stream >> word;) check.words.push_back(word);
    static const std::map<std::string, std::size_t> known = {{"ticket", 3}, {"tickets", 2}, {"owner", 2}, {"locale", 2}};
    const auto form = check.words.empty() ? known.end() : known.find(check.words.front());
    if (form == known.end() || check.words.size() < form->second) {
      return wrong("a check is = silent, = refused, = ticket KIND STATE [name=value...], = tickets N, = owner WHO or "
                   "= locale TAG");
    }
    move.checks.push_back(std::move(check));
  }

  void read_setting(const std::string& line) {
    static const std::regex form("([a-z_]+): (.+)");
    std::smatch match;
    if (!std::regex_match(line, match, form)) return wrong("begin a line with # ## > < [ ( ~ @ * = or name: value");
    const std::string name = match[1];
    if (std::find(kSettings.begin(), kSettings.end(), name) == kSettings.end()) {
      return wrong("unknown setting " + name + ": account, channel, place, locale, now or link_page");
    }
    if (!scene().moves.empty()) return wrong("settings stand above what is said");
    if (!scene().settings.emplace(name, Setting{number_, match[2]}).second) return wrong(name + " is set twice");
  }

  Transcript& transcript_;
  int number_ = 0;
  std::string previous_;
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// As the file shows it: each line behind its mark, replies apart.
std::vector<std::string> shown(const std::vector<Answer>& answers) {
  std::vector<std::string> lines;
  for (const Answer& answer : answers) {
    if (!lines.empty()) lines.emplace_back();
    const std::string mark = answer.in_dm ? "<<" : "<";
    for (const std::string& line : lines_of(answer.text)) lines.push_back(line.empty() ? mark : mark + " " + line);
  }
  return lines;
}

}  // namespace

Transcript parse_transcript(const std::string& file, const std::string& content) {
  Transcript transcript;
  transcript.file = file;
  transcript.lines = lines_of(content);
  Parser(transcript).run();
  return transcript;
}

std::string rewrite(const Transcript& transcript, const std::map<int, Played>& played) {
  std::string result;
  bool blank_before = false;  // an empty line that separates replies goes with them
  bool in_answers = false;
  for (std::size_t i = 0; i < transcript.lines.size(); ++i) {
    const std::string& line = transcript.lines[i];
    if (is_answer(line) || is_outcome(line)) {
      in_answers = true;
      blank_before = false;
      continue;
    }
    if (line.empty() && in_answers) {
      blank_before = true;
      continue;
    }
    if (blank_before) result += "\n";
    in_answers = blank_before = false;
    result += line + "\n";
    const auto answered = played.find(static_cast<int>(i) + 1);
    if (answered == played.end()) continue;
    if (answered->second.outcome == Outcome::silent) result += "= silent\n";
    if (answered->second.outcome == Outcome::refused) result += "= refused\n";
    for (const std::string& one : shown(answered->second.answers)) result += one + "\n";
  }
  return result;
}

std::string difference(const std::vector<Answer>& expected, const std::vector<Answer>& played) {
  const std::vector<std::string> a = shown(expected);
  const std::vector<std::string> b = shown(played);
  // longest[i][j]: lines that a from i on and b from j on have in common.
  std::vector<std::vector<std::size_t>> longest(a.size() + 1, std::vector<std::size_t>(b.size() + 1, 0));
  for (std::size_t i = a.size(); i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      longest[i][j] = a[i] == b[j] ? longest[i + 1][j + 1] + 1 : std::max(longest[i + 1][j], longest[i][j + 1]);
    }
  }
  std::string text;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      text += "    " + a[i++] + "\n";
      ++j;
    } else if (i < a.size() && (j == b.size() || longest[i + 1][j] >= longest[i][j + 1])) {
      text += "  - " + a[i++] + "\n";
    } else {
      text += "  + " + b[j++] + "\n";
    }
  }
  return text;
}

}  // namespace handrail::conversation::transcripts
