// Which workspace a signed request of Slack's belongs to, and what a lifecycle event says (contract slack.md sections 2 to 4).
// It has to be known before the adapter parses, because who we are differs from workspace to workspace. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "adapters/channel.h"

namespace handrail::serve {

struct SlackWorkspace {
  std::string team;               // may be empty
  std::string enterprise;         // may be empty
  bool whole_enterprise = false;  // the installation that sees it is the organisation's
};
// What cannot be read is empty.
SlackWorkspace slack_workspace_of(const adapters::HttpRequest& request);

// An event after which the bot's token is of no use.
struct SlackFarewell {
  std::string because;  // "app_uninstalled", "tokens_revoked"
  SlackWorkspace workspace;
  std::int64_t at_second = 0;  // when it happened; 0: not said
};
// Nothing: another event, or tokens of people alone were revoked.
std::optional<SlackFarewell> slack_farewell_of(const adapters::HttpRequest& request);

}  // namespace handrail::serve
