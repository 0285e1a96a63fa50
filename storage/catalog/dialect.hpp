// Where SQLite and PostgreSQL differ in the text of a statement that they share otherwise.
#pragma once

#include <string_view>

#include "storage/catalog/sql.hpp"

namespace storage::sql {

// The database's clock, in milliseconds since 1970-01-01 UTC: the same for all who share the catalog. In PostgreSQL it
// runs on within a statement, so that an index is searched only with what `(SELECT …)` of it gives.
constexpr std::string_view clock_of(Dialect dialect) noexcept {
  return dialect == Dialect::postgres ? "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
                                      : "CAST(ROUND((julianday('now') - 2440587.5) * 86400000) AS INTEGER)";
}

// Behind a column of object keys: the order of bytes, which is that of the object stores. PostgreSQL would follow the
// language of its database.
constexpr std::string_view bytewise(Dialect dialect) noexcept {
  return dialect == Dialect::postgres ? " COLLATE \"C\"" : "";
}

// SQLite has no statistics, and is told its index; PostgreSQL has them, and takes no hints. `hint`: " INDEXED BY …".
constexpr std::string_view for_sqlite(Dialect dialect, std::string_view hint) noexcept {
  return dialect == Dialect::sqlite ? hint : "";
}

}  // namespace storage::sql
