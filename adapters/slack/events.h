// What Slack posts to us: events, slash commands and interactions (contract sections 2 to 4). Pure.
#pragma once

#include "adapters/channel.h"

namespace handrail::adapters::slack {

Parsed parse_event(const HttpRequest& request, const OwnIds& own);
Parsed parse_command(const HttpRequest& request, const OwnIds& own, std::int64_t now);
Parsed parse_interaction(const HttpRequest& request, const OwnIds& own, std::int64_t now);

inline constexpr std::int64_t kResponseUrlLifeMs = 30 * 60 * 1000;  // contract section 4
inline constexpr const char* kCommand = "/help";
inline constexpr const char* kCommandHandrail = "/handrail";

}  // namespace handrail::adapters::slack
