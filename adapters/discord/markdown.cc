#include "adapters/discord/markdown.h"

#include "adapters/plain_text.h"
#include "adapters/seams.h"

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

bool starts_line(std::string_view text, std::size_t at) {
  while (at > 0 && text[at - 1] == ' ') --at;
  return at == 0 || text[at - 1] == '\n';
}

// "12." at the start of a line would become a list, and its number perhaps another one.
bool ends_list_number(std::string_view text, std::size_t at) {
  if (text[at] != '.' || at == 0) return false;
  std::size_t begin = at;
  while (begin > 0 && text[begin - 1] >= '0' && text[begin - 1] <= '9') --begin;
  return begin < at && starts_line(text, begin);
}

// Mentions and tokens (<@1>, <t:1>, @everyone) are parted so that they do not even look like ones; an address of mail is none.
bool begins_token(std::string_view rest) {
  return rest[0] == '<' || rest.rfind("@everyone", 0) == 0 || rest.rfind("@here", 0) == 0;
}

// Code is for copying: nothing is escaped, and only what would look like a mention is parted.
void append_code(std::string& result, std::string_view code) {
  for (std::size_t i = 0; i < code.size(); ++i) {
    const std::string_view rest = code.substr(i);
    result += code[i];
    if (begins_token(rest) && (rest[0] == '@' || rest.rfind("<@", 0) == 0 || rest.rfind("<#", 0) == 0)) result += kZeroWidthSpace;
  }
}

// An address is for clicking: nothing is put into it. Where it would name everybody it is an address no more.
std::size_t end_of_link(std::string_view text, std::size_t at) {
  const std::size_t end = end_of_address(text, at);
  for (std::size_t i = at; i < end; ++i) {
    if (begins_token(text.substr(i))) return i;
  }
  return end;
}

}  // namespace

std::string to_markdown(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    if (const std::size_t end = end_of_code(text, i); end > i) {
      append_code(result, text.substr(i, end - i));
      i = end;
      continue;
    }
    if (const std::size_t end = end_of_link(text, i); end > i) {
      result += text.substr(i, end - i);
      i = end;
      continue;
    }
    if (text.substr(i, 2) == "**") {
      result += "**";
      i += 2;
      continue;
    }
    const char c = text[i];
    // A backtick without its other one, or a run of them, which would open a block, is only itself.
    if (is_special(c) || c == '`') result += '\\';
    if (starts_line(text, i) && (c == '#' || c == '-')) result += '\\';
    if (ends_list_number(text, i)) result += '\\';
    result += c;
    if (begins_token(text.substr(i))) result += kZeroWidthSpace;
    ++i;
  }
  return result;
}

std::string to_plain(std::string_view text) {
  const std::string words = strip_emphasis(std::string(text));
  std::string result;
  for (std::size_t i = 0; i < words.size(); ++i) {
    result += words[i];
    if (begins_token(std::string_view(words).substr(i))) result += kZeroWidthSpace;
  }
  return result;
}

}  // namespace handrail::adapters::discord
