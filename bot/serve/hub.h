// Wakes the event streams of one conversation when something new is in the database. Streams also
// look by themselves every kStreamPoll, because other processes write too. Only the streams
// concerned are woken. Thread safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace handrail::serve {

inline constexpr std::chrono::milliseconds kStreamPoll{2000};
inline constexpr const char* kDeskTopic = "desk";  // changes of tickets

class Hub {
 private:
  struct Topic {
    std::mutex mutex;
    std::condition_variable changed;
    std::uint64_t version = 0;
  };

 public:
  class Subscription {
   public:
    // Returns when something was notified since the last call, or after kStreamPoll.
    void wait() {
      std::unique_lock lock(topic_->mutex);
      topic_->changed.wait_for(lock, kStreamPoll, [&] { return topic_->version != seen_; });
      seen_ = topic_->version;
    }

   private:
    friend class Hub;
    explicit Subscription(std::shared_ptr<Topic> topic) : topic_(std::move(topic)) {}
    std::shared_ptr<Topic> topic_;
    std::uint64_t seen_ = 0;
  };

  Subscription subscribe(const std::string& name) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Topic> topic = topics_[name].lock();
    if (topic == nullptr) {
      topic = std::make_shared<Topic>();
      topics_[name] = topic;
    }
    return Subscription(std::move(topic));
  }

  void notify(const std::string& name) {
    std::shared_ptr<Topic> topic;
    {
      const std::lock_guard lock(mutex_);
      const auto known = topics_.find(name);
      if (known == topics_.end()) return;
      topic = known->second.lock();
      if (topic == nullptr) topics_.erase(known);  // its last stream has gone
    }
    if (topic != nullptr) wake(*topic);
  }

  void notify_all() {
    const std::lock_guard lock(mutex_);
    for (auto& [name, weak] : topics_) {
      if (const auto topic = weak.lock()) wake(*topic);
    }
  }

 private:
  static void wake(Topic& topic) {
    {
      const std::lock_guard lock(topic.mutex);
      ++topic.version;
    }
    topic.changed.notify_all();
  }

  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<Topic>> topics_;
};

}  // namespace handrail::serve
