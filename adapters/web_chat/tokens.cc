#include "adapters/web_chat/tokens.h"

#include "adapters/signature.h"

namespace handrail::adapters::web_chat {
namespace {

std::string make(const char* kind, const SessionToken& session, const std::string& key, std::int64_t expires_at_ms) {
  return make_jwt({{"kind", kind}, {"cid", session.conversation_id}, {"sub", session.user}, {"exp", expires_at_ms / 1000}}, key);
}

// A token of one kind is never good as another: a link must be exchanged, a session cannot be mailed around as a link.
SessionResult read(const char* kind, const std::string& token, const std::string& key, std::int64_t now_ms) {
  const JwtResult result = read_jwt(token, key, now_ms);
  if (!result.because.empty()) return {{}, result.because};
  const auto text = [&](const char* name) {
    return result.claims.contains(name) && result.claims[name].is_string() ? result.claims[name].get<std::string>() : "";
  };
  if (text("kind") != kind || text("cid").empty() || text("sub").empty()) return {{}, "malformed"};
  return {{text("cid"), text("sub")}, ""};
}

}  // namespace

std::string make_session_token(const SessionToken& session, const std::string& key, std::int64_t expires_at_ms) {
  return make("chat", session, key, expires_at_ms);
}

SessionResult read_session_token(const std::string& token, const std::string& key, std::int64_t now_ms) {
  return read("chat", token, key, now_ms);
}

std::string make_link_token(const SessionToken& session, const std::string& key, std::int64_t expires_at_ms) {
  return make("link", session, key, expires_at_ms);
}

SessionResult read_link_token(const std::string& token, const std::string& key, std::int64_t now_ms) {
  return read("link", token, key, now_ms);
}

std::string make_identity_token(const nlohmann::json& claims, const std::string& secret) { return make_jwt(claims, secret); }

IdentityResult read_identity_token(const std::string& token, const std::string& secret, std::int64_t now_ms) {
  const JwtResult result = read_jwt(token, secret, now_ms);
  if (!result.because.empty()) return {"", result.because};
  if (!result.claims.contains("sub") || !result.claims["sub"].is_string() || result.claims["sub"].get<std::string>().empty()) {
    return {"", "no_subject"};
  }
  return {result.claims["sub"].get<std::string>(), ""};
}

}  // namespace handrail::adapters::web_chat
