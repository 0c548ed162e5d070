// What is known about the reader's account, as plain values, so that this room knows no bot. Names
// are those of design section 5, flattened ("last_charge.at"). A fact that is absent is unknown.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <variant>

#include "locales/catalog.h"

namespace handrail::knowledge {

using FactValue = std::variant<bool, std::int64_t, std::string, locales::Date, locales::Money>;
using Facts = std::map<std::string, FactValue>;

// Every name that conditions and placeholders may use.
const std::set<std::string>& fact_vocabulary();

}  // namespace handrail::knowledge
