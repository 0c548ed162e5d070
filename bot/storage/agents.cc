#include "bot/storage/agents.h"

#include "bot/base/id.h"

namespace handrail::storage {
namespace {

template <typename... Values>
std::vector<Agent> rows_of(Session& session, const char* query, const Values&... values) {
  std::vector<Agent> list;
  for (const auto& [id, name, hash, disabled] :
       session.select<std::string, std::string, std::string, std::int64_t>(query, values...)) {
    list.push_back({id, name, hash, disabled});
  }
  return list;
}

std::optional<Agent> first(std::vector<Agent> list) {
  if (list.empty()) return std::nullopt;
  return list.front();
}

}  // namespace

std::optional<Agent> add_agent(Session& session, const std::string& name, std::int64_t now) {
  if (find_agent(session, name)) return std::nullopt;
  const std::string id = base::new_id(now);
  session.execute("INSERT INTO agents (id, name, created_at) VALUES (:id, :name, :now)", id, name,
                  now);
  return Agent{id, name, "", 0};
}

std::optional<Agent> find_agent(Session& session, const std::string& name) {
  return first(rows_of(
      session, "SELECT id, name, password_hash, disabled_at FROM agents WHERE name = :name", name));
}

std::optional<Agent> get_agent(Session& session, const std::string& id) {
  return first(rows_of(
      session, "SELECT id, name, password_hash, disabled_at FROM agents WHERE id = :id", id));
}

std::vector<Agent> list_agents(Session& session) {
  return rows_of(session, "SELECT id, name, password_hash, disabled_at FROM agents ORDER BY name");
}

void set_password_hash(Session& session, const std::string& agent_id, const std::string& hash) {
  session.execute("UPDATE agents SET password_hash = :hash WHERE id = :id", hash, agent_id);
}

void disable_agent(Session& session, const std::string& agent_id, std::int64_t now) {
  session.execute("UPDATE agents SET disabled_at = :now WHERE id = :id", now, agent_id);
  session.execute("DELETE FROM agent_tokens WHERE agent_id = :id", agent_id);
}

void add_sign_in_token(Session& session, const std::string& token_hash, const std::string& agent_id,
                       std::int64_t expires_at) {
  session.execute(
      "INSERT INTO agent_tokens (token_hash, agent_id, kind, expires_at) VALUES (:hash, :agent, "
      "'sign_in', :expires)",
      token_hash, agent_id, expires_at);
}

std::optional<Agent> use_sign_in_token(Session& session, const std::string& token_hash,
                                       std::int64_t now) {
  const auto rows = session.select<std::string>(
      "UPDATE agent_tokens SET used_at = :now WHERE token_hash = :hash AND kind = 'sign_in' AND "
      "used_at = 0 AND "
      "expires_at > :expiry RETURNING agent_id",
      now, token_hash, now);
  if (rows.empty()) return std::nullopt;
  const auto agent = get_agent(session, std::get<0>(rows.front()));
  if (!agent || agent->disabled_at != 0) return std::nullopt;
  return agent;
}

void add_session(Session& session, const std::string& token_hash, const std::string& agent_id,
                 const std::string& csrf_token, std::int64_t expires_at) {
  session.execute(
      "INSERT INTO agent_tokens (token_hash, agent_id, kind, csrf_token, expires_at) VALUES "
      "(:hash, :agent, 'session', :csrf, "
      ":expires)",
      token_hash, agent_id, csrf_token, expires_at);
}

std::optional<DeskSession> find_session(Session& session, const std::string& token_hash,
                                        std::int64_t now) {
  const auto rows = session.select<std::string, std::string>(
      "SELECT agent_id, csrf_token FROM agent_tokens WHERE token_hash = :hash AND kind = 'session' "
      "AND expires_at > :now",
      token_hash, now);
  if (rows.empty()) return std::nullopt;
  const auto agent = get_agent(session, std::get<0>(rows.front()));
  if (!agent || agent->disabled_at != 0) return std::nullopt;
  return DeskSession{*agent, std::get<1>(rows.front())};
}

void end_session(Session& session, const std::string& token_hash) {
  session.execute("DELETE FROM agent_tokens WHERE token_hash = :hash AND kind = 'session'",
                  token_hash);
}

void add_sign_in_attempt(Session& session, const std::string& subject, std::int64_t now) {
  session.execute("INSERT INTO sign_in_attempts (subject, at) VALUES (:subject, :now)", subject,
                  now);
}

void take_back_sign_in_attempt(Session& session, const std::string& subject, std::int64_t at) {
  session.execute("DELETE FROM sign_in_attempts WHERE subject = :subject AND at = :at", subject, at);
}

void prune_agent_tokens(Session& session, std::int64_t now, std::int64_t attempts_before) {
  session.execute("DELETE FROM agent_tokens WHERE expires_at <= :now", now);
  session.execute("DELETE FROM sign_in_attempts WHERE at < :before", attempts_before);
}

std::int64_t count_sign_in_attempts(Session& session, const std::string& subject,
                                    std::int64_t since) {
  const auto rows = session.select<std::int64_t>(
      "SELECT COUNT(*) FROM sign_in_attempts WHERE subject = :subject AND at >= :since", subject,
      since);
  return std::get<0>(rows.front());
}

}  // namespace handrail::storage
