#include "server/tracking/device_memory.hpp"

namespace tracking {

base::Result<Known*> DeviceMemory::of(const base::Imei& imei) {
  if (const auto found = by_imei_.find(imei); found != by_imei_.end()) {
    devices_.splice(devices_.begin(), devices_, found->second);
    return &found->second->second;
  }
  auto state = catalog_.find_device_state(imei);
  if (!state) return std::unexpected(state.error());
  if (devices_.size() >= most_) {
    by_imei_.erase(devices_.back().first);
    devices_.pop_back();
  }
  devices_.emplace_front(imei, Known{.state = *state, .just_read = true});
  by_imei_.emplace(imei, devices_.begin());
  return &devices_.front().second;
}

void DeviceMemory::forget(const base::Imei& imei) {
  const auto found = by_imei_.find(imei);
  if (found == by_imei_.end()) return;
  devices_.erase(found->second);
  by_imei_.erase(found);
}

}  // namespace tracking
