// We never ask for a card number, and we do not keep one that somebody types: before anything is stored, all but its last
// four digits become dots.
//
// A card number is 13 to 19 digits in any script, alone or parted by single spaces or dashes, that pass the check of
// ISO/IEC 7812-1 (Luhn) and begin as those of payment cards do. Pure; one code point stays one, so spans still fit.
#pragma once

#include <optional>
#include <string>

#include "adapters/message.h"

namespace handrail::conversation {

// Nothing when the text has no card number.
std::optional<std::string> mask_card_numbers(const std::string& utf8);
// The message with its text and fields masked; nothing when there is nothing to mask.
std::optional<adapters::InboundMessage> without_card_numbers(const adapters::InboundMessage& message);

}  // namespace handrail::conversation
