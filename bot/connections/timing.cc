#include "bot/connections/timing.h"

#include <sodium.h>

#include <algorithm>
#include <chrono>

namespace handrail::connections {

std::int64_t monotonic_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double random_fraction() { return randombytes_random() / 4'294'967'296.0; }  // 2^32

std::int64_t backoff_ms(int failures, std::int64_t first_ms, std::int64_t longest_ms, double random) {
  constexpr int kDoublings = 20;  // more would pass any ceiling and in the end the number itself
  const std::int64_t ceiling = std::min(longest_ms, first_ms << std::clamp(failures, 0, kDoublings));
  return ceiling / 2 + static_cast<std::int64_t>(random * static_cast<double>(ceiling - ceiling / 2));
}

}  // namespace handrail::connections
