// What the migrator needs of SQLite. The lock is SQLite's own: one writing transaction at a time.
#pragma once

#include "storage/catalog/migrator.hpp"
#include "storage/catalog/sqlite_connection.hpp"

namespace storage::sqlite {

class SqliteMigrationTarget final : public MigrationTarget {
 public:
  SqliteMigrationTarget(Connection& connection, std::string name) : connection_(connection), name_(std::move(name)) {}
  base::Result<> begin() override;
  base::Result<> commit() override;
  void rollback() noexcept override;
  base::Result<bool> has_table(std::string_view name) override;
  base::Result<> execute(std::string_view sql) override;
  sql::Connection& connection() override { return connection_; }
  std::string describe() const override { return name_; }

 private:
  Connection& connection_;
  const std::string name_;
};

}  // namespace storage::sqlite
