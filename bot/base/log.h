// The program's log: `time level event key=value ...` on standard error. What people write and
// secrets never go in it; ids, counts, codes and durations do. Thread safe.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace handrail::base {

enum class Level { debug, info, warning, error };

// "debug", "info", "warning", "error", "off"; anything else leaves the level as it is and returns
// false.
bool set_log_level(std::string_view name);

using LogFields = std::vector<std::pair<std::string_view, std::string>>;
void log(Level level, std::string_view event, const LogFields& fields = {});

}  // namespace handrail::base
