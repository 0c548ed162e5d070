// What decides a refund and is said in set phrases: unused credits, charged before or after
// cancelling, charged twice, by mistake; and a correction ("no, I meant ..."). Pure and thread
// safe.
//
// The phrases are data (words.h). A phrase that is denied ("I was not charged twice") states
// nothing. Spans are code points of the original text.
#pragma once

#include <vector>

#include "intents/understanding.h"
#include "intents/words.h"
#include "locales/text.h"

namespace handrail::intents {

// Languages whose words count in one message: its own first, then those that people mix in.
using Languages = std::vector<const Words*>;

// At most one fact of each name; the correction is last.
std::vector<Fact> extract_statements(const locales::FoldedText& folded, const Languages& languages);

}  // namespace handrail::intents
