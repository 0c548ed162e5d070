// Every channel folder under adapters/, found by CMake: dropping in a folder with a channel.cc registers it.
#pragma once

#include <string_view>
#include <vector>

#include "adapters/channel.h"

namespace handrail::adapters {

// All channels, sorted by name. They live as long as the program.
const std::vector<const Channel*>& channels();
// The channel of that name, or null.
const Channel* find_channel(std::string_view name);
// The channel that is posted to at `path`, or null.
const Channel* find_channel_for_path(std::string_view path);

}  // namespace handrail::adapters
