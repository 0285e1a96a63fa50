#include "storage/catalog/sqlite_catalog.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "storage/catalog/probe_statements.hpp"
#include "storage/catalog/sqlite_migration_target.hpp"
#include "storage/files/file_system.hpp"

namespace storage::sqlite {

namespace {
base::Result<> make_parent_directories(const Location& location) {
  const auto parent = std::filesystem::path(location.path).parent_path();
  if (location.in_memory || parent.empty()) return {};
  return make_directories(posix_file_system(), parent);
}

// On a new connection, by the path: finds out, too, when the file was removed or replaced under the open ones.
base::Result<> read_back(const Location& location, const base::Uuid& probe_id, base::UtcTime written) {
  const auto fresh = Connection::open(location, Connection::Mode::reader);
  if (!fresh) return std::unexpected(fresh.error());
  const auto found = sql::has_probe(**fresh, probe_id, written);
  if (!found) return std::unexpected(found.error());
  if (!*found)
    return base::fail(base::Errc::io,
                      fmt::format("the catalog {} does not give back what was just written: its file was replaced or "
                                  "is damaged; restart the server, restore a backup if that does not help",
                                  location.describe()));
  return {};
}
}  // namespace

SqliteCatalog::SqliteCatalog(Location location, std::unique_ptr<Connection> connection, CatalogOptions options)
    : SqlCatalog(database_, options), location_(std::move(location)), database_(location_, std::move(connection)) {}

base::Result<std::unique_ptr<SqliteCatalog>> SqliteCatalog::open(Location location, CatalogOptions options) {
  if (auto made = make_parent_directories(location); !made) return std::unexpected(made.error());
  auto connection = Connection::open(location, Connection::Mode::create);
  if (!connection) return std::unexpected(connection.error());
  return std::unique_ptr<SqliteCatalog>(new SqliteCatalog(std::move(location), std::move(*connection), options));
}

base::Result<std::vector<AppliedMigration>> SqliteCatalog::migrate() {
  auto connection = Connection::open(location_, Connection::Mode::existing);
  if (!connection) return std::unexpected(connection.error());
  SqliteMigrationTarget target(**connection, describe());
  return storage::migrate(target, sqlite_migrations());
}

base::Result<std::vector<Migration>> SqliteCatalog::pending(const Location& location) {
  const auto all = sqlite_migrations();
  // A look must not make the file.
  if (location.in_memory || !std::filesystem::exists(location.path)) return std::vector(all.begin(), all.end());
  auto connection = Connection::open(location, Connection::Mode::reader);
  if (!connection) return std::unexpected(connection.error());
  SqliteMigrationTarget target(**connection, "sqlite:" + location.describe());
  return storage::pending(target, all);
}

base::Result<> SqliteCatalog::probe() {
  const auto now = base::utc_now();
  const auto id = base::Uuid::v7(now);
  auto written = database_.change([&](sql::Connection& connection) { return sql::write_probe(connection, id, now); });
  if (!written) return written;
  if (auto found = read_back(location_, id, now); !found) return found;
  return database_.change([&](sql::Connection& connection) { return sql::clear_probe(connection, id, now); });
}

std::string SqliteCatalog::describe() const {
  return "sqlite:" + location_.describe();
}

}  // namespace storage::sqlite
