// What happens to devices, told to the relay: SOS and camera states of the last minute, from the catalog, whichever
// node had the tracker's link. At least once; the relay drops copies by the event's id.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <set>

#include "server/base/ids.hpp"
#include "server/base/threads.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace app {

class RelayEvents {
 public:
  // What is older is no reason to fire anything any more.
  static constexpr std::chrono::seconds oldest{60};

  using Tell = std::function<void(const storage::DeviceEvent& event)>;
  // `tell` is called on a thread of its own. `catalog` outlives it.
  RelayEvents(storage::TrackingCatalog& catalog, Tell tell,
              std::chrono::milliseconds look_interval = std::chrono::seconds{2});
  ~RelayEvents();
  RelayEvents(const RelayEvents&) = delete;
  RelayEvents& operator=(const RelayEvents&) = delete;

  void look();  // a hint, from any thread: there is something new

 private:
  void run();
  void round();

  storage::TrackingCatalog& catalog_;
  const Tell tell_;
  const std::chrono::milliseconds look_interval_;
  std::set<base::Uuid> told_;  // v7: those that are too old to be found again go from the front
  std::mutex mutex_;
  std::condition_variable wake_;
  bool hint_ = false;
  bool stopped_ = false;
  base::ThreadGroup thread_;
};

}  // namespace app
