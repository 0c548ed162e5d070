#include "adapters/json_text.h"

#include <array>
#include <charconv>

#include "locales/text.h"

namespace handrail::adapters {
namespace {

using nlohmann::json;

std::string library_text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

bool is_plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

void append_escape(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 0xF];
}

// Copied in runs: nearly all of a text needs no escape.
void append_string(std::string& out, const std::string& text) {
  if (!locales::is_valid_utf8(text)) {
    out += library_text(text);
    return;
  }
  out += '"';
  auto run = text.begin();
  for (auto at = text.begin(); at != text.end(); ++at) {
    if (is_plain(*at)) continue;
    out.append(run, at);
    append_escape(out, *at);
    run = at + 1;
  }
  out.append(run, text.end());
  out += '"';
}

template <typename Integer>
void append_integer(std::string& out, Integer number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

// As deep as the value: what came from outside is at most kJsonDepth levels deep, what we build a few.
void append(std::string& out, const json& value) {
  switch (value.type()) {
    case json::value_t::object: {
      out += '{';
      const char* between = "";
      for (const auto& [name, member] : value.get_ref<const json::object_t&>()) {
        out += between;
        append_string(out, name);
        out += ':';
        append(out, member);
        between = ",";
      }
      out += '}';
      return;
    }
    case json::value_t::array: {
      out += '[';
      const char* between = "";
      for (const json& element : value) {
        out += between;
        append(out, element);
        between = ",";
      }
      out += ']';
      return;
    }
    case json::value_t::string: return append_string(out, value.get_ref<const std::string&>());
    case json::value_t::boolean: out += value.get<bool>() ? "true" : "false"; return;
    case json::value_t::null: out += "null"; return;
    case json::value_t::number_integer: return append_integer(out, value.get<std::int64_t>());
    case json::value_t::number_unsigned: return append_integer(out, value.get<std::uint64_t>());
    default: out += library_text(value);  // numbers with a fraction
  }
}

}  // namespace

std::string json_text(const json& value) {
  std::string out;
  append(out, value);
  return out;
}

}  // namespace handrail::adapters
