// Frames from outside as JSON, read through typed getters: whatever is missing or of another type is a default, never an
// exception. The adapters have a richer reader; a connection looks at a handful of fields only and stays below them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace handrail::connections {

// Nested arrays and objects that a frame may have. Discord's and Slack's have about a dozen; writing JSON is recursive, so
// that a frame of brackets alone would otherwise end the program later.
inline constexpr int kFrameDepth = 64;

// One JSON object in valid UTF-8, or nothing.
std::optional<nlohmann::json> parse_frame(std::string_view text);

// The member, or null when `object` is none or has no such member.
const nlohmann::json& member(const nlohmann::json& object, const char* key);
const nlohmann::json& member(nlohmann::json&& passing, const char* key) = delete;  // the answer would outlive it
std::string text_of(const nlohmann::json& object, const char* key);
std::optional<std::int64_t> integer_of(const nlohmann::json& object, const char* key);
bool flag_of(const nlohmann::json& object, const char* key);

// Compact, with invalid UTF-8 replaced.
std::string write_frame(const nlohmann::json& frame);

}  // namespace handrail::connections
