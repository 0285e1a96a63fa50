#include "storage/catalog/postgres_migration_target.hpp"

#include <fmt/format.h>

namespace storage::postgres {

namespace {
// Any number that nobody else is likely to take: "dualcamd" in ASCII.
constexpr std::int64_t lock_key = 0x6475'616c'6361'6d64;
}  // namespace

base::Result<> PostgresMigrationTarget::begin() {
  if (auto begun = connection_.begin(); !begun) return begun;
  auto locked = connection_.execute(fmt::format("SELECT pg_advisory_xact_lock({})", lock_key));
  if (!locked) connection_.rollback();
  return locked;
}

base::Result<> PostgresMigrationTarget::commit() {
  return connection_.commit();
}

void PostgresMigrationTarget::rollback() noexcept {
  connection_.rollback();
}

base::Result<bool> PostgresMigrationTarget::has_table(std::string_view name) {
  auto found = connection_.query("SELECT to_regclass($1) IS NOT NULL", name);
  if (!found) return std::unexpected(found.error());
  const auto row = found->step();
  if (!row) return row;
  return *row && found->flag(0);
}

base::Result<> PostgresMigrationTarget::execute(std::string_view sql) {
  if (auto ran = connection_.execute(sql); !ran) return ran;
  // A migration that ended its transaction let go of the lock.
  auto held = connection_.query(
      "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid = 1 "
      "AND (classid::bigint << 32 | objid::bigint) = $1",
      lock_key);
  if (!held) return std::unexpected(held.error());
  const auto row = held->step();
  if (!row) return std::unexpected(row.error());
  if (!*row)
    return base::fail(base::Errc::invalid, "it ends the transaction it runs in: take COMMIT and ROLLBACK out of it");
  return {};
}

}  // namespace storage::postgres
