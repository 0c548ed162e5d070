// What people write on Discord, as the Gateway tells it (contract section 5): posts, edits and deletions. Pure.
//
// A post is for us to look at when a person wrote it: not ourselves, no bot, no webhook, no system line. Whether it is answered
// the bot decides: it is marked as mentioned when it names us. The mention itself is taken out of the text.
#pragma once

#include <string_view>

#include "adapters/channel.h"

namespace handrail::adapters::discord {

// `name` is the event's, "MESSAGE_CREATE"; `d` its content. Never Malformed: what is incomplete is ignored.
Parsed parse_gateway_event(std::string_view name, const nlohmann::json& d, const OwnIds& own);

}  // namespace handrail::adapters::discord
