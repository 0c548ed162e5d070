#include "locales/json_lines.h"

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

namespace handrail::locales {
namespace {

// The end of the string that opens at `begin`, past its closing quote; npos when it never closes.
std::size_t end_of_string(std::string_view json, std::size_t begin) {
  for (std::size_t i = begin + 1; i < json.size(); ++i) {
    if (json[i] == '\\') {
      ++i;
    } else if (json[i] == '"') {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

std::string unescaped(std::string_view quoted) {
  const auto parsed = nlohmann::json::parse(quoted, nullptr, false);
  return parsed.is_string() ? parsed.get<std::string>() : std::string(quoted);
}

}  // namespace

int line_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  return 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n'));
}

std::vector<JsonKey> json_keys(std::string_view json) {
  std::vector<JsonKey> keys;
  std::vector<std::string> parents;  // paths of the open objects
  std::string path;                  // of the key read last
  int arrays = 0;
  int line = 1;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '\n') {
      ++line;
    } else if (c == '[') {
      ++arrays;
    } else if (c == ']') {
      --arrays;
    } else if (arrays == 0 && c == '{') {
      parents.push_back(parents.empty() ? "" : path + "/");
    } else if (arrays == 0 && c == '}' && !parents.empty()) {
      parents.pop_back();
    } else if (c == '"') {
      const std::size_t end = end_of_string(json, i);
      if (end == std::string_view::npos) break;
      const std::size_t next = json.find_first_not_of(" \t\r\n", end);
      const bool is_key = next != std::string_view::npos && json[next] == ':';
      if (is_key && arrays == 0 && !parents.empty()) {
        path = parents.back() + unescaped(json.substr(i, end - i));
        keys.push_back({path, line});
      }
      i = end - 1;
    }
  }
  return keys;
}

}  // namespace handrail::locales
