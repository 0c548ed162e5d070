// Proofs of origin: HMAC-SHA256 (RFC 2104), Ed25519 (RFC 8032) and JWT with HS256 (RFC 7519), by libsodium. Comparisons take
// the same time wherever they differ; an empty secret or a missing proof is never accepted. Pure and thread safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace handrail::adapters {

// Older or younger requests than this are refused (contracts: Slack section 1; our advice for Discord too).
inline constexpr std::int64_t kSignatureWindowSeconds = 300;

std::string hmac_sha256_hex(std::string_view key, std::string_view message);
bool equal_constant_time(std::string_view a, std::string_view b);
// Hex texts; false for anything that is not hex of the right length.
bool verify_ed25519(std::string_view public_key_hex, std::string_view signature_hex, std::string_view message);

// Unix seconds from a header; nothing when it is not plain digits.
std::optional<std::int64_t> parse_seconds(std::string_view text);
bool within_window(std::int64_t seconds, std::int64_t now_ms);

std::string make_jwt(const nlohmann::json& claims, std::string_view key);
struct JwtResult {
  nlohmann::json claims;  // an object when `because` is empty
  std::string because;    // "malformed", "wrong_algorithm", "bad_signature", "expired", "no_expiry"
};
// The algorithm is ours, never the token's. `exp` is required.
JwtResult read_jwt(std::string_view token, std::string_view key, std::int64_t now_ms);

}  // namespace handrail::adapters
