#include <fmt/format.h>

#include "server/base/bytes.hpp"
#include "storage/catalog/sqlite_catalog.hpp"

namespace storage {

base::Result<std::unique_ptr<Catalog>> open_catalog(std::string_view url) {
  constexpr std::string_view scheme = "sqlite:";
  if (!url.starts_with(scheme))
    // Only the scheme: what follows it may hold credentials.
    return base::fail(
        base::Errc::invalid,
        fmt::format("'{}' is not a kind of catalog this program knows: give sqlite:PATH or sqlite::memory:",
                    base::printable(base::as_bytes(url.substr(0, url.find(':'))))));
  const auto path = url.substr(scheme.size());
  if (path.empty()) return base::fail(base::Errc::invalid, "the catalog needs a file: give sqlite:PATH");
  // As a path, not as one of the URIs that SQLite would make of some names.
  if (path == ":memory:") return sqlite::SqliteCatalog::open(sqlite::Location::memory());
  return sqlite::SqliteCatalog::open({.path = std::string(path), .vfs = {}, .in_memory = false});
}

}  // namespace storage
