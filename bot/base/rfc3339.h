// Times as the API writes and reads them (RFC 3339). Inside the program a time is milliseconds
// since the Unix epoch, UTC.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace handrail::base {

// "2026-03-14T00:00:00Z"; with ".123" when there are milliseconds.
std::string to_rfc3339(std::int64_t at_ms);

// Takes any offset and fractions of a second (cut to milliseconds), "t" and "z", a blank for "T";
// nothing else.
std::optional<std::int64_t> from_rfc3339(std::string_view text);

}  // namespace handrail::base
