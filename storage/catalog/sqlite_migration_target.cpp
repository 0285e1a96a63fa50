#include "storage/catalog/sqlite_migration_target.hpp"

namespace storage::sqlite {

namespace {
// Times the busy timeout: a migration of a large catalog in another process may take this long.
constexpr int lock_attempts = 24;
}  // namespace

base::Result<> SqliteMigrationTarget::begin() {
  for (int attempt = 1;; ++attempt) {
    auto begun = connection_.run("BEGIN IMMEDIATE");
    if (begun || begun.error().code != base::Errc::unavailable || attempt == lock_attempts) return begun;
  }
}

base::Result<> SqliteMigrationTarget::commit() {
  return connection_.run("COMMIT");
}

void SqliteMigrationTarget::rollback() noexcept {
  connection_.rollback();
}

base::Result<bool> SqliteMigrationTarget::has_table(std::string_view name) {
  auto found = connection_.query("SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'view') AND name = $1", name);
  if (!found) return std::unexpected(found.error());
  return found->step();
}

base::Result<> SqliteMigrationTarget::execute(std::string_view sql) {
  if (auto ran = connection_.execute(std::string(sql)); !ran) return ran;
  if (!connection_.in_transaction())
    return base::fail(base::Errc::invalid, "it ends the transaction it runs in: take COMMIT and ROLLBACK out of it");
  return {};
}

}  // namespace storage::sqlite
