#include "server/net/admission.hpp"

#include <fmt/format.h>

#include <utility>

namespace net {

std::optional<std::string> Admission::enter_ip(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (total_ >= limits_.total) return fmt::format("the server has its {} connections", limits_.total);
  std::uint64_t& count = by_ip_[address];
  if (count >= limits_.per_ip) return fmt::format("the address has its {} connections", limits_.per_ip);
  ++count;
  ++total_;
  return std::nullopt;
}

void Admission::leave_ip(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto found = by_ip_.find(address);
  if (found == by_ip_.end()) return;
  if (--found->second == 0) by_ip_.erase(found);
  --total_;
}

void Admission::enter_device(const base::Imei& imei, std::uint64_t connection, std::function<void()> close) {
  std::function<void()> close_oldest;
  {
    const std::lock_guard lock(mutex_);
    auto& connections = by_device_[imei];
    connections.push_back({connection, std::move(close)});
    std::size_t alive = 0;
    for (const DeviceConnection& each : connections) alive += each.close ? 1 : 0;
    if (alive > limits_.per_device)
      for (DeviceConnection& each : connections)
        if (each.close) {
          close_oldest = std::exchange(each.close, nullptr);
          break;
        }
  }
  if (close_oldest) close_oldest();
}

void Admission::leave_device(const base::Imei& imei, std::uint64_t connection) {
  const std::lock_guard lock(mutex_);
  const auto found = by_device_.find(imei);
  if (found == by_device_.end()) return;
  found->second.remove_if([&](const DeviceConnection& each) { return each.id == connection; });
  if (found->second.empty()) by_device_.erase(found);
}

std::uint64_t Admission::open() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

}  // namespace net
