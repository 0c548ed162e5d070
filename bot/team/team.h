// Agents work in a channel of their Slack or Discord (issue: agents in a team channel): a card per ticket, a thread per
// conversation. This is the room's door: what came from the channel goes in by `take`, and a thread of its own keeps cards and
// threads in step with what changed here or in another process.
//
// Thread safe. `start` and `stop` from one thread.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "adapters/message.h"
#include "bot/base/clock.h"
#include "bot/base/secret.h"
#include "bot/config/config.h"
#include "bot/conversation/content.h"
#include "bot/storage/store.h"
#include "bot/team/inbound.h"
#include "bot/team/mirror.h"

namespace handrail::team {

inline constexpr std::chrono::milliseconds kTeamPoll{1'000};  // for what another process changed, and for cards that got their id
inline constexpr std::int64_t kChangesSeenAgain = 5'000;      // clocks of processes differ: a little is looked at twice
inline constexpr std::int64_t kTicketsAtOnce = 500;
inline constexpr std::int64_t kHeldKeptMs = std::int64_t{7} * 24 * 60 * 60 * 1000;

// Who has to be woken by what happens here.
struct TeamEvents {
  virtual ~TeamEvents() = default;
  virtual void team_touched(const std::string& ticket_id, const std::string& conversation_id) = 0;
  virtual void team_queued() = 0;
};

struct TeamParts {
  storage::Store& store;
  const base::Clock& clock;
  const base::Vault& vault;
  const config::Config& config;
  conversation::ContentHolder& content;
  TeamEvents& events;
};

class Team {
 public:
  explicit Team(TeamParts parts) : parts_(parts), places_(team_places(parts.config)) {}
  ~Team() { stop(); }
  bool is_configured() const { return !places_.empty(); }
  void start();
  void stop();

  // Nothing when the message is not for this room. Otherwise it was taken up, durably, or could not be.
  std::optional<base::Status> take(const adapters::InboundMessage& message);

  // Something changed: it will be shown soon. Cheap.
  void ticket_changed(const std::string& ticket_id);
  void conversation_changed(const std::string& conversation_id);

  // One round on the caller's thread. For tests.
  void run_once();

 private:
  void run();
  void wake_snoozed();
  std::set<std::string> gather();
  void mirror_all(const std::set<std::string>& tickets);

  TeamParts parts_;
  const std::vector<TeamPlace> places_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  bool woken_ = false;
  std::set<std::string> tickets_;        // changed since the last round
  std::set<std::string> conversations_;  // the same
  std::int64_t looked_at_ = 0;           // when another process's changes were looked for; 0: never
  std::thread thread_;
};

}  // namespace handrail::team
