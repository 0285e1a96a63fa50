#include "server/app/relay_events.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include "server/base/log.hpp"

namespace app {

namespace {
constexpr std::uint32_t at_once = 500;
}  // namespace

RelayEvents::RelayEvents(storage::TrackingCatalog& catalog, Tell tell, std::chrono::milliseconds look_interval)
    : catalog_(catalog), tell_(std::move(tell)), look_interval_(look_interval) {
  thread_.start("relay-events", [this] { run(); });
}

RelayEvents::~RelayEvents() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void RelayEvents::look() {
  {
    const std::lock_guard lock(mutex_);
    hint_ = true;
  }
  wake_.notify_all();
}

void RelayEvents::run() {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    hint_ = false;
    lock.unlock();
    round();
    lock.lock();
    wake_.wait_for(lock, look_interval_, [&] { return hint_ || stopped_; });
  }
}

void RelayEvents::round() {
  const base::UtcTime now = base::utc_now();
  const auto page = catalog_.list_device_events({.from = now - oldest, .limit = at_once});
  if (!page) {
    base::log::debug("device events cannot be read for the relay", {{"reason", page.error().message}});
    return;
  }
  for (const storage::DeviceEvent& event : page->items | std::views::reverse)
    if (told_.insert(event.id).second) tell_(event);
  // Received at the earliest when it happened, but for a tracker whose clock is ahead: twice the time is room for that.
  const base::Uuid first = base::Uuid::first_of(now - 2 * oldest);
  told_.erase(told_.begin(), told_.lower_bound(first));
}

}  // namespace app
