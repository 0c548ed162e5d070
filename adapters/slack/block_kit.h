// Replies as Block Kit messages within Slack's limits (contract section 6): split at steps, never through one. Pure.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "adapters/message.h"

namespace handrail::adapters::slack {

inline constexpr std::size_t kBlocksPerMessage = 50;
inline constexpr std::size_t kSectionCharacters = 3000;
inline constexpr std::size_t kHeaderCharacters = 150;
inline constexpr std::size_t kButtonLabelCharacters = 75;
inline constexpr std::size_t kButtonAddressCharacters = 3000;
inline constexpr std::size_t kButtonsPerBlock = 25;
inline constexpr std::size_t kMessageCharacters = 12'000;  // all blocks together; refused near 13,200 (contract)
inline constexpr std::size_t kTextCharacters = 4000;       // the plain `text` of one message (contract: advice)
inline constexpr std::size_t kAltTextCharacters = 2000;

// One or more messages, each {"text": ..., "blocks": [...]}; together they say everything. `image_base` is the public
// https address, or empty: then pictures are left out and the words stand alone.
std::vector<nlohmann::json> to_messages(const Reply& reply, const std::string& image_base);

}  // namespace handrail::adapters::slack
