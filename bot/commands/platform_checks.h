// What `handrail doctor` asks the platforms: is the token good, is everything switched on, and if not, what to click where.
// Every call has a short deadline, nothing is changed, and no secret is in a finding.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bot/base/http_client.h"
#include "bot/config/config.h"
#include "bot/storage/installations.h"

namespace handrail::commands {

inline constexpr std::chrono::milliseconds kCheckDeadline{3'000};

enum class Grade { good, missing, wrong };
struct Finding {
  Grade grade = Grade::good;
  std::string what;
  std::string todo;  // empty: nothing
};
using Findings = std::vector<Finding>;

// What is configured, without asking anybody.
Findings check_configuration(const config::Config& config, bool has_installations);
Findings check_public_url(const config::Config& config, base::HttpClient& http);
Findings check_slack(const config::Config& config, base::HttpClient& http);
Findings check_installations(const std::vector<storage::SlackInstallation>& installations, bool offered);
// `uses_gateway`: plain messages are to be read too, for which Discord wants a switch to be on.
Findings check_discord(const config::Config& config, base::HttpClient& http, bool uses_gateway);

}  // namespace handrail::commands
