#include "storage/catalog/postgres_catalog.hpp"

#include <fmt/format.h>

#include "storage/catalog/postgres_migration_target.hpp"
#include "storage/catalog/probe_statements.hpp"

namespace storage::postgres {

PostgresCatalog::PostgresCatalog(std::unique_ptr<Connector> connector, std::unique_ptr<Connection> connection,
                                 CatalogOptions options)
    : SqlCatalog(database_, options), database_(std::move(connector), std::move(connection)) {}

base::Result<std::unique_ptr<PostgresCatalog>> PostgresCatalog::open(Location location, CatalogOptions options) {
  auto connector = std::make_unique<Connector>(std::move(location));
  auto connection = connector->connect(Connection::Purpose::write, base::steady_now());
  if (!connection) return std::unexpected(connection.error());
  return std::unique_ptr<PostgresCatalog>(new PostgresCatalog(std::move(connector), std::move(*connection), options));
}

base::Result<std::vector<Migration>> PostgresCatalog::pending(const Location& location) {
  Connector connector(location);
  const auto connection = connector.connect(Connection::Purpose::read, base::steady_now());
  if (!connection) return std::unexpected(connection.error());
  PostgresMigrationTarget target(**connection, location.describe());
  return storage::pending(target, postgres_migrations());
}

base::Result<std::vector<AppliedMigration>> PostgresCatalog::migrate() {
  const auto& location = database_.location();
  const auto connection =
      database_.connector().connect(Connection::Purpose::migrate, base::steady_now() + location.patience.write);
  if (!connection) return std::unexpected(connection.error());
  PostgresMigrationTarget target(**connection, location.describe());
  return storage::migrate(target, postgres_migrations());
}

// Over a connection of its own, at once: the writer may be waiting patiently for a server that is down, and the reason
// is wanted now. Connecting finds out, too, whether the server still runs with fsync.
base::Result<> PostgresCatalog::probe() {
  const auto connection = database_.connector().connect(Connection::Purpose::write, base::steady_now());
  if (!connection) return std::unexpected(connection.error());
  const auto now = base::utc_now();
  const auto id = base::Uuid::v7(now);
  if (auto written = sql::write_probe(**connection, id, now); !written) return written;
  const auto found = database_.ask([&](sql::Connection& reader) { return sql::has_probe(reader, id, now); });
  if (!found) return std::unexpected(found.error());
  if (!*found)
    return base::fail(base::Errc::io,
                      fmt::format("the catalog {} does not give back what was just written: a proxy in between sends "
                                  "readers to a standby, or somebody deletes its rows",
                                  describe()));
  return sql::clear_probe(**connection, id, now);
}

}  // namespace storage::postgres
