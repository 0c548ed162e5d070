#include "adapters/slack/mrkdwn.h"

#include <algorithm>

#include "adapters/seams.h"

namespace handrail::adapters::slack {
namespace {

constexpr const char* kRightToLeftMark = "\u200F";

std::string unescape(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i, 4) == "&lt;") {
      result += '<';
      i += 4;
    } else if (text.substr(i, 4) == "&gt;") {
      result += '>';
      i += 4;
    } else if (text.substr(i, 5) == "&amp;") {
      result += '&';
      i += 5;
    } else {
      result += text[i++];
    }
  }
  return result;
}

void append_escaped(std::string& result, char c) {
  if (c == '&') result += "&amp;";
  else if (c == '<') result += "&lt;";
  else if (c == '>') result += "&gt;";
  else result += c;
}

// The words a person saw for one <...> token.
std::string token_words(std::string_view token, std::string_view bot_user) {
  const std::size_t bar = token.find('|');
  const std::string_view target = token.substr(0, bar);
  const std::string_view label = bar == std::string_view::npos ? std::string_view() : token.substr(bar + 1);
  if (target.empty()) return "";
  if (target[0] == '@') {
    if (!bot_user.empty() && target.substr(1) == bot_user) return "";
    return label.empty() ? "<" + std::string(target) + ">" : "@" + std::string(label);
  }
  if (target[0] == '#') return label.empty() ? "<" + std::string(target) + ">" : "#" + std::string(label);
  if (target[0] == '!') return label.empty() ? "" : std::string(label);
  if (target.rfind("mailto:", 0) == 0) return std::string(target.substr(7));
  return std::string(target);
}

}  // namespace

std::string escape(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) append_escaped(result, c);
  return result;
}

std::string to_mrkdwn(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    // Code and addresses are for copying and clicking: nothing is put into them.
    const std::size_t exact = std::max(end_of_code(text, i), end_of_address(text, i));
    if (exact > i) {
      result += escape(text.substr(i, exact - i));
      i = exact;
      continue;
    }
    if (text[i] == '*' && i + 1 < text.size() && text[i + 1] == '*') {
      result += '*';
      i += 2;
      continue;
    }
    // A single star of foreign text must not start bold: mrkdwn has no escape, so a zero-width space parts it.
    if (text[i] == '*' || text[i] == '_' || text[i] == '~') {
      result += "\u200B";
      result += text[i++];
      continue;
    }
    append_escaped(result, text[i++]);
  }
  return result;
}

std::string decode(std::string_view text, std::string_view bot_user) {
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t open = std::min(text.find('<', i), text.size());
    result += unescape(text.substr(i, open - i));
    if (open == text.size()) break;
    const std::size_t close = text.find('>', open);
    if (close == std::string_view::npos) {
      result += unescape(text.substr(open));
      break;
    }
    result += unescape(token_words(text.substr(open + 1, close - open - 1), bot_user));
    i = close + 1;
  }
  const std::size_t first = result.find_first_not_of(" \n\t");
  if (first == std::string::npos) return "";
  return result.substr(first, result.find_last_not_of(" \n\t") - first + 1);
}

std::string mark_direction(const std::string& text, bool right_to_left) {
  if (!right_to_left) return text;
  std::string result = kRightToLeftMark;
  for (const char c : text) {
    result += c;
    if (c == '\n') result += kRightToLeftMark;
  }
  return result;
}

}  // namespace handrail::adapters::slack
