// A worker for each platform, so that one whose calls hang keeps no other waiting. Thread safe once all are added.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "bot/delivery/worker.h"

namespace handrail::delivery {

class Couriers final : public Courier {
 public:
  void add(const std::string& channel, std::unique_ptr<Worker> worker) { workers_[channel] = std::move(worker); }
  void start();
  void stop();
  void wake();
  bool has_room() const override;  // with every platform: it is not known yet whose parcel comes
  void take(Parcel parcel) override;

 private:
  std::map<std::string, std::unique_ptr<Worker>> workers_;
};

}  // namespace handrail::delivery
