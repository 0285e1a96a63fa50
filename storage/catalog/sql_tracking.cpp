#include "storage/catalog/sql_tracking.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "storage/catalog/device_event_statements.hpp"
#include "storage/catalog/device_statements.hpp"
#include "storage/catalog/link_statements.hpp"
#include "storage/catalog/tracking_statements.hpp"

namespace storage {

using sql::Connection;

namespace {
constexpr std::size_t most_known_devices = 200'000;  // some 10 MiB

base::Result<std::vector<const DeviceState*>> in_order(std::span<const DeviceState> states) {
  std::vector<const DeviceState*> sorted;
  sorted.reserve(states.size());
  for (const DeviceState& each : states) sorted.push_back(&each);
  const auto imei = [](const DeviceState* each) { return each->imei; };
  std::ranges::sort(sorted, {}, imei);
  if (const auto twice = std::ranges::adjacent_find(sorted, {}, imei); twice != sorted.end())
    return base::fail(base::Errc::invalid,
                      fmt::format("there are two states of the device {}: give the latest one", (*twice)->imei.str()));
  return sorted;
}

// Makes the device, where it never came, and locks its row.
base::Result<> hold_device(Connection& connection, const base::Imei& imei, base::UtcTime seen) {
  if (auto made = sql::ensure_device(connection, imei, seen); !made) return made;
  return sql::lock_device(connection, imei);
}
}  // namespace

// Who sends datagrams has no link that would make the device's row. Devices are not deleted: each is looked for once.
base::Result<> SqlTracking::make_devices(std::span<const DeviceState* const> states) {
  if (known_devices_.size() > most_known_devices) known_devices_.clear();
  for (const DeviceState* state : states) {
    if (known_devices_.contains(state->imei)) continue;
    const auto found = database_.ask([&](Connection& reader) { return sql::find_device(reader, state->imei); });
    if (!found) return std::unexpected(found.error());
    if (!*found) {
      const auto made = database_.write(
          [&](Connection& connection) { return sql::ensure_device(connection, state->imei, state->received_at); },
          state->imei.number());
      if (!made) return made;
    }
    known_devices_.insert(state->imei);
  }
  return {};
}

// Rows of many devices, none of which anybody else locks for long. They come in the order of their keys, before all
// that locks a device, and from one call in a transaction, since those of two would be in no order: nobody who waits
// here for a row holds one that its owner may still want.
base::Result<> SqlTracking::append_records(std::span<const TrackRecords> records, std::span<const DeviceState> states) {
  if (records.empty() && states.empty()) return {};
  const auto sorted_records = sql::in_order_of_keys(records);
  const auto sorted_states = in_order(states);
  if (!sorted_states) return std::unexpected(sorted_states.error());
  const std::scoped_lock lock(appending_);
  if (auto made = make_devices(*sorted_states); !made) return made;
  return database_.write(
      [&](Connection& connection) -> base::Result<> {
        if (auto added = sql::add_records(connection, sorted_records); !added) return added;
        return sql::put_states(connection, *sorted_states);
      },
      sql::order::records);
}

base::Result<bool> SqlTracking::add_device_event(const DeviceEvent& event) {
  return database_.change(
      [&](Connection& connection) -> base::Result<bool> {
        if (auto held = hold_device(connection, event.imei, event.received_at); !held)
          return std::unexpected(held.error());
        return sql::add_device_event(connection, event);
      },
      event.imei.number());
}

base::Result<std::optional<DeviceState>> SqlTracking::find_device_state(const base::Imei& imei) {
  return database_.ask([&](Connection& connection) { return sql::find_device_state(connection, imei); });
}

base::Result<std::vector<DeviceState>> SqlTracking::device_states() {
  return database_.ask(sql::device_states);
}

base::Result<std::vector<TrackRecords>> SqlTracking::track_records(const base::Imei& imei, base::UtcTime from,
                                                                   base::UtcTime to, std::uint32_t limit) {
  return database_.ask([&](Connection& connection) { return sql::track_records(connection, imei, from, to, limit); });
}

base::Result<DeviceEventPage> SqlTracking::list_device_events(const DeviceEventQuery& query) {
  return database_.ask([&](Connection& connection) { return sql::list_device_events(connection, query); });
}

base::Result<std::optional<DeviceEvent>> SqlTracking::find_device_event(const base::Uuid& id) {
  return database_.ask([&](Connection& connection) { return sql::find_device_event(connection, id); });
}

base::Result<std::vector<DeviceEvent>> SqlTracking::unhandled_events(std::uint32_t limit) {
  return database_.ask([&](Connection& connection) { return sql::unhandled_events(connection, limit); });
}

base::Result<> SqlTracking::mark_handled(const base::Uuid& event_id) {
  const auto event = find_device_event(event_id);
  if (!event) return std::unexpected(event.error());
  if (!*event) return {};  // forgotten meanwhile
  return database_.write(
      [&](Connection& connection) -> base::Result<> {
        if (auto locked = sql::lock_device(connection, (*event)->imei); !locked) return locked;
        return sql::mark_handled(connection, event_id);
      },
      (*event)->imei.number());
}

base::Result<std::uint64_t> SqlTracking::forget_records(base::UtcTime before, std::uint32_t limit) {
  return database_.change(
      [&](Connection& connection) -> base::Result<std::uint64_t> {
        const auto tracks = sql::forget_tracks(connection, before, limit);
        if (!tracks || *tracks >= limit) return tracks;
        const auto left = static_cast<std::uint32_t>(limit - *tracks);
        const auto events = sql::forget_device_events(connection, before, left);
        if (!events) return events;
        return *tracks + *events;
      },
      sql::order::last);
}

base::Result<> SqlTracking::open_link(const TrackerLink& link) {
  return database_.write(
      [&](Connection& connection) -> base::Result<> {
        if (auto held = hold_device(connection, link.imei, link.since); !held) return held;
        return sql::put_link(connection, link);
      },
      link.imei.number());
}

base::Result<> SqlTracking::close_link(const base::Imei& imei, std::string_view session) {
  return database_.write(
      [&](Connection& connection) -> base::Result<> {
        if (auto locked = sql::lock_device(connection, imei); !locked) return locked;
        return sql::drop_link(connection, imei, session);
      },
      imei.number());
}

base::Result<> SqlTracking::close_links_of(std::string_view node) {
  return sql::close_links_of(database_, node);
}

base::Result<std::optional<TrackerLink>> SqlTracking::find_link(const base::Imei& imei) {
  return database_.ask([&](Connection& connection) { return sql::find_link(connection, imei); });
}

base::Result<std::vector<TrackerLink>> SqlTracking::links_of(std::string_view node) {
  return database_.ask([&](Connection& connection) { return sql::links_of(connection, node); });
}

}  // namespace storage
