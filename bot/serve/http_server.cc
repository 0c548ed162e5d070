#include "bot/serve/http_server.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "adapters/json_text.h"
#include "adapters/untrusted_json.h"

namespace handrail::serve {
namespace {

// cpp-httplib adds REMOTE_ADDR, REMOTE_PORT, LOCAL_ADDR and LOCAL_PORT to what the client sent.
constexpr std::size_t kHeadersOfTheLibrary = 4;
constexpr std::chrono::milliseconds kEndPause{50};
constexpr std::chrono::milliseconds kStopPause{5};
// So much of a refused body is read and thrown away: who is still writing when the connection is closed gets a reset, and
// never sees the 413.
constexpr std::size_t kRefusedBodyBytes = 16 * config::kBodyBytes;

bool is_at_port(int socket, int port) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return false;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port) == port;
  return address.ss_family == AF_INET6 && ntohs(reinterpret_cast<sockaddr_in6&>(address).sin6_port) == port;
}

// A stopped cpp-httplib goes on waiting for the next request of idle connections until their keep-alive time is over, and
// tells nobody which sockets they are. Ending the reading side lets answers that are being written go out.
void end_reading(int port) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const int descriptor = std::atoi(entry.path().filename().c_str());
    if (is_at_port(descriptor, port)) ::shutdown(descriptor, SHUT_RD);
  }
}

// cpp-httplib takes a thread per open connection. A fixed pool would let a few dozen event streams
// starve everyone else, so this one grows when nobody is idle and shrinks again.
class GrowingPool final : public httplib::TaskQueue {
 public:
  explicit GrowingPool(const int& port) : port_(port) {}

  void enqueue(std::function<void()> task) override {
    std::unique_lock lock(mutex_);
    tasks_.push_back(std::move(task));
    if (tasks_.size() > idle_ && threads_ < kThreads) {
      ++threads_;
      std::thread([this] { work(); }).detach();
    }
    lock.unlock();
    filled_.notify_one();
  }

  void shutdown() override {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    filled_.notify_all();
    while (!ended_.wait_for(lock, kEndPause, [this] { return threads_ == 0; })) end_reading(port_);
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ++idle_;
      filled_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
      --idle_;
      if (tasks_.empty()) break;
      auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
      if (idle_ >= kIdleThreads && tasks_.empty()) break;
    }
    --threads_;
    ended_.notify_all();
  }

  const int& port_;
  std::mutex mutex_;
  std::condition_variable filled_;
  std::condition_variable ended_;
  std::deque<std::function<void()>> tasks_;
  std::size_t threads_ = 0;
  std::size_t idle_ = 0;
  bool stopping_ = false;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return text;
}

const char* code_name(base::Code code) {
  switch (code) {
    case base::Code::invalid:
      return "invalid";
    case base::Code::not_found:
      return "not_found";
    case base::Code::conflict:
      return "conflict";
    case base::Code::unauthorized:
      return "unauthorized";
    case base::Code::limited:
      return "limited";
    case base::Code::unavailable:
      return "unavailable";
    default:
      return "internal";
  }
}

int status_of(base::Code code) {
  switch (code) {
    case base::Code::invalid:
      return 400;
    case base::Code::not_found:
      return 404;
    case base::Code::conflict:
      return 409;
    case base::Code::unauthorized:
      return 401;
    case base::Code::limited:
      return 429;
    case base::Code::unavailable:
      return 503;
    default:
      return 500;
  }
}

httplib::Server::HandlerWithContentReader with_body(Handler handler) {
  return
      [handler = std::move(handler)](const httplib::Request& request, httplib::Response& response,
                                     const httplib::ContentReader& read) {
        std::string body;
        std::size_t received = 0;
        const auto receive = [&](const char* data, std::size_t size) {
          received += size;
          if (received <= config::kBodyBytes) body.append(data, size);
          return received <= kRefusedBodyBytes;
        };
        // A multipart body is read as bytes too: the plain receiver is called for it through the
        // multipart one.
        const bool read_whole =
            request.is_multipart_form_data()
                ? read([](const httplib::MultipartFormData&) { return true; }, receive)
                : read(receive);
        if (received > config::kBodyBytes) {
          answer_error(response, 413, "too_large", "The body may have at most 1 MiB.");
          response.set_header("Connection", "close");
          return;
        }
        if (!read_whole) {
          if (response.status == -1 || response.status == 200)
            answer_error(response, 400, "invalid", "The body could not be read.");
          return;
        }
        handler(request, body, response);
      };
}

}  // namespace

HttpServer::HttpServer(const config::Config& config) : config_(config) {
  server_.new_task_queue = [this] { return new GrowingPool(port_); };
  server_.set_payload_max_length(config::kBodyBytes);
  server_.set_keep_alive_max_count(kKeepAliveRequests);
  server_.set_tcp_nodelay(true);
  server_.set_read_timeout(10, 0);
  server_.set_keep_alive_timeout(30);
  server_.set_pre_routing_handler([this](const httplib::Request& request,
                                         httplib::Response& response) {
    if (request.headers.size() > config::kHeaders + kHeadersOfTheLibrary) {
      answer_error(response, 431, "too_many_headers", "A request may have at most 100 headers.");
      return httplib::Server::HandlerResponse::Handled;
    }
    const std::string origin = request.get_header_value("Origin");
    const auto& allowed = config_.allowed_origins;
    if (!origin.empty() && std::find(allowed.begin(), allowed.end(), origin) != allowed.end()) {
      response.set_header("Access-Control-Allow-Origin", origin);
      response.set_header("Vary", "Origin");
      response.set_header("Access-Control-Allow-Headers",
                          "Authorization, Content-Type, Last-Event-ID");
      response.set_header("Access-Control-Allow-Methods", "GET, POST, OPTIONS");
      response.set_header("Access-Control-Max-Age", "600");
    }
    if (request.method == "OPTIONS") {
      response.status = 204;
      return httplib::Server::HandlerResponse::Handled;
    }
    response.set_header("X-Content-Type-Options", "nosniff");
    response.set_header("Referrer-Policy", "no-referrer");
    return httplib::Server::HandlerResponse::Unhandled;
  });
  server_.set_error_handler([this](const httplib::Request& request, httplib::Response& response) {
    if (!response.body.empty()) return;
    switch (response.status) {
      case 404:
        if (const std::string methods = methods_at(request.path); !methods.empty()) {
          response.set_header("Allow", methods);
          return answer_error(response, 405, "method_not_allowed",
                              "This address takes " + methods + ".");
        }
        return answer_error(response, 404, "not_found", "There is nothing at this address.");
      case 413:
        return answer_error(response, 413, "too_large", "The body may have at most 1 MiB.");
      case 400:
        return answer_error(response, 400, "invalid", "The request could not be read.");
      default:
        return answer_error(response, response.status, "error",
                            "The request could not be handled.");
    }
  });
  server_.set_exception_handler(
      [](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
        answer_error(response, 500, "internal", "Something went wrong on our side.");
      });
}

HttpServer::~HttpServer() { stop(); }

void HttpServer::get(const std::string& pattern, Handler handler) {
  routes_.emplace_back("GET", std::regex(pattern));
  server_.Get(pattern, [handler = std::move(handler)](const httplib::Request& request,
                                                      httplib::Response& response) {
    handler(request, "", response);
  });
}

void HttpServer::remove(const std::string& pattern, Handler handler) {
  routes_.emplace_back("DELETE", std::regex(pattern));
  server_.Delete(pattern, with_body(std::move(handler)));
}
void HttpServer::post(const std::string& pattern, Handler handler) {
  routes_.emplace_back("POST", std::regex(pattern));
  server_.Post(pattern, with_body(std::move(handler)));
}
void HttpServer::put(const std::string& pattern, Handler handler) {
  routes_.emplace_back("PUT", std::regex(pattern));
  server_.Put(pattern, with_body(std::move(handler)));
}

std::string HttpServer::methods_at(const std::string& path) const {
  std::string methods;
  for (const auto& [method, pattern] : routes_) {
    if (std::regex_match(path, pattern)) methods += (methods.empty() ? "" : ", ") + method;
  }
  return methods;
}

base::Status HttpServer::bind(const std::string& host, int port) {
  int listening = -1;
  server_.set_socket_options([&](socket_t socket) {
    int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    listening = socket;
  });
  port_ = port;
  const bool bound =
      port == 0 ? (port_ = server_.bind_to_any_port(host)) > 0 : server_.bind_to_port(host, port);
  if (!bound) {
    return base::Error{base::Code::unavailable,
                       "Cannot listen on " + host + ":" + std::to_string(port) +
                           ": is another server running there?",
                       "port", ""};
  }
  ::listen(listening, kBacklog);  // cpp-httplib's own backlog is 5
  return base::done();
}

void HttpServer::run() {
  is_running_ = true;
  if (!stopping_) server_.listen_after_bind();
  finished_ = true;
}

// cpp-httplib forgets a stop that comes before it listens, so it is waited for.
void HttpServer::stop() {
  stopping_ = true;
  while (is_running_ && !finished_) {
    if (server_.is_running()) {
      server_.stop();
      return;
    }
    std::this_thread::sleep_for(kStopPause);
  }
}

void answer_json(httplib::Response& response, int status, const nlohmann::json& body) {
  response.status = status;
  response.set_content(adapters::json_text(body), "application/json");
}

void answer_error(httplib::Response& response, int status, const std::string& code,
                  const std::string& message, const std::string& field) {
  nlohmann::json error = {{"code", code}, {"message", message}};
  if (!field.empty()) error["field"] = field;
  answer_json(response, status, {{"error", error}});
}

void answer_error(httplib::Response& response, const base::Error& error) {
  answer_error(response, status_of(error.code), code_name(error.code), error.message, error.field);
}

std::optional<nlohmann::json> read_object(const std::string& body, httplib::Response& response) {
  if (body.empty()) return nlohmann::json::object();
  adapters::JsonError error;
  auto json = adapters::parse_json(body, &error);
  if (!json) {
    answer_error(response, 400, "invalid", error.message, error.path);
    return std::nullopt;
  }
  if (!json->is_object()) {
    answer_error(response, 400, "invalid", "The body must be a JSON object.");
    return std::nullopt;
  }
  return json;
}

std::string client_address(const httplib::Request& request, const config::Config& config) {
  // The REMOTE_ADDR header that cpp-httplib adds can be sent by a client too; the socket's address
  // cannot.
  const auto& proxies = config.trusted_proxies;
  if (std::find(proxies.begin(), proxies.end(), request.remote_addr) == proxies.end())
    return request.remote_addr;
  // The last one is the proxy's own: what stands before it, in a header of its own too, came from the client.
  const std::size_t count = request.get_header_value_count("X-Forwarded-For");
  const std::string forwarded =
      count == 0 ? "" : request.get_header_value("X-Forwarded-For", count - 1);
  const std::size_t comma = forwarded.rfind(',');
  std::string last = comma == std::string::npos ? forwarded : forwarded.substr(comma + 1);
  last.erase(0, std::min(last.find_first_not_of(' '), last.size()));
  return last.empty() ? request.remote_addr : last;
}

std::string bearer_token(const httplib::Request& request) {
  constexpr std::string_view kBearer = "Bearer ";
  const std::string header = request.get_header_value("Authorization");
  return header.rfind(kBearer, 0) == 0 ? header.substr(kBearer.size()) : "";
}

adapters::HttpRequest to_adapter_request(const httplib::Request& request, const std::string& body) {
  adapters::HttpRequest result;
  result.path = request.path;
  for (const auto& [name, value] : request.headers) result.headers.emplace_back(lower(name), value);
  result.body = body;
  return result;
}

}  // namespace handrail::serve
