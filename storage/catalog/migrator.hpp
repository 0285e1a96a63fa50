// Brings a catalog's schema up to date: forward only, one transaction per migration, each recorded with its checksum.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "storage/catalog/catalog.hpp"

namespace storage {

struct Migration {
  std::uint32_t version = 0;  // 1, 2, 3 … without gaps
  std::string_view name;
  std::string_view sql;  // any number of statements, none of which begins or ends a transaction
};

// Those of migrations/sqlite, embedded when the program was built.
std::span<const Migration> sqlite_migrations() noexcept;

// A row of schema_migrations.
struct MigrationRecord {
  std::uint32_t version = 0;
  std::string name;
  std::string sha256;  // of the SQL text, 64 lower-case hexadecimal digits
  base::UtcTime applied_at;
  std::chrono::microseconds duration{};
};

// What a database must offer to be migrated. One connection, one thread.
class MigrationTarget {
 public:
  virtual ~MigrationTarget() = default;
  // Begins a transaction under the lock that keeps every other migrator out; makes schema_migrations where missing.
  virtual base::Result<> begin() = 0;
  virtual base::Result<> commit() = 0;
  virtual void rollback() noexcept = 0;
  // The rest happens inside of begin() … commit().
  virtual base::Result<std::vector<MigrationRecord>> applied() = 0;
  virtual base::Result<> execute(std::string_view sql) = 0;
  virtual base::Result<> record(const MigrationRecord& record) = 0;
};

// Applies what is missing and says what that was. Several processes may do so at once: each migration is applied by
// one of them. `conflict`: an applied migration was changed, or the schema is newer than `migrations`; nothing was
// done.
base::Result<std::vector<AppliedMigration>> migrate(MigrationTarget& target, std::span<const Migration> migrations);

}  // namespace storage
