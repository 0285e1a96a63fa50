// What was known of the devices that were heard of lately, read from the catalog on first need. Of one thread.
#pragma once

#include <cstddef>
#include <list>
#include <unordered_map>
#include <utility>

#include "server/base/imei.hpp"
#include "server/base/result.hpp"
#include "server/tracking/follow.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace tracking {

class DeviceMemory {
 public:
  // Beyond `most` devices the one that was not heard of for the longest time is forgotten.
  DeviceMemory(storage::TrackingCatalog& catalog, std::size_t most) : catalog_(catalog), most_(most) {}

  // Blocks where the catalog has to be asked. Valid until `most` other devices were asked for.
  base::Result<Known*> of(const base::Imei& imei);
  void forget(const base::Imei& imei);
  std::size_t size() const noexcept { return by_imei_.size(); }

 private:
  using Devices = std::list<std::pair<base::Imei, Known>>;  // latest first
  storage::TrackingCatalog& catalog_;
  const std::size_t most_;
  Devices devices_;
  std::unordered_map<base::Imei, Devices::iterator> by_imei_;
};

}  // namespace tracking
