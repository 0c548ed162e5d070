#include "bot/base/http_client.h"

#include <httplib.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "bot/base/id.h"

namespace handrail::base {
namespace {

constexpr std::size_t kIdleConnectionsPerOrigin = 8;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  });
  return text;
}

// RFC 7578. httplib's own serialiser is private, and its public calls know POST only.
std::string multipart(const std::vector<HttpPart>& parts, const std::string& boundary) {
  std::string body;
  for (const HttpPart& part : parts) {
    body += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + part.name + "\"";
    if (!part.file_name.empty()) body += "; filename=\"" + part.file_name + "\"";
    if (!part.content_type.empty()) body += "\r\nContent-Type: " + part.content_type;
    body += "\r\n\r\n" + part.bytes + "\r\n";
  }
  return body + "--" + boundary + "--\r\n";
}

// Cuts connections whose call has outlived its deadline: httplib's own timeouts are for each read
// and write. One thread.
class Watchdog {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Watchdog() : thread_([this] { run(); }) {}
  ~Watchdog() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  std::uint64_t watch(std::shared_ptr<httplib::Client> client, TimePoint until) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t id = ++last_id_;
    watched_.emplace(std::make_pair(until, id), std::move(client));
    if (watched_.begin()->first.second == id) changed_.notify_all();
    return id;
  }
  // False when the connection was or is being cut: it must not be used again.
  bool forget(std::uint64_t id, TimePoint until) {
    const std::lock_guard lock(mutex_);
    return watched_.erase({until, id}) == 1;
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      if (watched_.empty()) {
        changed_.wait(lock);
        continue;
      }
      const auto first = watched_.begin();
      if (const TimePoint until = first->first.first; until > std::chrono::steady_clock::now()) {
        changed_.wait_until(lock, until);
        continue;
      }
      const std::shared_ptr<httplib::Client> overdue = std::move(first->second);
      watched_.erase(first);
      lock.unlock();
      overdue->stop();  // waits for a connect that is under way, whose own timeout ends now too
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::pair<TimePoint, std::uint64_t>, std::shared_ptr<httplib::Client>> watched_;
  std::uint64_t last_id_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

class PooledHttpClient final : public HttpClient {
 public:
  HttpReply send(const HttpCall& call) override {
    HttpReply reply;
    std::string origin;
    std::string target;
    if (!split_url(call.url, &origin, &target)) {
      reply.error = "not an http(s) URL";
      return reply;
    }
    const std::shared_ptr<httplib::Client> client = take(origin);
    client->set_connection_timeout(call.deadline);
    client->set_read_timeout(call.deadline);
    client->set_write_timeout(call.deadline);

    httplib::Request request;
    request.method = call.method;
    request.path = target;
    for (const auto& [name, value] : call.headers) request.headers.emplace(name, value);
    if (!call.parts.empty()) {
      const std::string boundary = "handrail-" + random_token(18);
      request.body = multipart(call.parts, boundary);
      request.headers.emplace("Content-Type", "multipart/form-data; boundary=" + boundary);
    } else if (!call.body.empty() || call.method == "POST" || call.method == "PUT" ||
               call.method == "PATCH") {
      request.body = call.body;
      if (!call.content_type.empty()) request.headers.emplace("Content-Type", call.content_type);
    }
    bool too_long = false;
    request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t,
                                   std::uint64_t) {
      too_long = reply.body.size() + size > kReplyBytes;
      if (!too_long) reply.body.append(data, size);
      return !too_long;
    };
    const auto until = std::chrono::steady_clock::now() + call.deadline;
    const std::uint64_t watch = watchdog_.watch(client, until);
    httplib::Response response;
    httplib::Error error = httplib::Error::Success;
    const bool answered = client->send(request, response, error);
    const bool in_time = watchdog_.forget(watch, until);
    if (!answered || too_long) {
      reply.body.clear();
      reply.error = too_long   ? "answer too long"
                    : !in_time ? "deadline exceeded"
                               : httplib::to_string(error);
      return reply;
    }
    reply.status = response.status;
    if (reply.body.empty()) reply.body = response.body;
    for (const auto& [name, value] : response.headers)
      reply.headers.emplace_back(lower(name), value);
    if (in_time) give_back(origin, client);
    return reply;
  }

 private:
  std::shared_ptr<httplib::Client> take(const std::string& origin) {
    {
      const std::lock_guard lock(mutex_);
      auto& idle = idle_[origin];
      if (!idle.empty()) {
        auto client = std::move(idle.back());
        idle.pop_back();
        return client;
      }
    }
    auto client = std::make_shared<httplib::Client>(origin);
    client->set_keep_alive(true);
    client->set_follow_location(false);
    client->set_tcp_nodelay(true);
    return client;
  }

  void give_back(const std::string& origin, std::shared_ptr<httplib::Client> client) {
    const std::lock_guard lock(mutex_);
    auto& idle = idle_[origin];
    if (idle.size() < kIdleConnectionsPerOrigin) idle.push_back(std::move(client));
  }

  std::mutex mutex_;
  std::map<std::string, std::vector<std::shared_ptr<httplib::Client>>> idle_;
  Watchdog watchdog_;
};

}  // namespace

bool split_url(const std::string& url, std::string* origin, std::string* target) {
  const std::size_t scheme_end = url.find("://");
  if (scheme_end == std::string::npos) return false;
  const std::string scheme = url.substr(0, scheme_end);
  if (scheme != "http" && scheme != "https") return false;
  const std::size_t path = url.find_first_of("/?#", scheme_end + 3);
  *origin = url.substr(0, path);
  *target = path == std::string::npos ? "/" : url.substr(path);
  if (target->front() != '/') *target = '/' + *target;
  return origin->size() > scheme_end + 3 && origin->find('@') == std::string::npos &&
         url.find_first_of(" \r\n\t") == std::string::npos;
}

std::unique_ptr<HttpClient> make_http_client() { return std::make_unique<PooledHttpClient>(); }

}  // namespace handrail::base
