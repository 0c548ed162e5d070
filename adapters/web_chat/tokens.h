// Tokens of the web chat: our own session token (who writes in which conversation) and the identity token that the site's
// backend signs for a signed-in visitor. Both are JWTs with HS256 (RFC 7519). Pure.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

namespace handrail::adapters::web_chat {

struct SessionToken {
  std::string conversation_id;
  std::string user;  // platform user id of the visitor: stable for one session or one account
};
std::string make_session_token(const SessionToken& session, const std::string& key, std::int64_t expires_at_ms);

struct SessionResult {
  SessionToken session;
  std::string because;  // empty: good
};
SessionResult read_session_token(const std::string& token, const std::string& key, std::int64_t now_ms);

struct IdentityResult {
  std::string account_id;
  std::string because;  // empty: good; "expired", "bad_signature", "wrong_algorithm", "no_subject", ...
};
IdentityResult read_identity_token(const std::string& token, const std::string& secret, std::int64_t now_ms);

// What the site's backend does; here for the demo and for tests.
std::string make_identity_token(const nlohmann::json& claims, const std::string& secret);

// A link to a conversation's web chat for someone whose DM is closed.
std::string make_link_token(const SessionToken& session, const std::string& key, std::int64_t expires_at_ms);
SessionResult read_link_token(const std::string& token, const std::string& key, std::int64_t now_ms);

}  // namespace handrail::adapters::web_chat
