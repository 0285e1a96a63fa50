// The statements about what has happened to devices. Writing ones run inside of the writer's transaction, in which the
// device's row is locked.
#pragma once

#include "storage/catalog/page.hpp"
#include "storage/catalog/tracking_catalog.hpp"

namespace storage::sql {

// With its event in the outbox; false: it is there.
base::Result<bool> add_device_event(Connection& connection, const DeviceEvent& event);
base::Result<> mark_handled(Connection& connection, const base::Uuid& id);
// How many were removed. Passes over those that others hold.
base::Result<std::uint64_t> forget_device_events(Connection& connection, base::UtcTime before, std::uint32_t limit);

base::Result<std::optional<DeviceEvent>> find_device_event(Connection& connection, const base::Uuid& id);
base::Result<DeviceEventPage> list_device_events(Connection& connection, const DeviceEventQuery& query);
base::Result<std::vector<DeviceEvent>> unhandled_events(Connection& connection, std::uint32_t limit);

// What the calls above ask: for the tests of the query plans, too.
base::Result<Query> device_events_query(const DeviceEventQuery& query, Dialect dialect);
std::string unhandled_events_sql(Dialect dialect);
std::string_view forget_device_events_sql(Dialect dialect);

}  // namespace storage::sql
