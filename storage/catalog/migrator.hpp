// Brings a catalog's schema up to date: forward only, one transaction per migration, each recorded with its checksum.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/catalog/sql.hpp"

namespace storage {

struct Migration {
  std::uint32_t version = 0;  // 1, 2, 3 … without gaps
  std::string_view name;
  std::string_view sql;  // any number of statements, none of which begins or ends a transaction
};

// Those of migrations/sqlite and migrations/postgres, embedded when the program was built.
std::span<const Migration> sqlite_migrations() noexcept;
std::span<const Migration> postgres_migrations() noexcept;

// What a database must offer to be migrated. One thread.
class MigrationTarget {
 public:
  virtual ~MigrationTarget() = default;
  // Begins a transaction under the lock that keeps every other migrator out.
  virtual base::Result<> begin() = 0;
  virtual base::Result<> commit() = 0;
  virtual void rollback() noexcept = 0;
  // Where our statements find it: in PostgreSQL along the search path.
  virtual base::Result<bool> has_table(std::string_view name) = 0;
  virtual base::Result<> execute(std::string_view sql) = 0;  // inside of begin() … commit(), which it must not end
  virtual sql::Connection& connection() = 0;
  virtual std::string describe() const = 0;
};

// Applies what is missing and says what that was. Several processes may do so at once: each migration is applied by
// one of them. `conflict`: an applied migration was changed, the schema is newer than `migrations`, or the database
// belongs to another program; nothing was done.
base::Result<std::vector<AppliedMigration>> migrate(MigrationTarget& target, std::span<const Migration> migrations);

// What migrate() would apply, or the error it would find before it begins. Only reads.
base::Result<std::vector<Migration>> pending(MigrationTarget& target, std::span<const Migration> migrations);

}  // namespace storage
