// What our Slack app asks for and looks like (contract slack.md section 10): one list for the installation, the manifest and
// `handrail doctor`. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "bot/config/config.h"

namespace handrail::serve {

struct SlackScope {
  std::string_view name;
  std::string_view purpose;  // "to answer": what does not work without it
};
const std::vector<SlackScope>& slack_scopes();
// With commas, as Slack takes and gives them.
std::string slack_scope_list();
// Those of ours that `granted` (with commas) lacks.
std::vector<SlackScope> missing_slack_scopes(std::string_view granted);

// Where Slack sends people back to: as configured, or under the public URL. Empty: neither is known.
std::string slack_redirect_url(const config::Config& config);

// Characters that Slack allows.
inline constexpr std::size_t kSlackAppName = 35;
struct SlackManifestOptions {
  std::string name = "Handrail";
  std::string public_url;    // without a slash at the end; not needed for Socket Mode
  std::string redirect_url;  // empty: none
  bool socket_mode = false;
};
// What Slack would refuse, in words; empty: nothing.
std::string wrong_in(const SlackManifestOptions& options);
nlohmann::json slack_manifest(const SlackManifestOptions& options);

}  // namespace handrail::serve
