// The plain-text form of a reply: every heading, step, warning, picture description, link and choice, for channels and
// readers without layout. Pure.
#pragma once

#include <string>

#include "adapters/message.h"

namespace handrail::adapters {

// `choices_label` introduces the numbered choices ("You can answer with a number:").
std::string plain_text(const Reply& reply, const std::string& choices_label);

// Without **bold** and `code` marks.
std::string strip_emphasis(const std::string& text);

}  // namespace handrail::adapters
