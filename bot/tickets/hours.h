// When people are there: business hours in the operator's time zone (ICU calendars, so daylight saving time is right).
#pragma once

#include <cstdint>

#include "bot/config/config.h"

namespace handrail::tickets {

struct Presence {
  bool now = true;
  std::int64_t next_at = 0;  // start of the next span when not now; 0 when no span exists
};
Presence presence(const config::Hours& hours, std::int64_t now);

}  // namespace handrail::tickets
