// The only way to learn the time. Inside the program a time is milliseconds since the Unix epoch,
// UTC (int64). Thread safe. Tests move a ManualClock by hand; nothing else in the program reads the
// system clock.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace handrail::base {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t now_ms() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::int64_t now_ms() const override {
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

class ManualClock final : public Clock {
 public:
  explicit ManualClock(std::int64_t now) : now_(now) {}
  std::int64_t now_ms() const override { return now_.load(); }
  void set(std::int64_t now) { now_.store(now); }
  void advance(std::chrono::milliseconds by) { now_.fetch_add(by.count()); }

 private:
  std::atomic<std::int64_t> now_;
};

}  // namespace handrail::base
