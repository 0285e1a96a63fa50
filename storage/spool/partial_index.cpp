#include "storage/spool/partial_index.hpp"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

namespace storage {

void PartialIndex::add_idle(const base::Uuid& id, const FileIdentity& identity, std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  devices_[identity.imei].emplace(id, Entry{.identity = identity, .bytes = bytes});
  ++count_;
  resized(0, bytes);
}

base::Result<std::vector<base::Uuid>> PartialIndex::add_open(const base::Uuid& id, const FileIdentity& identity) {
  const std::scoped_lock lock(mutex_);
  Device& device = devices_[identity.imei];
  std::vector<base::Uuid> victims;
  while (device.size() >= max_partials_per_device) {
    const auto oldest = std::ranges::find_if(device, [](const auto& entry) { return !entry.second.open; });
    if (oldest == device.end())
      return base::fail(base::Errc::exhausted, fmt::format("Device {} has {} files open at once; that is the most.",
                                                           identity.imei.str(), device.size()));
    victims.push_back(oldest->first);
    erase_entry(device, oldest);
  }
  device.emplace(id, Entry{.identity = identity, .open = true});
  ++count_;
  return victims;
}

std::vector<base::Uuid> PartialIndex::open_all(const FileIdentity& identity) {
  const std::scoped_lock lock(mutex_);
  std::vector<base::Uuid> ids;
  const auto device = devices_.find(identity.imei);
  if (device == devices_.end()) return ids;
  for (auto& [id, entry] : device->second | std::views::reverse) {
    if (entry.open || entry.identity != identity) continue;
    entry.open = true;
    resized(std::exchange(entry.bytes, 0), 0);
    ids.push_back(id);
  }
  return ids;
}

void PartialIndex::close(const base::Uuid& id, const base::Imei& imei, std::uint64_t bytes) {
  const std::scoped_lock lock(mutex_);
  Entry& entry = devices_.at(imei).at(id);
  entry.open = false;
  entry.bytes = bytes;
}

void PartialIndex::erase(const base::Uuid& id, const base::Imei& imei) {
  const std::scoped_lock lock(mutex_);
  const auto device = devices_.find(imei);
  erase_entry(device->second, device->second.find(id));
  if (device->second.empty()) devices_.erase(device);
}

std::vector<base::Uuid> PartialIndex::take_idle(const std::function<bool(const base::Uuid&)>& unwanted) {
  std::vector<base::Uuid> taken;
  const std::scoped_lock lock(mutex_);
  for (auto device = devices_.begin(); device != devices_.end();) {
    for (auto entry = device->second.begin(); entry != device->second.end();) {
      const auto here = entry++;
      if (here->second.open || !unwanted(here->first)) continue;
      taken.push_back(here->first);
      erase_entry(device->second, here);
    }
    device = device->second.empty() ? devices_.erase(device) : std::next(device);
  }
  return taken;
}

std::vector<FileIdentity> PartialIndex::idle() const {
  std::vector<FileIdentity> identities;
  const std::scoped_lock lock(mutex_);
  for (const auto& [imei, device] : devices_)
    for (const auto& [id, entry] : device)
      if (!entry.open) identities.push_back(entry.identity);
  return identities;
}

void PartialIndex::erase_entry(Device& device, Device::iterator entry) {
  resized(entry->second.bytes, 0);
  device.erase(entry);
  --count_;
}

SpoolUsage PartialIndex::usage() const {
  const std::scoped_lock lock(mutex_);
  return {.partials = count_, .bytes = bytes_.load()};
}

}  // namespace storage
