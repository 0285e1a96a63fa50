// The statements of the readiness check: a row that is written, read back on another connection, and deleted.
#pragma once

#include "storage/catalog/sql.hpp"

namespace storage::sql {

base::Result<> write_probe(Connection& connection, const base::Uuid& id, base::UtcTime now);
// True when the row is there with that time.
base::Result<bool> has_probe(Connection& connection, const base::Uuid& id, base::UtcTime written);
// With what probes left that were killed half way.
base::Result<> clear_probe(Connection& connection, const base::Uuid& id, base::UtcTime now);

}  // namespace storage::sql
