// What decides a refund and is said in set phrases: unused credits, charged before or after
// cancelling, charged twice, by mistake; and a correction ("no, I meant ..."). Pure and thread
// safe.
//
// English, Persian and romanised Persian. A phrase that is denied ("I was not charged twice")
// states nothing. Spans are code points of the original text.
#pragma once

#include <vector>

#include "intents/understanding.h"
#include "locales/text.h"

namespace handrail::intents {

// At most one fact of each name, in the order of the phrase table; the correction is last.
std::vector<Fact> extract_statements(const locales::FoldedText& folded);

}  // namespace handrail::intents
