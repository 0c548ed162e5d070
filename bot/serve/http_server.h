// The HTTP server: cpp-httplib with our limits around it. Bodies are read raw under kBodyBytes
// (chunked ones too), requests with more than kHeaders headers are refused, every error is JSON
// {"error":{"code","message","field"?}}, and connections get threads from a pool that grows with
// long-lived streams up to kThreads.
//
// Handlers run on those threads, side by side. `run` blocks until `stop`.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include <httplib.h>

#include "adapters/channel.h"
#include "bot/base/result.h"
#include "bot/config/config.h"

namespace handrail::serve {

inline constexpr std::size_t kThreads = 2048;
inline constexpr std::size_t kIdleThreads = 16;
inline constexpr int kBacklog = 1024;
inline constexpr int kKeepAliveRequests = 100'000;

using Handler =
    std::function<void(const httplib::Request&, const std::string& body, httplib::Response&)>;

class HttpServer {
 public:
  explicit HttpServer(const config::Config& config);
  ~HttpServer();

  void get(const std::string& pattern, Handler handler);
  void remove(const std::string& pattern, Handler handler);
  void post(const std::string& pattern, Handler handler);
  void put(const std::string& pattern, Handler handler);

  base::Status bind(const std::string& host, int port);
  int port() const { return port_; }
  void run();
  void stop();
  bool stopping() const { return stopping_; }

 private:
  // The methods that an address takes, "GET, DELETE"; empty when there is nothing there.
  std::string methods_at(const std::string& path) const;

  httplib::Server server_;
  std::vector<std::pair<std::string, std::regex>> routes_;
  const config::Config& config_;
  int port_ = 0;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> is_running_{false};  // run() was entered
  std::atomic<bool> finished_{false};    // and has ended
};

void answer_json(httplib::Response& response, int status, const nlohmann::json& body);
void answer_error(httplib::Response& response, const base::Error& error);
void answer_error(httplib::Response& response, int status, const std::string& code,
                  const std::string& message, const std::string& field = "");
// The body as a JSON object; otherwise the error has been written and nothing is returned. An empty
// body reads as {}.
std::optional<nlohmann::json> read_object(const std::string& body, httplib::Response& response);
// The client's address: the socket's, or a configured proxy's X-Forwarded-For.
std::string client_address(const httplib::Request& request, const config::Config& config);
std::string bearer_token(const httplib::Request& request);
adapters::HttpRequest to_adapter_request(const httplib::Request& request, const std::string& body);

}  // namespace handrail::serve
