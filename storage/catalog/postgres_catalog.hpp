// The catalog in PostgreSQL, which any number of nodes share.
#pragma once

#include "storage/catalog/migrator.hpp"
#include "storage/catalog/postgres_database.hpp"
#include "storage/catalog/postgres_nodes.hpp"
#include "storage/catalog/sql_catalog.hpp"

namespace storage::postgres {

class PostgresCatalog final : public SqlCatalog {
 public:
  // Connects once: whoever starts the program is told at once what is wrong.
  static base::Result<std::unique_ptr<PostgresCatalog>> open(Location location, CatalogOptions options = {});
  // What migrate() would apply. Makes and changes nothing.
  static base::Result<std::vector<Migration>> pending(const Location& location);

  base::Result<std::vector<AppliedMigration>> migrate() override;
  base::Result<> probe() override;
  std::string describe() const override { return database_.location().describe(); }

  NodeCatalog* nodes() noexcept override { return &nodes_; }

 private:
  PostgresCatalog(std::unique_ptr<Connector> connector, std::unique_ptr<Connection> connection, CatalogOptions options);

  Database database_;
  PostgresNodes nodes_{database_};
};

}  // namespace storage::postgres
