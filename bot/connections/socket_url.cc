#include "bot/connections/socket_url.h"

#include <algorithm>

namespace handrail::connections {
namespace {

constexpr std::size_t kPortDigits = 5;
constexpr int kPortMax = 65'535;

bool is_port(const std::string& text) {
  if (text.empty() || text.size() > kPortDigits) return false;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return false;
  const int port = std::stoi(text);
  return port >= 1 && port <= kPortMax;
}

}  // namespace

std::optional<SocketUrl> parse_socket_url(const std::string& url) {
  if (url.size() > kUrlCharacters) return std::nullopt;
  if (std::any_of(url.begin(), url.end(), [](unsigned char c) { return c <= 0x20 || c >= 0x7f; })) return std::nullopt;
  SocketUrl parsed;
  std::size_t start = 0;
  if (url.rfind("wss://", 0) == 0) {
    start = 6;
  } else if (url.rfind("ws://", 0) == 0) {
    start = 5;
    parsed.tls = false;
  } else {
    return std::nullopt;
  }
  const std::size_t end = std::min(url.find_first_of("/?#", start), url.size());
  const std::string authority = url.substr(start, end - start);
  if (authority.find('@') != std::string::npos) return std::nullopt;
  std::string rest = url.substr(end);
  rest = rest.substr(0, rest.find('#'));
  parsed.target = rest.empty() || rest[0] != '/' ? "/" + rest : rest;

  std::size_t host_end = 0;
  if (!authority.empty() && authority[0] == '[') {
    host_end = authority.find(']');
    if (host_end == std::string::npos) return std::nullopt;
    parsed.host = authority.substr(1, host_end - 1);
    ++host_end;
  } else {
    host_end = std::min(authority.find(':'), authority.size());
    parsed.host = authority.substr(0, host_end);
  }
  if (parsed.host.empty()) return std::nullopt;
  const std::string default_port = parsed.tls ? "443" : "80";
  parsed.port = default_port;
  if (host_end < authority.size()) {
    parsed.port = authority.substr(host_end + 1);
    if (authority[host_end] != ':' || !is_port(parsed.port)) return std::nullopt;
  }
  parsed.host_header = authority.substr(0, host_end);
  if (parsed.port != default_port) parsed.host_header += ":" + parsed.port;
  return parsed;
}

bool is_acceptable(const std::string& url, bool allow_plain) {
  const auto parsed = parse_socket_url(url);
  return parsed && (parsed->tls || allow_plain);
}

}  // namespace handrail::connections
