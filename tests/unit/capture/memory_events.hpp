// Device events in memory, for tests of rules: the rest of a tracking catalog is not there. Thread-safe.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>

#include "storage/catalog/tracking_catalog.hpp"

namespace tests {

class MemoryEvents final : public storage::TrackingCatalog {
 public:
  void put(const storage::DeviceEvent& event) {
    const std::scoped_lock lock(mutex_);
    events_.push_back(event);
  }
  std::size_t unhandled() {
    const std::scoped_lock lock(mutex_);
    return events_.size();
  }
  int looks() const { return looks_; }
  void fail_marks(bool fail) { fail_marks_ = fail; }

  base::Result<std::vector<storage::DeviceEvent>> unhandled_events(std::uint32_t limit) override {
    const std::scoped_lock lock(mutex_);
    ++looks_;
    const auto end = events_.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(limit, events_.size()));
    return std::vector(events_.begin(), end);
  }
  base::Result<> mark_handled(const base::Uuid& id) override {
    const std::scoped_lock lock(mutex_);
    if (fail_marks_) return base::fail(base::Errc::unavailable, "The catalog is down.");
    std::erase_if(events_, [&](const auto& event) { return event.id == id; });
    return {};
  }

  base::Result<> append_records(std::span<const storage::TrackRecords>,
                                std::span<const storage::DeviceState>) override {
    return none();
  }
  base::Result<bool> add_device_event(const storage::DeviceEvent&) override { return none(); }
  base::Result<std::optional<storage::DeviceState>> find_device_state(const base::Imei&) override { return none(); }
  base::Result<std::vector<storage::DeviceState>> device_states() override { return none(); }
  base::Result<std::vector<storage::TrackRecords>> track_records(const base::Imei&, base::UtcTime, base::UtcTime,
                                                                 std::uint32_t) override {
    return none();
  }
  base::Result<storage::DeviceEventPage> list_device_events(const storage::DeviceEventQuery&) override {
    return none();
  }
  base::Result<std::optional<storage::DeviceEvent>> find_device_event(const base::Uuid&) override { return none(); }
  base::Result<std::uint64_t> forget_records(base::UtcTime, std::uint32_t) override { return none(); }
  base::Result<> open_link(const storage::TrackerLink&) override { return none(); }
  base::Result<> close_link(const base::Imei&, std::string_view) override { return none(); }
  base::Result<> close_links_of(std::string_view) override { return none(); }
  base::Result<std::optional<storage::TrackerLink>> find_link(const base::Imei&) override { return none(); }
  base::Result<std::vector<storage::TrackerLink>> links_of(std::string_view) override { return none(); }

 private:
  static std::unexpected<base::Error> none() { return base::fail(base::Errc::refused, "Not for these tests."); }

  std::mutex mutex_;
  std::deque<storage::DeviceEvent> events_;
  std::atomic<int> looks_ = 0;
  std::atomic<bool> fail_marks_ = false;
};

}  // namespace tests
