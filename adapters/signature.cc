#include "adapters/signature.h"

#include <sodium.h>

#include <array>
#include <charconv>

namespace handrail::adapters {
namespace {

constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr std::size_t kLongestToken = 4096;

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string hmac_sha256(std::string_view key, std::string_view message) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes(message), message.size());
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, reinterpret_cast<unsigned char*>(mac.data()));
  return mac;
}

std::string to_base64url(std::string_view raw) {
  std::string text(sodium_base64_encoded_len(raw.size(), kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes(raw), raw.size(), kBase64);
  text.pop_back();
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  std::string raw(text.size() + 1, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(raw.data()), raw.size(), text.data(), text.size(), nullptr, &size,
                        &end, kBase64) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  raw.resize(size);
  return raw;
}

template <std::size_t Size>
bool from_hex(std::string_view hex, std::array<unsigned char, Size>& into) {
  std::size_t size = 0;
  const char* end = nullptr;
  return hex.size() == Size * 2 &&
         sodium_hex2bin(into.data(), Size, hex.data(), hex.size(), nullptr, &size, &end) == 0 && size == Size &&
         end == hex.data() + hex.size();
}

}  // namespace

std::string hmac_sha256_hex(std::string_view key, std::string_view message) {
  const std::string mac = hmac_sha256(key, message);
  std::string hex(mac.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes(mac), mac.size());
  hex.pop_back();
  return hex;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool verify_ed25519(std::string_view public_key_hex, std::string_view signature_hex, std::string_view message) {
  std::array<unsigned char, crypto_sign_PUBLICKEYBYTES> key{};
  std::array<unsigned char, crypto_sign_BYTES> signature{};
  return from_hex(public_key_hex, key) && from_hex(signature_hex, signature) &&
         crypto_sign_verify_detached(signature.data(), bytes(message), message.size(), key.data()) == 0;
}

std::optional<std::int64_t> parse_seconds(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || text[0] == '-') return std::nullopt;
  return value;
}

bool within_window(std::int64_t seconds, std::int64_t now_ms) {
  const std::int64_t difference = now_ms / 1000 - seconds;
  return difference <= kSignatureWindowSeconds && difference >= -kSignatureWindowSeconds;
}

std::string make_jwt(const nlohmann::json& claims, std::string_view key) {
  const std::string head = to_base64url(R"({"alg":"HS256","typ":"JWT"})") + "." + to_base64url(claims.dump());
  return head + "." + to_base64url(hmac_sha256(key, head));
}

JwtResult read_jwt(std::string_view token, std::string_view key, std::int64_t now_ms) {
  const std::size_t first = token.find('.');
  const std::size_t second = first == std::string_view::npos ? first : token.find('.', first + 1);
  if (second == std::string_view::npos || token.size() > kLongestToken) return {nullptr, "malformed"};
  const auto header_text = from_base64url(token.substr(0, first));
  const auto claims_text = from_base64url(token.substr(first + 1, second - first - 1));
  const auto signature = from_base64url(token.substr(second + 1));
  if (!header_text || !claims_text || !signature) return {nullptr, "malformed"};
  const auto header = nlohmann::json::parse(*header_text, nullptr, false);
  if (!header.is_object() || !header.contains("alg") || header["alg"] != "HS256") return {nullptr, "wrong_algorithm"};
  if (key.empty() || !equal_constant_time(*signature, hmac_sha256(key, token.substr(0, second)))) {
    return {nullptr, "bad_signature"};
  }
  auto claims = nlohmann::json::parse(*claims_text, nullptr, false);
  if (!claims.is_object()) return {nullptr, "malformed"};
  if (!claims.contains("exp") || !claims["exp"].is_number()) return {nullptr, "no_expiry"};
  if (claims["exp"].get<double>() * 1000 <= static_cast<double>(now_ms)) return {nullptr, "expired"};
  return {std::move(claims), ""};
}

}  // namespace handrail::adapters
