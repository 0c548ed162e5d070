// What to do on Discord's Gateway, without doing it: the protocol of contract discord.md section 5 as a state machine. No
// sockets, clocks or threads: the caller says what happened and when, and performs the actions it gets, in order.
//
//   start() -> LookUp or Connect           looked_up() -> Connect, LookUp again later, or GiveUp
//   opened(), frame(), tick()              -> Send, Deliver, Close and what follows
//   ended() (never opened, closed, cut)    -> Connect or LookUp after a wait, or GiveUp
//
// Nothing is lost: the sequence number moves on only when the caller says that an event is kept (`delivered`), and a session
// is resumed from there. Events may come twice (contract section 5); whoever keeps them knows them by `d.id`.
// Nothing that the other side sends throws or is trusted: what cannot be read is passed over.
//
// Times are milliseconds of one clock that never goes back. `random` is from [0, 1). Not thread safe.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json.hpp>

namespace handrail::connections {

inline constexpr std::int64_t kIntents = 37'377;  // GUILDS | GUILD_MESSAGES | DIRECT_MESSAGES | MESSAGE_CONTENT
inline constexpr std::size_t kGatewayFrameBytes = 4'096;  // outbound; longer: close code 4002
inline constexpr std::size_t kGatewayFrames = 110;        // outbound per window; Discord cuts at 120 (4008)
inline constexpr std::int64_t kGatewayWindowMs = 60'000;
inline constexpr std::int64_t kBeatMinMs = 10;  // heartbeat intervals outside these are held to them
inline constexpr std::int64_t kBeatMaxMs = 10 * 60 * 1000;
inline constexpr std::int64_t kBeatDefaultMs = 41'250;  // when HELLO does not say
inline constexpr int kResumeTries = 5;     // resumes without a single event in answer; then a new session
inline constexpr int kResumeUrlTries = 3;  // connections that never opened; then the general address is asked for
inline constexpr std::size_t kSessionIdBytes = 512;
inline constexpr std::int64_t kLongestPauseMs = 24 * 60 * 60 * 1000;  // session starts are counted per day
inline constexpr int kCloseResumable = 4'900;  // ours; 1000 and 1001 would end the session

// Waits in milliseconds. Most callers leave them alone; tests shorten them.
struct GatewayWaits {
  std::int64_t backoff_first = 1'000;
  std::int64_t backoff_longest = 60'000;
  std::int64_t invalid_session_min = 1'000;  // after op 9
  std::int64_t invalid_session_max = 5'000;
  std::int64_t identify_spacing = 5'000;  // max_concurrency: one session start in that time
  std::int64_t handshake = 60'000;        // without HELLO, an event or READY: the connection is no good
  std::int64_t stable = 30'000;           // ready for so long: earlier failures are forgotten
};

struct GatewaySettings {
  std::string token;
  std::int64_t intents = kIntents;
  bool allow_plain = false;  // ws:// addresses; tests only
  GatewayWaits waits;
};

// What a restart needs to go on where the last run stopped.
struct SavedSession {
  std::string session_id;
  std::string resume_url;
  std::int64_t sequence = 0;  // of the last event that was kept
};

struct LookUp {  // GET {api}/gateway/bot after the wait, then looked_up()
  std::int64_t wait_ms = 0;
  std::string why;
};
struct Connect {  // open a socket after the wait, then opened() or ended()
  std::string url;
  std::int64_t wait_ms = 0;
  bool resume = false;
  std::string why;
};
struct Send {
  std::string text;
};
struct Deliver {  // hand to whoever keeps events, then delivered() or refused()
  std::string name;
  nlohmann::json data;
  std::optional<std::int64_t> sequence;
  std::string session_id;  // of READY
  std::string resume_url;
};
struct Close {
  int code = kCloseResumable;
};
struct Forget {};  // the saved session is worth nothing any more
struct GiveUp {    // no try will help until somebody acts
  std::string why;  // for the operator: what is wrong and what to click
};
using Action = std::variant<LookUp, Connect, Send, Deliver, Close, Forget, GiveUp>;
using Actions = std::vector<Action>;

class GatewaySession {
 public:
  explicit GatewaySession(GatewaySettings settings) : settings_(std::move(settings)) {}

  Actions start(std::optional<SavedSession> saved);
  // What GET /gateway/bot brought; status 0: no answer.
  Actions looked_up(int status, const std::string& body, double random);
  Actions opened(std::int64_t now);
  Actions frame(const std::string& text, std::int64_t now, double random);
  // The connection is over or never was. `code` 0: without a close code.
  Actions ended(int code, std::int64_t now, double random);
  // What the time asks for. Call when due_at() has come.
  Actions tick(std::int64_t now, double random);
  std::int64_t due_at() const;  // far away when nothing is

  void delivered(const Deliver& event);
  // The event could not be kept: leaves, and resumes later from the last one that was.
  Actions refused(std::int64_t now, double random);

  // Present as soon as there is a session that can be resumed.
  const std::optional<SavedSession>& resumable() const { return saved_; }
  const std::string& own_user_id() const { return own_user_id_; }
  const std::string& application_id() const { return application_id_; }

 private:
  Actions hello(const nlohmann::json& frame, std::int64_t now, double random);
  Actions dispatch(const nlohmann::json& frame, std::int64_t now);
  Actions invalid_session(bool resumable, std::int64_t now, double random);
  Actions beat(std::int64_t now);
  Actions identify(std::int64_t now);
  Actions resume(std::int64_t now);
  Actions send(const nlohmann::json& frame, std::int64_t now);
  Actions leave(const std::string& why, std::int64_t now, double random);
  void lose_connection(std::int64_t now);
  void forget(Actions& actions);
  Action try_again(std::int64_t wait_ms, const std::string& why) const;
  Action back_off(const std::string& why, double random, std::int64_t at_least = 0);
  std::int64_t room_at(std::int64_t now);

  GatewaySettings settings_;
  std::optional<SavedSession> saved_;
  std::string own_user_id_;
  std::string application_id_;

  int failures_ = 0;            // since the last connection that held
  int resumes_unanswered_ = 0;  // in a row
  int unopened_ = 0;            // in a row
  std::optional<std::int64_t> identified_at_;
  std::deque<std::int64_t> sent_at_;  // within the window

  // Of this connection:
  bool connected_ = false;
  bool greeted_ = false;  // HELLO has come
  bool resuming_ = false;
  bool answered_ = false;  // an event has come
  bool ack_missing_ = false;
  std::int64_t interval_ = kBeatDefaultMs;
  std::optional<std::int64_t> beat_at_;
  std::optional<std::int64_t> identify_at_;
  std::optional<std::int64_t> progress_by_;
  std::optional<std::int64_t> ready_at_;
};

}  // namespace handrail::connections
