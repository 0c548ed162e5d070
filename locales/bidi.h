// Values inside sentences of another direction (Unicode UAX #9): a name, a date or an amount must
// not reorder the words around it, whatever it contains. Text is UTF-8. Thread safe: no state.
#pragma once

#include <string>
#include <string_view>

namespace handrail::locales {

// The value between FSI (U+2068) and PDI (U+2069) where the sentence needs it: always when `locale`
// is written right to left, otherwise when the value itself holds right-to-left letters or bidi
// controls. Controls that the value leaves open or closes twice are dropped, so that it cannot
// break out of its isolate.
std::string isolate(std::string_view value, std::string_view locale);

// True when every isolate and embedding that is opened is closed in turn, and nothing is closed
// twice.
bool has_balanced_bidi(std::string_view utf8);

}  // namespace handrail::locales
