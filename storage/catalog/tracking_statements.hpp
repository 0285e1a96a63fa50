// The statements about what trackers report: records, states, and how long they are kept. Writing ones run inside of
// the writer's transaction, and lock rows of these tables alone.
#pragma once

#include <array>
#include <span>

#include "storage/catalog/page.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace storage::sql {

// Both in the order of the keys, so that two nodes that write the same rows do not wait for each other.
base::Result<> add_records(Connection& connection, std::span<const TrackRecords* const> records);
base::Result<> put_states(Connection& connection, std::span<const DeviceState* const> states);
// The order that add_records() needs.
std::vector<const TrackRecords*> in_order_of_keys(std::span<const TrackRecords> records);

base::Result<std::optional<DeviceState>> find_device_state(Connection& connection, const base::Imei& imei);
base::Result<std::vector<DeviceState>> device_states(Connection& connection);
base::Result<std::vector<TrackRecords>> track_records(Connection& connection, const base::Imei& imei,
                                                      base::UtcTime from, base::UtcTime to, std::uint32_t limit);
// How many were removed. Passes over those that others just remove.
base::Result<std::uint64_t> forget_tracks(Connection& connection, base::UtcTime before, std::uint32_t limit);

// A place in six columns: latitude, longitude, altitude_m, angle_deg, satellites, speed_kmh; all NULL: nothing.
constexpr int place_columns = 6;
std::array<Value, place_columns> place_values(const std::optional<Place>& place);
std::optional<Place> read_place(const Rows& row, int first_column);

// What the calls above ask: for the tests of the query plans, too.
std::string_view track_records_sql(Dialect dialect);
std::string_view forget_tracks_sql(Dialect dialect);

}  // namespace storage::sql
