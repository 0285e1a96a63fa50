// TrackingCatalog as SQLite and PostgreSQL share it.
#pragma once

#include <mutex>
#include <unordered_set>

#include "storage/catalog/database.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace storage {

class SqlTracking final : public TrackingCatalog {
 public:
  // Outlives it; used only when somebody calls.
  explicit SqlTracking(sql::Database& database) : database_(database) {}

  base::Result<> append_records(std::span<const TrackRecords> records, std::span<const DeviceState> states) override;
  base::Result<bool> add_device_event(const DeviceEvent& event) override;
  base::Result<std::optional<DeviceState>> find_device_state(const base::Imei& imei) override;
  base::Result<std::vector<DeviceState>> device_states() override;
  base::Result<std::vector<TrackRecords>> track_records(const base::Imei& imei, base::UtcTime from, base::UtcTime to,
                                                        std::uint32_t limit) override;
  base::Result<DeviceEventPage> list_device_events(const DeviceEventQuery& query) override;
  base::Result<std::optional<DeviceEvent>> find_device_event(const base::Uuid& id) override;
  base::Result<std::vector<DeviceEvent>> unhandled_events(std::uint32_t limit) override;
  base::Result<> mark_handled(const base::Uuid& event_id) override;
  base::Result<std::uint64_t> forget_records(base::UtcTime before, std::uint32_t limit) override;
  base::Result<> open_link(const TrackerLink& link) override;
  base::Result<> close_link(const base::Imei& imei, std::string_view session) override;
  base::Result<> close_links_of(std::string_view node) override;
  base::Result<std::optional<TrackerLink>> find_link(const base::Imei& imei) override;
  base::Result<std::vector<TrackerLink>> links_of(std::string_view node) override;

 private:
  base::Result<> make_devices(std::span<const DeviceState* const> states);

  sql::Database& database_;
  std::mutex appending_;                          // one call at a time: see append_records()
  std::unordered_set<base::Imei> known_devices_;  // whose row is there; under appending_
};

}  // namespace storage
