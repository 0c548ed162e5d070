#include "bot/delivery/couriers.h"

#include <algorithm>

namespace handrail::delivery {

void Couriers::start() {
  for (auto& [channel, worker] : workers_) worker->start();
}

void Couriers::stop() {
  for (auto& [channel, worker] : workers_) worker->stop();
}

void Couriers::wake() {
  for (auto& [channel, worker] : workers_) worker->wake();
}

bool Couriers::has_room() const {
  return std::all_of(workers_.begin(), workers_.end(), [](const auto& known) { return known.second->has_room(); });
}

// A parcel for a platform without a worker stays leased until it is due again: there is none, since every pushed channel has one.
void Couriers::take(Parcel parcel) {
  if (parcel.rows.empty()) return;
  const auto worker = workers_.find(parcel.rows.front().channel);
  if (worker != workers_.end()) worker->second->take(std::move(parcel));
}

}  // namespace handrail::delivery
