// From an adapter's Call to an HTTP request: the address, the standing secret and the bytes of pictures are added here and
// nowhere else. Thread safe: no state.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "adapters/channel.h"
#include "bot/base/http_client.h"
#include "bot/config/config.h"

namespace handrail::delivery {

inline constexpr std::chrono::milliseconds kCallDeadline{10'000};

// Nothing: the call names an address outside of the platform, which is never followed. `media_dir`: the knowledge folder,
// where attachments are read from. `bot_token`: of the workspace that is called.
std::optional<base::HttpCall> to_http(const adapters::Call& call, const std::string& channel, const config::Config& config,
                                      const std::string& bot_token, const std::string& media_dir);

}  // namespace handrail::delivery
