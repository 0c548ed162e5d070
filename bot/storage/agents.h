// Desk accounts of agents: one-time sign-in links, passwords (hashes only), sessions and a brake on
// guessing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/storage/session.h"

namespace handrail::storage {

struct Agent {
  std::string id;
  std::string name;
  std::string password_hash;
  std::int64_t disabled_at = 0;
};

// Nothing when the name is taken.
std::optional<Agent> add_agent(Session& session, const std::string& name, std::int64_t now);
std::optional<Agent> find_agent(Session& session, const std::string& name);
std::optional<Agent> get_agent(Session& session, const std::string& id);
std::vector<Agent> list_agents(Session& session);
void set_password_hash(Session& session, const std::string& agent_id, const std::string& hash);
// Also ends the agent's sessions.
void disable_agent(Session& session, const std::string& agent_id, std::int64_t now);

void add_sign_in_token(Session& session, const std::string& token_hash, const std::string& agent_id,
                       std::int64_t expires_at);
// The agent of a valid unused one-time token; it is then used.
std::optional<Agent> use_sign_in_token(Session& session, const std::string& token_hash,
                                       std::int64_t now);

struct DeskSession {
  Agent agent;
  std::string csrf_token;
};
void add_session(Session& session, const std::string& token_hash, const std::string& agent_id,
                 const std::string& csrf_token, std::int64_t expires_at);
std::optional<DeskSession> find_session(Session& session, const std::string& token_hash,
                                        std::int64_t now);
void end_session(Session& session, const std::string& token_hash);

// Counts an attempt of `subject`, takes back one that succeeded; how many there were since `since`.
void add_sign_in_attempt(Session& session, const std::string& subject, std::int64_t now);
void take_back_sign_in_attempt(Session& session, const std::string& subject, std::int64_t at);
std::int64_t count_sign_in_attempts(Session& session, const std::string& subject,
                                    std::int64_t since);
// Forgets expired tokens and sessions, and attempts made before `attempts_before`.
void prune_agent_tokens(Session& session, std::int64_t now, std::int64_t attempts_before);

}  // namespace handrail::storage
