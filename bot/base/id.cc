#include "bot/base/id.h"

#include <sodium.h>

#include <array>
#include <mutex>

#include "bot/base/secret.h"

namespace handrail::base {
namespace {

constexpr char kAlphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kTimeCharacters = 10;
constexpr std::size_t kRandomCharacters = kIdCharacters - kTimeCharacters;

}  // namespace

std::string new_id(std::int64_t now_ms) {
  static std::mutex mutex;
  static std::int64_t last_ms = 0;
  static std::array<unsigned char, kRandomCharacters> digits{};
  const std::lock_guard lock(mutex);
  if (now_ms > last_ms) {
    last_ms = now_ms;
    randombytes_buf(digits.data(), digits.size());
    for (unsigned char& digit : digits) digit &= 31U;
    digits[0] &= 15U;  // room to count up
  } else {
    // Same millisecond, or the clock went back: count up from the last id, so that order of making
    // is order of sorting.
    for (std::size_t i = digits.size(); i-- > 0;) {
      digits[i] = static_cast<unsigned char>((digits[i] + 1) & 31U);
      if (digits[i] != 0) break;
    }
  }
  std::string id = first_id_at(last_ms);
  for (std::size_t i = 0; i < kRandomCharacters; ++i)
    id[kTimeCharacters + i] = kAlphabet[digits[i]];
  return id;
}

std::string first_id_at(std::int64_t at_ms) {
  std::string id(kIdCharacters, '0');
  std::int64_t time = at_ms < 0 ? 0 : at_ms;
  for (std::size_t i = kTimeCharacters; i-- > 0;) {
    id[i] = kAlphabet[time & 31];
    time >>= 5;
  }
  return id;
}

std::string random_token(std::size_t bytes) {
  std::string raw(bytes, '\0');
  randombytes_buf(raw.data(), raw.size());
  return to_base64url(raw);
}

}  // namespace handrail::base
