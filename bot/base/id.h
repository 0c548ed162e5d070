// Ids that sort by time: 10 characters of milliseconds and 16 of randomness in Crockford's base 32
// (the ULID layout, github.com/ulid/spec), lower case. Within one process and millisecond they
// still grow. Thread safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace handrail::base {

inline constexpr std::size_t kIdCharacters = 26;

// A new id such as "01jd3w8m4k6x9..." for a thing made at `now_ms`.
std::string new_id(std::int64_t now_ms);

// No id made at `at_ms` or later sorts before this, none made earlier sorts after it: age by the
// primary key alone.
std::string first_id_at(std::int64_t at_ms);

// `bytes` random bytes (libsodium) as unpadded base64url: tokens, passwords, keys.
std::string random_token(std::size_t bytes);

}  // namespace handrail::base
