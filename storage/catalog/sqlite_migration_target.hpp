// What the migrator needs of SQLite. The lock is SQLite's own: one writing transaction at a time.
#pragma once

#include "storage/catalog/migrator.hpp"
#include "storage/catalog/sqlite_connection.hpp"

namespace storage::sqlite {

class SqliteMigrationTarget final : public MigrationTarget {
 public:
  explicit SqliteMigrationTarget(Connection& connection) : connection_(connection) {}
  base::Result<> begin() override;
  base::Result<> commit() override;
  void rollback() noexcept override;
  base::Result<std::vector<MigrationRecord>> applied() override;
  base::Result<> execute(std::string_view sql) override;
  base::Result<> record(const MigrationRecord& record) override;

 private:
  base::Result<> begin_patiently();
  Connection& connection_;
};

}  // namespace storage::sqlite
