// The catalog in one SQLite file, in WAL mode.
#pragma once

#include "storage/catalog/migrator.hpp"
#include "storage/catalog/sql_catalog.hpp"
#include "storage/catalog/sqlite_database.hpp"

namespace storage::sqlite {

class SqliteCatalog final : public SqlCatalog {
 public:
  // Makes the file and the directories above it, where they are missing.
  static base::Result<std::unique_ptr<SqliteCatalog>> open(Location location, CatalogOptions options = {});

  // What migrate() would apply. Makes and changes nothing.
  static base::Result<std::vector<Migration>> pending(const Location& location);

  base::Result<std::vector<AppliedMigration>> migrate() override;
  base::Result<> probe() override;
  std::string describe() const override;

 private:
  SqliteCatalog(Location location, std::unique_ptr<Connection> connection, CatalogOptions options);

  const Location location_;
  Database database_;
};

}  // namespace storage::sqlite
