#include "storage/catalog/relay_settings.hpp"

#include "storage/catalog/rows.hpp"

namespace storage::sql {

base::Result<> lock_settings(Connection& connection) {
  if (connection.dialect() == Dialect::sqlite) return {};  // there is one writer
  return connection.run("SELECT 1 FROM relay_rules FOR UPDATE");
}

base::Result<RelayRules> find_rules(Connection& connection) {
  const auto found =
      read_one<RelayRules>(connection.query("SELECT rules, version, changed_at FROM relay_rules WHERE singleton = 1"),
                           [](const Rows& row) -> base::Result<RelayRules> {
                             return RelayRules{.rules = row.text(0),
                                               .version = static_cast<std::uint64_t>(row.integer(1)),
                                               .changed_at = optional_time(row, 2)};
                           });
  if (!found) return std::unexpected(found.error());
  if (!*found) return base::fail(base::Errc::io, "the catalog's table relay_rules has lost its row: restore a backup");
  return **found;
}

base::Result<std::optional<RelayRules>> put_rules(Connection& connection, std::string_view rules,
                                                  std::uint64_t expected, base::UtcTime now) {
  return read_one<RelayRules>(
      connection.query("UPDATE relay_rules SET rules = $1, version = version + 1, changed_at = $2 "
                       "WHERE singleton = 1 AND version = $3 RETURNING version",
                       rules, now, expected),
      [&](const Rows& row) -> base::Result<RelayRules> {
        return RelayRules{std::string(rules), static_cast<std::uint64_t>(row.integer(0)), now};
      });
}

base::Result<std::vector<RelayArm>> list_arms(Connection& connection) {
  return read_all<RelayArm>(connection.query("SELECT scope, name, armed, until FROM relay_arms ORDER BY scope, name"),
                            [](const Rows& row) -> base::Result<RelayArm> {
                              return RelayArm{row.text(0), row.text(1), row.flag(2), optional_time(row, 3)};
                            });
}

base::Result<> put_arm(Connection& connection, const RelayArm& arm) {
  return connection.run(
      "INSERT INTO relay_arms (scope, name, armed, until) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (scope, name) DO UPDATE SET armed = excluded.armed, until = excluded.until",
      arm.scope, arm.name, arm.armed, arm.until);
}

base::Result<std::vector<RelayLatency>> list_latencies(Connection& connection) {
  return read_all<RelayLatency>(
      connection.query("SELECT target, latency_us, measured, measured_at FROM relay_latencies ORDER BY target"),
      [](const Rows& row) -> base::Result<RelayLatency> {
        return RelayLatency{row.text(0), row.integer(1), static_cast<std::uint64_t>(row.integer(2)), row.time(3)};
      });
}

base::Result<> put_latency(Connection& connection, const RelayLatency& latency) {
  return connection.run(
      "INSERT INTO relay_latencies (target, latency_us, measured, measured_at) VALUES ($1, $2, $3, $4) "
      "ON CONFLICT (target) DO UPDATE SET latency_us = excluded.latency_us, measured = excluded.measured, "
      "measured_at = excluded.measured_at",
      latency.target, latency.latency_us, latency.measured, latency.measured_at);
}

}  // namespace storage::sql
