#include "storage/catalog/intake_statements.hpp"

#include <fmt/format.h>

namespace storage::sql {

namespace {
base::Result<base::IntakeState> state_of(const Rows& row, int column) {
  const auto text = row.text(column);
  if (const auto state = base::parse_intake_state(text)) return *state;
  return base::fail(base::Errc::io,
                    fmt::format("the catalog's table devices holds the intake '{}', which is unknown", text));
}

base::Result<base::IntakeState> state_of_device(Connection& connection, const base::Imei& imei) {
  auto rows = connection.query("SELECT intake FROM devices WHERE imei = $1", imei.number());
  if (!rows) return std::unexpected(rows.error());
  const auto row = rows->step();
  if (!row) return std::unexpected(row.error());
  if (!*row) return base::IntakeState::everything;
  return state_of(*rows, 0);
}

// The newest files, counted in parts of time: a window of any length is a few rows. SQLite has no statistics and is
// told its index; PostgreSQL takes no hints, and its sums are wider than what they add up.
std::string arrived_sql(Dialect dialect) {
  return fmt::format(
      "SELECT received_at / $3 AS part, COUNT(*), CAST(SUM(size) AS BIGINT) FROM (SELECT received_at, size FROM "
      "media{} "
      "WHERE imei = $1 AND received_at >= $2 ORDER BY received_at DESC LIMIT $4) AS newest GROUP BY part",
      dialect == Dialect::sqlite ? " INDEXED BY media_by_imei" : "");
}
}  // namespace

base::Result<IntakeReading> read_intake(Connection& connection, const IntakeQuery& query) {
  const auto state = state_of_device(connection, query.imei);
  if (!state) return std::unexpected(state.error());
  IntakeReading reading{*state, {}};
  auto rows = connection.query(arrived_sql(connection.dialect()), query.imei.number(), query.since, query.part.count(),
                               query.max_files);
  if (!rows) return std::unexpected(rows.error());
  for (;;) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return reading;
    reading.arrived.push_back({.number = rows->integer(0),
                               .files = static_cast<std::uint64_t>(rows->integer(1)),
                               .bytes = static_cast<std::uint64_t>(rows->integer(2))});
  }
}

// The lock on the device's row comes first: its events are numbered in the order in which they became true.
base::Result<bool> change_intake(Connection& connection, const IntakeChange& change, const Event& event) {
  {
    auto changed = connection.query(
        "UPDATE devices SET intake = $3, intake_since = $4, intake_reason = $5 WHERE imei = $1 AND intake = $2 "
        "RETURNING imei",
        change.imei.number(), base::to_string(change.from), base::to_string(change.to.state), change.to.since,
        change.to.reason);
    if (!changed) return std::unexpected(changed.error());
    const auto row = changed->step();
    if (!row || !*row) return row;
    if (auto end = changed->step(); !end) return end;
  }
  if (auto sent = add_event(connection, event); !sent) return std::unexpected(sent.error());
  return true;
}

base::Result<std::vector<LimitedDevice>> limited_devices(Connection& connection, std::uint32_t limit) {
  auto rows =
      connection.query("SELECT imei, intake FROM devices WHERE intake <> 'everything' ORDER BY imei LIMIT $1", limit);
  if (!rows) return std::unexpected(rows.error());
  std::vector<LimitedDevice> devices;
  for (;;) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return devices;
    const auto imei = base::Imei::from_number(static_cast<std::uint64_t>(rows->integer(0)));
    const auto state = state_of(*rows, 1);
    if (!state) return std::unexpected(state.error());
    if (imei) devices.push_back({*imei, *state});
  }
}

}  // namespace storage::sql
