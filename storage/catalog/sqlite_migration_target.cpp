#include "storage/catalog/sqlite_migration_target.hpp"

namespace storage::sqlite {

namespace {
// Times the busy timeout: a migration of a large catalog in another process may take this long.
constexpr int lock_attempts = 24;
}  // namespace

base::Result<> SqliteMigrationTarget::begin() {
  if (auto begun = begin_patiently(); !begun) return begun;
  auto made = connection_.run(
      "CREATE TABLE IF NOT EXISTS schema_migrations ("
      "version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, "
      "applied_at BIGINT NOT NULL, duration_us BIGINT NOT NULL)");
  if (!made) connection_.rollback();
  return made;
}

base::Result<> SqliteMigrationTarget::begin_patiently() {
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

base::Result<std::vector<MigrationRecord>> SqliteMigrationTarget::applied() {
  auto rows = connection_.query(
      "SELECT version, name, sha256, applied_at, duration_us FROM schema_migrations ORDER BY version");
  if (!rows) return std::unexpected(rows.error());
  std::vector<MigrationRecord> records;
  for (;;) {
    const auto row = rows->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return records;
    records.push_back({static_cast<std::uint32_t>(rows->integer(0)), rows->text(1), rows->text(2), rows->time(3),
                       std::chrono::microseconds(rows->integer(4))});
  }
}

base::Result<> SqliteMigrationTarget::execute(std::string_view sql) {
  if (auto ran = connection_.execute(std::string(sql)); !ran) return ran;
  if (!connection_.in_transaction())
    return base::fail(base::Errc::invalid, "it ends the transaction it runs in: take COMMIT and ROLLBACK out of it");
  return {};
}

base::Result<> SqliteMigrationTarget::record(const MigrationRecord& record) {
  return connection_.run(
      "INSERT INTO schema_migrations (version, name, sha256, applied_at, duration_us) VALUES ($1, $2, $3, $4, $5)",
      record.version, record.name, record.sha256, record.applied_at, std::int64_t{record.duration.count()});
}

}  // namespace storage::sqlite
