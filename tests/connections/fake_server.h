// A WebSocket server on loopback that does what a test scripted, connection by connection. Each connection runs the next
// script on a thread of its own; without a script left it only listens. The server's end cuts everything and joins.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

namespace handrail::connections {

// The server's side of one connection; belongs to its script.
class Peer {
 public:
  virtual ~Peer() = default;
  virtual void send(const std::string& text) = 0;
  void send(const nlohmann::json& frame) { send(frame.dump()); }
  // The client's next message, or null when the client has gone; then client_code() says with which close code.
  nlohmann::json receive();
  virtual std::optional<std::string> receive_text() = 0;
  virtual int client_code() const = 0;
  virtual void ping() = 0;
  virtual int pongs() const = 0;  // seen while receiving
  virtual void close(int code) = 0;
  virtual void drop() = 0;  // cuts the line without a goodbye
  virtual std::string target() const = 0;
  virtual std::string server_name() const = 0;  // what TLS was told, empty without
};

using Script = std::function<void(Peer&)>;

class FakeServer {
 public:
  FakeServer() : FakeServer("") {}
  // TLS with the certificate and key in one PEM file.
  explicit FakeServer(const std::string& certificate_file);
  ~FakeServer();

  void then(Script script);
  void then_silence();           // takes the connection and never says a word
  void then_refuse(int status);  // answers the upgrade with an HTTP status
  std::string url(const std::string& host = "127.0.0.1") const;
  int connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What threads tell a test. `wait` gives up after kPatience, which only a failing test meets.
class Record {
 public:
  static constexpr std::chrono::seconds kPatience{5};

  void add(const std::string& what) {
    const std::lock_guard lock(mutex_);
    all_.push_back(what);
    changed_.notify_all();
  }
  std::vector<std::string> all() const {
    const std::lock_guard lock(mutex_);
    return all_;
  }
  int count(const std::string& what) const {
    const std::lock_guard lock(mutex_);
    return count_locked(what);
  }
  // True when `what` was added at least `times`.
  bool wait(const std::string& what, int times = 1) const {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kPatience, [&] { return count_locked(what) >= times; });
  }

 private:
  int count_locked(const std::string& what) const {
    int found = 0;
    for (const std::string& one : all_) found += one == what ? 1 : 0;
    return found;
  }
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<std::string> all_;
};

// How long `work` takes.
template <typename Work>
std::chrono::milliseconds time_of(Work work) {
  const auto from = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - from);
}

}  // namespace handrail::connections
