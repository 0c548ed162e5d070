// Calls to the outside: platforms and the account provider. An interface, so that tests script the
// answers. No redirects are followed and bodies are capped, since addresses partly come from
// outside. Thread safe.
//
// A call returns soon after its deadline whatever the other side does: a peer that sends a byte now
// and then is cut off. Only the system's name lookup knows no deadline.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace handrail::base {

struct HttpPart {
  std::string name;
  std::string file_name;  // empty: a plain field
  std::string content_type;
  std::string bytes;
};

struct HttpCall {
  std::string method = "GET";
  std::string url;  // absolute, http or https
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type;
  std::string body;
  std::vector<HttpPart> parts;  // when not empty: multipart/form-data instead of `body`
  std::chrono::milliseconds deadline{10'000};  // for connecting, sending and the whole answer
};

struct HttpReply {
  int status = 0;                                            // 0: no answer
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string error;  // why there was no answer, for the log; the address is not in it
};

inline constexpr std::size_t kReplyBytes = 4 * 1024 * 1024;

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual HttpReply send(const HttpCall& call) = 0;
};

// Keeps connections open per host and gives each caller its own.
std::unique_ptr<HttpClient> make_http_client();

// "https://host:8443/a/b?c" -> origin "https://host:8443", target "/a/b?c". False when it is not an
// http(s) URL.
bool split_url(const std::string& url, std::string* origin, std::string* target);

}  // namespace handrail::base
