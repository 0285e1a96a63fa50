#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "server/base/bytes.hpp"
#include "storage/catalog/postgres_catalog.hpp"
#include "storage/catalog/sqlite_catalog.hpp"

namespace storage {

namespace {
constexpr std::string_view sqlite_scheme = "sqlite:";

base::Result<sqlite::Location> sqlite_location(std::string_view url) {
  const auto path = url.substr(sqlite_scheme.size());
  if (path.empty()) return base::fail(base::Errc::invalid, "the catalog needs a file: give sqlite:PATH");
  // As a path, not as one of the URIs that SQLite would make of some names.
  if (path == ":memory:") return sqlite::Location::memory();
  return sqlite::Location{.path = std::string(path), .vfs = {}, .in_memory = false};
}

std::unexpected<base::Error> unknown_kind(std::string_view url) {
  // Only the scheme: what follows it may hold credentials.
  return base::fail(
      base::Errc::invalid,
      fmt::format("'{}' is not a kind of catalog this program knows: give sqlite:PATH, sqlite::memory: or "
                  "postgresql://USER:PASSWORD@HOST/DATABASE",
                  base::printable(base::as_bytes(url.substr(0, url.find(':'))))));
}

base::Result<std::vector<Migration>> find_pending(std::string_view url) {
  if (url.starts_with(sqlite_scheme)) {
    const auto location = sqlite_location(url);
    if (!location) return std::unexpected(location.error());
    return sqlite::SqliteCatalog::pending(*location);
  }
  if (!postgres::Location::is_meant_by(url)) return unknown_kind(url);
  const auto location = postgres::Location::parse(url);
  if (!location) return std::unexpected(location.error());
  return postgres::PostgresCatalog::pending(*location);
}
}  // namespace

base::Result<std::unique_ptr<Catalog>> open_catalog(std::string_view url) {
  if (url.starts_with(sqlite_scheme)) {
    auto location = sqlite_location(url);
    if (!location) return std::unexpected(location.error());
    return sqlite::SqliteCatalog::open(std::move(*location));
  }
  if (!postgres::Location::is_meant_by(url)) return unknown_kind(url);
  auto location = postgres::Location::parse(url);
  if (!location) return std::unexpected(location.error());
  return postgres::PostgresCatalog::open(std::move(*location));
}

base::Result<std::vector<PendingMigration>> pending_migrations(std::string_view url) {
  const auto found = find_pending(url);
  if (!found) return std::unexpected(found.error());
  std::vector<PendingMigration> pending;
  std::ranges::transform(*found, std::back_inserter(pending), [](const Migration& migration) {
    return PendingMigration{migration.version, std::string(migration.name)};
  });
  return pending;
}

}  // namespace storage
