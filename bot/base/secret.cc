#include "bot/base/secret.h"

#include <sodium.h>

#include <vector>

namespace handrail::base {
namespace {

const unsigned char* bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

}  // namespace

bool start_crypto() { return sodium_init() >= 0; }

std::string hash_password(std::string_view password) {
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(),
                        crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
    return "";
  }
  return hash.data();
}

bool verify_password(std::string_view password, const std::string& hash) {
  return !hash.empty() &&
         crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

std::string hash_token(std::string_view token) {
  std::array<unsigned char, crypto_generichash_BYTES> hash{};
  crypto_generichash(hash.data(), hash.size(), bytes(token), token.size(), nullptr, 0);
  std::string hex(hash.size() * 2 + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), hash.data(), hash.size());
  hex.pop_back();
  return hex;
}

std::string hmac_sha256(std::string_view key, std::string_view message) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes(key), key.size());
  crypto_auth_hmacsha256_update(&state, bytes(message), message.size());
  std::string mac(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, bytes(mac));
  return mac;
}

bool equal_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

namespace {

std::string encoded(std::string_view raw, int variant) {
  std::string text(sodium_base64_encoded_len(raw.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes(raw), raw.size(), variant);
  text.pop_back();
  return text;
}

}  // namespace

std::string to_base64(std::string_view raw) { return encoded(raw, sodium_base64_VARIANT_ORIGINAL); }
std::string to_base64url(std::string_view raw) { return encoded(raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING); }

std::optional<std::string> from_base64url(std::string_view text) {
  std::string raw(text.size(), '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  if (sodium_base642bin(bytes(raw), raw.size(), text.data(), text.size(), nullptr, &size, &end,
                        sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0 ||
      end != text.data() + text.size()) {
    return std::nullopt;
  }
  raw.resize(size);
  return raw;
}

std::optional<Vault> Vault::open(std::string_view key_base64url) {
  const auto raw = from_base64url(key_base64url);
  if (!raw || raw->size() != kKeyBytes) return std::nullopt;
  Vault vault;
  std::copy(raw->begin(), raw->end(), vault.key_.begin());
  return vault;
}

std::string Vault::new_key() {
  std::string raw(kKeyBytes, '\0');
  randombytes_buf(raw.data(), raw.size());
  return to_base64url(raw);
}

std::string Vault::seal(std::string_view plain) const {
  std::string nonce(crypto_secretbox_NONCEBYTES, '\0');
  randombytes_buf(nonce.data(), nonce.size());
  std::string box(plain.size() + crypto_secretbox_MACBYTES, '\0');
  crypto_secretbox_easy(bytes(box), bytes(plain), plain.size(), bytes(nonce), key_.data());
  return to_base64url(nonce + box);
}

std::optional<std::string> Vault::unseal(std::string_view sealed) const {
  const auto raw = from_base64url(sealed);
  constexpr std::size_t kOverhead = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
  if (!raw || raw->size() < kOverhead) return std::nullopt;
  const std::string_view view = *raw;
  const std::string_view box = view.substr(crypto_secretbox_NONCEBYTES);
  std::string plain(box.size() - crypto_secretbox_MACBYTES, '\0');
  if (crypto_secretbox_open_easy(bytes(plain), bytes(box), box.size(), bytes(view), key_.data()) !=
      0) {
    return std::nullopt;
  }
  return plain;
}

}  // namespace handrail::base
