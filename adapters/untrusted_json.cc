#include "adapters/untrusted_json.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

namespace handrail::adapters {
namespace {

// Depth is counted in one pass over the bytes, before any tree exists: a body of brackets costs no memory and no stack.
bool too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      else if (c == '"') in_string = false;
      continue;
    }
    if (c == '"') in_string = true;
    if ((c == '[' || c == '{') && ++depth > kJsonDepth) return true;
    if (c == ']' || c == '}') --depth;
  }
  return false;
}

bool is_number(char c) { return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == 'e' || c == 'E'; }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// The UTF-16 unit of an escape \uXXXX that begins at `at`; -1: none does.
int unit_at(std::string_view text, std::size_t at) {
  constexpr std::size_t kEscape = 6;
  if (at + kEscape > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  int unit = 0;
  for (std::size_t i = at + 2; i < at + kEscape; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit;
}

bool is_high(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// JSON that its grammar allows and our parser does not hold: numbers beyond a double become null, halves of a surrogate pair
// (JavaScript writes them) become U+FFFD. One odd field nobody reads must not cost the message around it.
std::string tamed(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (in_string && c == '\\') {
      const int unit = unit_at(text, i);
      const bool pair = is_high(unit) && is_low(unit_at(text, i + 6));
      const std::size_t length = std::min<std::size_t>(unit < 0 ? 2 : pair ? 12 : 6, text.size() - i);
      const bool half = !pair && (is_high(unit) || is_low(unit));
      result += half ? std::string_view("\\ufffd") : text.substr(i, length);
      i += length;
      continue;
    }
    if (c == '"') in_string = !in_string;
    if (in_string || !is_number(c) || (i > 0 && std::isalpha(static_cast<unsigned char>(text[i - 1])) != 0)) {
      result += c;
      ++i;
      continue;
    }
    std::size_t end = i;
    while (end < text.size() && is_number(text[end])) ++end;
    const std::string number(text.substr(i, end - i));
    result += std::isinf(std::strtod(number.c_str(), nullptr)) ? "null" : number;
    i = end;
  }
  return result;
}

}  // namespace

std::optional<nlohmann::json> parse_json(std::string_view text, JsonError* error) {
  if (too_deep(text)) {
    *error = {"", "JSON is nested more than " + std::to_string(kJsonDepth) + " levels deep."};
    return std::nullopt;
  }
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_discarded()) return json;
  try {
    return nlohmann::json::parse(tamed(text));
  } catch (const nlohmann::json::parse_error& problem) {
    *error = {"", "The body is not valid JSON in UTF-8 (near byte " + std::to_string(problem.byte) + ")."};
  } catch (const nlohmann::json::exception&) {
    *error = {"", "The body is JSON that cannot be held: a number in it is too large."};
  }
  return std::nullopt;
}

Untrusted Untrusted::operator[](std::string_view key) const {
  std::string path = path_.empty() ? std::string(key) : path_ + "." + std::string(key);
  if (value_ == nullptr || !value_->is_object()) return {nullptr, std::move(path)};
  const auto found = value_->find(key);
  return {found == value_->end() ? nullptr : &*found, std::move(path)};
}

Untrusted Untrusted::operator[](std::size_t index) const {
  std::string path = path_ + "[" + std::to_string(index) + "]";
  if (value_ == nullptr || !value_->is_array() || index >= value_->size()) return {nullptr, std::move(path)};
  return {&(*value_)[index], std::move(path)};
}

std::size_t Untrusted::size() const { return is_array() ? value_->size() : 0; }

std::string Untrusted::text(std::string_view fallback) const {
  return value_ != nullptr && value_->is_string() ? value_->get<std::string>() : std::string(fallback);
}

std::optional<std::int64_t> Untrusted::integer() const {
  if (value_ == nullptr || !value_->is_number_integer()) return std::nullopt;
  return value_->get<std::int64_t>();
}

bool Untrusted::boolean(bool fallback) const {
  return value_ != nullptr && value_->is_boolean() ? value_->get<bool>() : fallback;
}

}  // namespace handrail::adapters
