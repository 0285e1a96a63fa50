// A tracking catalog small enough to be seen through, that fails and waits when told to. Thread-safe.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "storage/catalog/tracking_catalog.hpp"

namespace tests {

class MemoryTrackingCatalog : public storage::TrackingCatalog {
 public:
  // The next `times` calls of "append_records", "add_device_event", "find_device_state", "open_link", … fail.
  void fail(const std::string& call, int times = 1);
  // From now on append_records() waits until it is let go.
  void hold();
  void let_go();
  std::size_t held() const;  // calls that wait

  // What append_records() was called with, in order; those that failed, too.
  std::vector<std::vector<storage::TrackRecords>> batches() const;
  std::vector<std::vector<storage::DeviceState>> states_of_batches() const;
  // Every call by its name, in order.
  std::vector<std::string> calls() const;
  std::size_t called(const std::string& call) const;
  std::vector<storage::DeviceEvent> events() const;  // each once
  std::size_t records() const;                       // different ones
  void put_state(const storage::DeviceState& state);
  void put_records(const storage::TrackRecords& records);
  std::vector<storage::TrackerLink> links() const;

  base::Result<> append_records(std::span<const storage::TrackRecords> records,
                                std::span<const storage::DeviceState> states) override;
  base::Result<bool> add_device_event(const storage::DeviceEvent& event) override;
  base::Result<std::optional<storage::DeviceState>> find_device_state(const base::Imei& imei) override;
  base::Result<std::vector<storage::DeviceState>> device_states() override;
  base::Result<std::vector<storage::TrackRecords>> track_records(const base::Imei& imei, base::UtcTime from,
                                                                 base::UtcTime to, std::uint32_t limit) override;
  base::Result<storage::DeviceEventPage> list_device_events(const storage::DeviceEventQuery& query) override;
  base::Result<std::optional<storage::DeviceEvent>> find_device_event(const base::Uuid& id) override;
  base::Result<std::vector<storage::DeviceEvent>> unhandled_events(std::uint32_t limit) override;
  base::Result<> mark_handled(const base::Uuid& event_id) override;
  base::Result<std::uint64_t> forget_records(base::UtcTime before, std::uint32_t limit) override;
  base::Result<> open_link(const storage::TrackerLink& link) override;
  base::Result<> close_link(const base::Imei& imei, std::string_view session) override;
  base::Result<> close_links_of(std::string_view node) override;
  base::Result<std::optional<storage::TrackerLink>> find_link(const base::Imei& imei) override;
  base::Result<std::vector<storage::TrackerLink>> links_of(std::string_view node) override;

 private:
  base::Result<> enter(const std::string& call);  // under the lock

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, int> failures_;
  bool holding_ = false;
  std::size_t held_ = 0;
  std::vector<std::string> calls_;
  std::vector<std::vector<storage::TrackRecords>> batches_;
  std::vector<std::vector<storage::DeviceState>> states_of_batches_;
  std::vector<storage::TrackRecords> records_;
  std::map<base::Imei, storage::DeviceState> states_;
  std::vector<storage::DeviceEvent> events_;
  std::map<base::Imei, storage::TrackerLink> links_;
};

}  // namespace tests
