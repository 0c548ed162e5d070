// Time and chance for connections. Timers here run on the monotonic clock and not on base::Clock: a wall clock that is put
// right by an hour must neither hold heartbeats back nor make all of them due. Thread safe.
#pragma once

#include <cstdint>

namespace handrail::connections {

// Milliseconds since some moment before the start of the program.
std::int64_t monotonic_ms();

// Evenly from [0, 1).
double random_fraction();

// Doubling with jitter: half of the wait is fixed, half random, so that many clients do not come back all at once.
// `failures` so far: 0 waits up to `first_ms`. Never above `longest_ms`.
std::int64_t backoff_ms(int failures, std::int64_t first_ms, std::int64_t longest_ms, double random);

}  // namespace handrail::connections
