// Delivering a Send by Slack's Web API (contract section 5): which call comes next, and what an answer means. Pure.
//
// Kinds: "post" into a channel, thread or known DM; "direct": open the DM, then post; "ephemeral": only the person sees it;
// "callback": to the response_url of a command or interaction; "update", "remove": a message that we posted. After an attempt
// whose outcome nobody knows (kMayExistSince) a post is looked for by its nonce, in the metadata, before it is made again.
#pragma once

#include "adapters/channel.h"

namespace handrail::adapters::slack {

Step next_step(const Send& send, const std::optional<HttpResult>& last);

// An error that ends the installation (contract section 5).
bool refuses_token(const HttpResult& result);

// When a message was posted, from its ts (UTC ms); 0: this is no ts.
std::int64_t time_of_post(std::string_view ts);

// users.info with the locale. Nothing for what is not a Slack user id.
std::optional<Call> profile_call(const std::string& user);
std::optional<Profile> read_profile(const HttpResult& result);

}  // namespace handrail::adapters::slack
