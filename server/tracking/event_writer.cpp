#include "server/tracking/event_writer.hpp"

#include <latch>
#include <mutex>
#include <vector>

namespace tracking {

namespace {
// Events are rare, except when a fleet comes for the first time; then each of these waits for a commit.
constexpr unsigned threads = 8;
}  // namespace

EventWriter::EventWriter(storage::TrackingCatalog& catalog) : catalog_(catalog), pool_("device events", threads) {}

std::unordered_map<base::Imei, base::Error> EventWriter::write(std::span<const storage::DeviceEvent> events) {
  std::unordered_map<base::Imei, base::Error> failed;
  std::unordered_map<base::Imei, std::vector<const storage::DeviceEvent*>> by_device;
  for (const storage::DeviceEvent& event : events) by_device[event.imei].push_back(&event);

  std::mutex mutex;
  const auto add = [&](const std::vector<const storage::DeviceEvent*>& list) {
    for (const storage::DeviceEvent* event : list)
      if (const auto added = catalog_.add_device_event(*event); !added) {
        const std::lock_guard lock(mutex);
        failed.emplace(event->imei, added.error());
        return;
      }
  };
  std::latch left(static_cast<std::ptrdiff_t>(by_device.size()));
  for (const auto& each : by_device) {
    const auto task = [&add, &left, &list = each.second] {
      add(list);
      left.count_down();
    };
    // One alone is not worth another thread.
    if (by_device.size() == 1 || !pool_.post(task)) task();
  }
  left.wait();
  return failed;
}

}  // namespace tracking
