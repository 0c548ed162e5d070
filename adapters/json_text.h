// JSON as text: compact, UTF-8, what is not valid UTF-8 replaced by U+FFFD; never throws for what a JSON value can hold.
// The same bytes as nlohmann's dump(replace), which decodes every byte: each answer is written twice, for its message and for
// its platform, and that alone was a twentieth of what an answer costs.
//
// Thread safe.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace handrail::adapters {

std::string json_text(const nlohmann::json& value);

}  // namespace handrail::adapters
