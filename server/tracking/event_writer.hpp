// Adds device events to the catalog, those of different devices side by side, so that they share commits.
#pragma once

#include <span>
#include <unordered_map>

#include "server/base/imei.hpp"
#include "server/base/result.hpp"
#include "server/base/worker_pool.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace tracking {

class EventWriter {
 public:
  explicit EventWriter(storage::TrackingCatalog& catalog);

  // Blocks until each is there, those of a device in their order. Whose events are not, and why.
  std::unordered_map<base::Imei, base::Error> write(std::span<const storage::DeviceEvent> events);

 private:
  storage::TrackingCatalog& catalog_;
  base::WorkerPool pool_;
};

}  // namespace tracking
