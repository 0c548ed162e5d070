#include "bot/base/http_client.h"

#include <httplib.h>

#include <algorithm>
#include <map>
#include <mutex>

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
    std::unique_ptr<httplib::Client> client = take(origin);
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
    } else if (!call.body.empty() || call.method == "POST" || call.method == "PUT" || call.method == "PATCH") {
      request.body = call.body;
      if (!call.content_type.empty()) request.headers.emplace("Content-Type", call.content_type);
    }
    // The deadline is for the whole exchange: each piece of the answer checks it, since httplib's timeouts are per read.
    const auto started = std::chrono::steady_clock::now();
    bool too_long = false;
    request.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
      too_long = reply.body.size() + size > kReplyBytes || std::chrono::steady_clock::now() - started > call.deadline;
      if (too_long) return false;
      reply.body.append(data, size);
      return true;
    };
    httplib::Response response;
    httplib::Error error = httplib::Error::Success;
    if (!client->send(request, response, error) || too_long) {
      reply.body.clear();
      reply.error = too_long ? "answer too long or too slow" : httplib::to_string(error);
      return reply;
    }
    reply.status = response.status;
    if (reply.body.empty()) reply.body = response.body;
    for (const auto& [name, value] : response.headers) reply.headers.emplace_back(lower(name), value);
    give_back(origin, std::move(client));
    return reply;
  }

 private:
  std::unique_ptr<httplib::Client> take(const std::string& origin) {
    {
      const std::lock_guard lock(mutex_);
      auto& idle = idle_[origin];
      if (!idle.empty()) {
        auto client = std::move(idle.back());
        idle.pop_back();
        return client;
      }
    }
    auto client = std::make_unique<httplib::Client>(origin);
    client->set_keep_alive(true);
    client->set_follow_location(false);
    client->set_tcp_nodelay(true);
    return client;
  }

  void give_back(const std::string& origin, std::unique_ptr<httplib::Client> client) {
    const std::lock_guard lock(mutex_);
    auto& idle = idle_[origin];
    if (idle.size() < kIdleConnectionsPerOrigin) idle.push_back(std::move(client));
  }

  std::mutex mutex_;
  std::map<std::string, std::vector<std::unique_ptr<httplib::Client>>> idle_;
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
