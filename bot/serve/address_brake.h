// How often an address may begin something in a minute: chat sessions, installations. Thread safe; forgets with the process.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

namespace handrail::serve {

inline constexpr std::size_t kAddressesRemembered = 50'000;

class AddressBrake {
 public:
  explicit AddressBrake(int per_minute) : per_minute_(static_cast<std::size_t>(per_minute)) {}

  // True when it may; that is then counted.
  bool allow(const std::string& address, std::int64_t now) {
    constexpr std::int64_t kMinuteMs = 60'000;
    const std::lock_guard lock(mutex_);
    if (starts_.size() > kAddressesRemembered) starts_.clear();
    auto& times = starts_[address];
    while (!times.empty() && now - times.front() >= kMinuteMs) times.pop_front();
    if (times.size() >= per_minute_) return false;
    times.push_back(now);
    return true;
  }

 private:
  const std::size_t per_minute_;
  std::mutex mutex_;
  std::map<std::string, std::deque<std::int64_t>> starts_;
};

}  // namespace handrail::serve
