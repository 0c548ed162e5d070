// What must not be read by others: hashes of passwords and tokens, encryption of short-lived
// secrets at rest, and comparing in constant time. libsodium: Argon2id (crypto_pwhash), BLAKE2b
// (crypto_generichash), XSalsa20-Poly1305 (crypto_secretbox _easy). Thread safe.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace handrail::base {

// Call once before anything else here. False when libsodium cannot start.
bool start_crypto();

// Argon2id, interactive limits: for passwords that people choose. Slow on purpose (about 0.1 s).
std::string hash_password(std::string_view password);
bool verify_password(std::string_view password, const std::string& hash);

// BLAKE2b-256 as hex: for random tokens that are looked up by their hash.
std::string hash_token(std::string_view token);

// HMAC-SHA256 as raw bytes (RFC 2104).
std::string hmac_sha256(std::string_view key, std::string_view message);

// Equal, in time that does not depend on where they differ.
bool equal_constant_time(std::string_view a, std::string_view b);

// Encrypts short-lived secrets that a restart needs. The key is 32 bytes.
class Vault {
 public:
  static constexpr std::size_t kKeyBytes = 32;
  // `key_base64url` of exactly kKeyBytes, or an empty optional.
  static std::optional<Vault> open(std::string_view key_base64url);
  static std::string new_key();  // base64url

  std::string seal(std::string_view plain) const;  // base64url of nonce and box
  // Nothing when it was not sealed with this key or was changed.
  std::optional<std::string> unseal(std::string_view sealed) const;

 private:
  std::array<unsigned char, kKeyBytes> key_{};
};

// With padding, as HTTP Basic wants it (RFC 4648 section 4).
std::string to_base64(std::string_view bytes);
std::string to_base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace handrail::base
