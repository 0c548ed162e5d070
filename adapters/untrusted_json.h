// Outside JSON is read only through these typed getters, so that a missing or odd field is an error with its path and
// never an exception (the idea: Zulip's WildValue). Parsing stops at kJsonDepth levels before any tree is built.
//
// Thread safe: value semantics. An Untrusted view does not own its JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace handrail::adapters {

inline constexpr int kJsonDepth = 32;  // design section 11

struct JsonError {
  std::string path;     // "event.user", empty for the whole text
  std::string message;  // what is wrong, safe to send back
};

// Parses `text`: valid UTF-8, one JSON value, at most kJsonDepth nested arrays and objects. On error nothing, and *error.
std::optional<nlohmann::json> parse_json(std::string_view text, JsonError* error);

class Untrusted {
 public:
  Untrusted(const nlohmann::json* value, std::string path) : value_(value), path_(std::move(path)) {}

  bool present() const { return value_ != nullptr && !value_->is_null(); }
  Untrusted operator[](std::string_view key) const;  // absent when not an object or no such key
  Untrusted operator[](std::size_t index) const;     // absent when not an array or too short
  std::size_t size() const;                          // of an array, else 0
  // The text, or `fallback` when absent or not text. Snowflakes sent as numbers are not accepted.
  std::string text(std::string_view fallback = "") const;
  std::optional<std::int64_t> integer() const;
  bool boolean(bool fallback = false) const;
  bool is_object() const { return value_ != nullptr && value_->is_object(); }
  bool is_array() const { return value_ != nullptr && value_->is_array(); }
  const std::string& path() const { return path_; }
  const nlohmann::json* raw() const { return value_; }

 private:
  const nlohmann::json* value_;
  std::string path_;
};

}  // namespace handrail::adapters
