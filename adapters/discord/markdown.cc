#include "adapters/discord/markdown.h"

#include "adapters/plain_text.h"

namespace handrail::adapters::discord {
namespace {

constexpr const char* kZeroWidthSpace = "\u200B";

bool is_special(char c) {
  switch (c) {
    case '\\': case '*': case '_': case '~': case '|': case '>': case '[': case ']': case '(': case ')':
      return true;
    default:
      return false;
  }
}

bool starts_line(std::string_view text, std::size_t at) { return at == 0 || text[at - 1] == '\n'; }

// "12." at the start of a line would become a list, and its number perhaps another one.
bool ends_list_number(std::string_view text, std::size_t at) {
  if (text[at] != '.' || at == 0) return false;
  std::size_t begin = at;
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
  return begin < at && starts_line(text, begin);
}

}  // namespace

std::string to_markdown(std::string_view text) {
  std::string result;
  bool in_code = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '`') {
      // Only a single pair is ours; a run of backticks would open a block.
      const bool run = i + 1 < text.size() && text[i + 1] == '`';
      if (run) {
        result += "\\`";
        continue;
      }
      in_code = !in_code;
      result += c;
      continue;
    }
    if (in_code) {
      result += c;
      // Code is for copying, so only what would look like a mention is parted, should a cut open the span.
      const std::string_view rest = text.substr(i);
      const bool mention = rest.rfind("@everyone", 0) == 0 || rest.rfind("@here", 0) == 0 || rest.rfind("<@", 0) == 0 ||
                           rest.rfind("<#", 0) == 0;
      if (mention) result += kZeroWidthSpace;
      continue;
    }
    if (text.substr(i, 2) == "**") {
      result += "**";
      ++i;
      continue;
    }
    if (is_special(c)) result += '\\';
    if (starts_line(text, i) && (c == '#' || c == '-')) result += '\\';
    if (ends_list_number(text, i)) result += '\\';
    result += c;
    // Mentions and tokens (<@1>, <t:1>, @everyone) are parted so that they do not even look like ones.
    if (c == '@' || c == '<') result += kZeroWidthSpace;
  }
  if (in_code) result += '`';
  return result;
}

std::string to_plain(std::string_view text) {
  std::string result;
  for (const char c : strip_emphasis(std::string(text))) {
    result += c;
    if (c == '@' || c == '<') result += kZeroWidthSpace;
  }
  return result;
}

}  // namespace handrail::adapters::discord
