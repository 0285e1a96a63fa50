#include "storage/catalog/probe_statements.hpp"

namespace storage::sql {

namespace {
constexpr std::chrono::hours probe_age{1};  // no probe takes so long: older rows are of killed ones
}

base::Result<> write_probe(Connection& connection, const base::Uuid& id, base::UtcTime now) {
  return connection.run("INSERT INTO probe (id, written_at) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING", id, now);
}

base::Result<bool> has_probe(Connection& connection, const base::Uuid& id, base::UtcTime written) {
  auto found = connection.query("SELECT written_at FROM probe WHERE id = $1", id);
  if (!found) return std::unexpected(found.error());
  const auto row = found->step();
  if (!row) return std::unexpected(row.error());
  return *row && found->time(0) == written;
}

base::Result<> clear_probe(Connection& connection, const base::Uuid& id, base::UtcTime now) {
  return connection.run("DELETE FROM probe WHERE id = $1 OR written_at < $2", id, now - probe_age);
}

}  // namespace storage::sql
