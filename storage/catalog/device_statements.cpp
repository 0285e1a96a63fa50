#include "storage/catalog/device_statements.hpp"

#include <fmt/format.h>

namespace storage::sql {

namespace {
constexpr std::string_view columns =
    "imei, label, first_seen, last_seen, last_peer, protocol, media_count, stored_bytes, intake, intake_since, "
    "intake_reason";

// Nothing behind the last one.
base::Result<std::optional<Device>> next_device(Rows& rows) {
  const auto row = rows.step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return std::nullopt;
  const auto imei = base::Imei::from_number(static_cast<std::uint64_t>(rows.integer(0)));
  if (!imei)
    return base::fail(base::Errc::io,
                      fmt::format("the catalog's table devices holds {}, which is no IMEI", rows.integer(0)));
  return Device{.imei = *imei,
                .label = rows.text(1),
                .first_seen = rows.time(2),
                .last_seen = rows.time(3),
                .last_peer = rows.text(4),
                .protocol = static_cast<std::uint16_t>(rows.integer(5)),
                .media_count = static_cast<std::uint64_t>(rows.integer(6)),
                .stored_bytes = static_cast<std::uint64_t>(rows.integer(7)),
                .intake = {.state = base::parse_intake_state(rows.text(8)).value_or(base::IntakeState::everything),
                           .since = rows.is_null(9) ? std::nullopt : std::optional(rows.time(9)),
                           .reason = rows.text(10)}};
}
}  // namespace

// Touches of two connections may arrive in either order: the newer one stands.
base::Result<> touch_device(Connection& connection, const base::Imei& imei, std::uint16_t protocol,
                            std::string_view peer, base::UtcTime seen) {
  return connection.run(
      "INSERT INTO devices (imei, first_seen, last_seen, last_peer, protocol) VALUES ($1, $2, $2, $3, $4) "
      "ON CONFLICT (imei) DO UPDATE SET last_seen = excluded.last_seen, last_peer = excluded.last_peer, "
      "protocol = excluded.protocol WHERE excluded.last_seen >= devices.last_seen",
      imei.number(), seen, peer, protocol);
}

base::Result<> label_device(Connection& connection, const base::Imei& imei, std::string_view label,
                            base::UtcTime seen) {
  return connection.run(
      "INSERT INTO devices (imei, label, first_seen, last_seen) VALUES ($1, $2, $3, $3) "
      "ON CONFLICT (imei) DO UPDATE SET label = excluded.label",
      imei.number(), label, seen);
}

base::Result<> ensure_device(Connection& connection, const base::Imei& imei, base::UtcTime seen) {
  return connection.run(
      "INSERT INTO devices (imei, first_seen, last_seen) VALUES ($1, $2, $2) ON CONFLICT (imei) DO NOTHING",
      imei.number(), seen);
}

base::Result<> count_media(Connection& connection, const base::Imei& imei, std::uint64_t size) {
  return connection.run(
      "UPDATE devices SET media_count = media_count + 1, stored_bytes = stored_bytes + $2 WHERE imei = $1",
      imei.number(), size);
}

base::Result<> discount_media(Connection& connection, const base::Imei& imei, std::uint64_t size) {
  return connection.run(
      "UPDATE devices SET media_count = media_count - 1, stored_bytes = stored_bytes - $2 WHERE imei = $1",
      imei.number(), size);
}

base::Result<> lock_device(Connection& connection, const base::Imei& imei) {
  if (connection.dialect() == Dialect::sqlite) return {};  // there is one writer
  return connection.run("SELECT 1 FROM devices WHERE imei = $1 FOR UPDATE", imei.number());
}

base::Result<std::optional<Device>> find_device(Connection& connection, const base::Imei& imei) {
  static const std::string sql = fmt::format("SELECT {} FROM devices WHERE imei = $1", columns);
  auto rows = connection.query(sql, imei.number());
  if (!rows) return std::unexpected(rows.error());
  return next_device(*rows);
}

base::Result<std::vector<Device>> list_devices(Connection& connection) {
  static const std::string sql = fmt::format("SELECT {} FROM devices ORDER BY imei", columns);
  auto rows = connection.query(sql);
  if (!rows) return std::unexpected(rows.error());
  std::vector<Device> devices;
  for (;;) {
    auto device = next_device(*rows);
    if (!device) return std::unexpected(device.error());
    if (!*device) return devices;
    devices.push_back(std::move(**device));
  }
}

}  // namespace storage::sql
