// Delivering a Send by Slack's Web API (contract section 5): which call comes next, and what an answer means. Pure.
//
// Kinds: "post" into a channel, thread or known DM; "direct": open the DM, then post; "ephemeral": only the person sees it;
// "callback": to the response_url of a command or interaction.
#pragma once

#include "adapters/channel.h"

namespace handrail::adapters::slack {

Step next_step(const Send& send, const std::optional<HttpResult>& last);

// users.info with the locale. Nothing for what is not a Slack user id.
std::optional<Call> profile_call(const std::string& user);
std::optional<Profile> read_profile(const HttpResult& result);

}  // namespace handrail::adapters::slack
