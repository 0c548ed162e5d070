// Delivering a Send by Discord's REST API (contract section 3): which call comes next, and what an answer means. Pure.
//
// Kinds: "post" into a channel, thread or known DM; "direct": open the DM, then post; "callback": edit the answer of an
// interaction; "followup": another message to it; "private_thread": open a thread beside the channel, add the person, post
// (`body.thread_name`, `body.thread_note`: what it is called, and what is said first in it);
// "thread_under": open a thread under the message `target`, where it is not open yet, and post into it; "update", "remove": a
// message that we posted.
// A callback address is "<application id>/<interaction token>".
#pragma once

#include "adapters/channel.h"

namespace handrail::adapters::discord {

// X-RateLimit-Remaining: 0 and how long until there are more (contract section 3, rate limits); ms.
std::int64_t pause_after(const HttpResult& result);

// When a message was posted, from its id, a snowflake (contract, head; UTC ms); 0: this is none.
std::int64_t time_of_id(std::string_view id);

Step next_step(const Send& send, const std::optional<HttpResult>& last);

}  // namespace handrail::adapters::discord
