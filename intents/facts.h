// Facts that a message states: amounts, dates, numbers of orders and tickets, e-mails, and what
// decides a refund. Each comes with the span of the original text it was read from. Pure and thread
// safe.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "intents/statements.h"
#include "intents/understanding.h"
#include "locales/text.h"

namespace handrail::intents {

// `now` (UTC ms) resolves "yesterday" and dates without a year: people tell what has happened, so
// they mean the last time that day was.
std::vector<Fact> extract_facts(std::string_view original, const locales::FoldedText& folded,
                                const Languages& languages, std::int64_t now);

}  // namespace handrail::intents
