// Delivering a Send by Discord's REST API (contract section 3): which call comes next, and what an answer means. Pure.
//
// Kinds: "post" into a channel, thread or known DM; "direct": open the DM, then post; "callback": edit the answer of an
// interaction; "followup": another message to it; "private_thread": open a thread beside the channel, add the person, post.
// A callback address is "<application id>/<interaction token>".
#pragma once

#include "adapters/channel.h"

namespace handrail::adapters::discord {

Step next_step(const Send& send, const std::optional<HttpResult>& last);

}  // namespace handrail::adapters::discord
