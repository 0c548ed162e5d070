#include "bot/team/commands.h"

namespace handrail::team {
namespace {

constexpr std::string_view kSpaces = " \t\r\n";

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == text.npos) return "";
  return std::string(text.substr(begin, text.find_last_not_of(kSpaces) + 1 - begin));
}

void add_line(std::string& text, std::string_view line) {
  if (!text.empty()) text += "\n";
  text += line;
}

}  // namespace

Line read_line(std::string_view text) {
  const std::string all = trimmed(text);
  if (all.size() > 1 && all[0] == '!') {
    const std::size_t end = std::min(all.find_first_of(kSpaces), all.size());
    Command command{all.substr(1, end - 1), trimmed(std::string_view(all).substr(end))};
    for (char& c : command.verb) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return command;
  }
  Words words;
  std::size_t at = 0;
  while (at <= all.size()) {
    const std::size_t end = std::min(all.find('\n', at), all.size());
    const std::string_view line = std::string_view(all).substr(at, end - at);
    const std::size_t begin = line.find_first_not_of(" \t");
    const bool is_note = begin != line.npos && line.substr(begin, 2) == "//";
    add_line(is_note ? words.note : words.to_person, is_note ? trimmed(line.substr(begin + 2)) : std::string(line));
    at = end + 1;
  }
  return Words{trimmed(words.to_person), trimmed(words.note)};
}

}  // namespace handrail::team
