#include "storage/catalog/device_event_statements.hpp"

#include <fmt/format.h>

#include "storage/catalog/dialect.hpp"
#include "storage/catalog/outbox.hpp"
#include "storage/catalog/rows.hpp"
#include "storage/catalog/tracking_statements.hpp"

namespace storage::sql {

namespace {
constexpr std::string_view columns =
    "id, imei, kind, at, received_at, value, name, latitude, longitude, altitude_m, angle_deg, satellites, speed_kmh";

base::Result<DeviceEvent> read_event(const Rows& row) {
  const auto key = read_file_key(row, 0, 1, "device_events");
  if (!key) return std::unexpected(key.error());
  const auto kind = parse_device_event_kind(row.text(2));
  if (!kind)
    return base::fail(base::Errc::io, fmt::format("the catalog's table device_events holds the kind '{}', which is "
                                                  "unknown",
                                                  row.text(2)));
  return DeviceEvent{.id = key->id,
                     .imei = key->imei,
                     .kind = *kind,
                     .at = row.time(3),
                     .received_at = row.time(4),
                     .value = static_cast<std::uint32_t>(row.integer(5)),
                     .name = row.text(6),
                     .place = read_place(row, 7)};
}
}  // namespace

base::Result<bool> add_device_event(Connection& connection, const DeviceEvent& event) {
  static const std::string sql = fmt::format(
      "INSERT INTO device_events ({}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) "
      "ON CONFLICT DO NOTHING RETURNING 1",
      columns);
  const auto place = place_values(event.place);
  const auto added =
      has_row(connection.query(sql, event.id, event.imei.number(), to_string(event.kind), event.at, event.received_at,
                               event.value, event.name, place[0], place[1], place[2], place[3], place[4], place[5]));
  if (!added || !*added) return added;
  if (auto sent = add_event(connection, device_event(event)); !sent) return std::unexpected(sent.error());
  return true;
}

base::Result<> mark_handled(Connection& connection, const base::Uuid& id) {
  return connection.run("UPDATE device_events SET handled = $2 WHERE id = $1 AND NOT handled", id, true);
}

std::string_view forget_device_events_sql(Dialect dialect) {
  if (dialect == Dialect::postgres)
    return "DELETE FROM device_events WHERE ctid = ANY (ARRAY(SELECT ctid FROM device_events WHERE at < $1 "
           "ORDER BY at, id LIMIT $2 FOR UPDATE SKIP LOCKED)) RETURNING 1";
  return "DELETE FROM device_events WHERE rowid IN (SELECT rowid FROM device_events INDEXED BY device_events_newest "
         "WHERE at < $1 ORDER BY at, id LIMIT $2) RETURNING 1";
}

base::Result<std::uint64_t> forget_device_events(Connection& connection, base::UtcTime before, std::uint32_t limit) {
  return count_rows(connection.query(forget_device_events_sql(connection.dialect()), before, limit));
}

base::Result<std::optional<DeviceEvent>> find_device_event(Connection& connection, const base::Uuid& id) {
  static const std::string sql = fmt::format("SELECT {} FROM device_events WHERE id = $1", columns);
  return read_one<DeviceEvent>(connection.query(sql, id), read_event);
}

base::Result<Query> device_events_query(const DeviceEventQuery& query, Dialect dialect) {
  if (auto valid = check_page_size(query.limit); !valid) return std::unexpected(valid.error());
  Conditions where;
  where.add_if("imei = {}", query.imei.transform(&base::Imei::number));
  where.add_if("kind = {}", query.kind.transform([](DeviceEventKind kind) { return to_string(kind); }));
  where.add_if("at >= {}", query.from);
  where.add_if("at < {}", query.to);
  if (!query.cursor.empty()) {
    const auto end = decode_cursor(Listing::device_events, query.cursor);
    if (!end) return std::unexpected(end.error());
    where.add("(at, id) < ({}, {})", end->time, end->id);
  }
  const std::string limit = where.parameter(query.limit + 1);
  const std::string_view index = query.imei   ? " INDEXED BY device_events_by_imei"
                                 : query.kind ? " INDEXED BY device_events_by_kind"
                                              : " INDEXED BY device_events_newest";
  return Query{fmt::format("SELECT {} FROM device_events{}{} ORDER BY at DESC, id DESC LIMIT {}", columns,
                           for_sqlite(dialect, index), where.sql(), limit),
               where.take_values()};
}

base::Result<DeviceEventPage> list_device_events(Connection& connection, const DeviceEventQuery& query) {
  const auto asked = device_events_query(query, connection.dialect());
  if (!asked) return std::unexpected(asked.error());
  return read_page<DeviceEventPage>(connection, *asked, query.limit, Listing::device_events, read_event,
                                    [](const DeviceEvent& event) { return PageEnd{event.at, event.id}; });
}

std::string unhandled_events_sql(Dialect dialect) {
  return fmt::format("SELECT {} FROM device_events{} WHERE NOT handled ORDER BY sequence LIMIT $1", columns,
                     for_sqlite(dialect, " INDEXED BY device_events_unhandled"));
}

base::Result<std::vector<DeviceEvent>> unhandled_events(Connection& connection, std::uint32_t limit) {
  return read_all<DeviceEvent>(connection.query(unhandled_events_sql(connection.dialect()), limit), read_event);
}

}  // namespace storage::sql
