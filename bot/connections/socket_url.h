// Addresses of sockets that are kept open, "wss://host:port/path?query" (RFC 6455 section 3). Pure.
#pragma once

#include <optional>
#include <string>

namespace handrail::connections {

inline constexpr std::size_t kUrlCharacters = 2'048;  // Slack's tickets are long; anything above is not an address

struct SocketUrl {
  bool tls = true;
  std::string host;  // without the brackets of IPv6
  std::string port;  // digits; 443 or 80 when the address has none
  std::string host_header;  // as RFC 9110 section 7.2 wants it: the port only when it is not the default
  std::string target;       // "/path?query", at least "/"
};

// Nothing unless it is ws:// or wss:// with a host, a port from 1 to 65535, no user and no character that would end a header.
std::optional<SocketUrl> parse_socket_url(const std::string& url);

// True for a usable address. Tokens travel over these sockets, so plain ws:// only where the platform's own API address is
// plain too, which is so in tests alone.
bool is_acceptable(const std::string& url, bool allow_plain);

}  // namespace handrail::connections
