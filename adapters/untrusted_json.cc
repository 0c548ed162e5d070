#include "adapters/untrusted_json.h"

#include <algorithm>

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

}  // namespace

std::optional<nlohmann::json> parse_json(std::string_view text, JsonError* error) {
  if (too_deep(text)) {
    *error = {"", "JSON is nested more than " + std::to_string(kJsonDepth) + " levels deep."};
    return std::nullopt;
  }
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& problem) {
    *error = {"", "The body is not valid JSON in UTF-8 (near byte " + std::to_string(problem.byte) + ")."};
    return std::nullopt;
  }
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
