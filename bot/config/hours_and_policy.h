// The two keys that are small languages of their own: business hours and the refund policy. Each reads its whole value, which
// may also be the text of a variable, and returns all mistakes in one sentence; "" when there is none. With a mistake nothing
// is taken over: half a policy would decide about money.
#pragma once

#include <string>
#include <vector>

#include "bot/config/config.h"

namespace handrail::config {

std::string read_hours(const nlohmann::json& value, Hours& into);
std::string read_policy(const nlohmann::json& value, std::vector<PolicyRule>& into);

}  // namespace handrail::config
