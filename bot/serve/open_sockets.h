// What comes over sockets that we keep open, taken up like what platforms post: Discord's Gateway (plain messages, mentions,
// DMs; interactions while no address is set for them) and Slack's Socket Mode. Each is there only where it is configured.
//
// An event counts as received once it is stored. The Gateway's session lies in the settings, so that a restart resumes.
// `start` and `stop` from one thread.
#pragma once

#include <memory>
#include <string>

#include "bot/serve/app.h"

namespace handrail::serve {

class OpenSockets {
 public:
  explicit OpenSockets(App& app);  // which outlives this object
  ~OpenSockets();
  void start();
  void stop();

 private:
  struct Discord;
  struct Slack;
  std::unique_ptr<Discord> discord_;
  std::unique_ptr<Slack> slack_;
};

}  // namespace handrail::serve
