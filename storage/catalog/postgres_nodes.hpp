// What nodes tell each other, in the tables of the catalog they share.
#pragma once

#include "storage/catalog/database.hpp"
#include "storage/catalog/node_catalog.hpp"

namespace storage::postgres {

class PostgresNodes final : public NodeCatalog {
 public:
  // Outlives it.
  explicit PostgresNodes(sql::Database& database) : database_(database) {}

  base::Result<> beat(std::string_view node, std::chrono::milliseconds lease) override;
  base::Result<> leave(std::string_view node) override;
  base::Result<std::vector<std::string>> alive() override;
  base::Result<std::vector<std::string>> bury() override;
  base::Result<std::uint32_t> claim(std::string_view node, std::string_view file) override;
  base::Result<std::uint32_t> still_held(std::string_view node, std::string_view file) override;
  base::Result<> release(std::string_view node, std::string_view file) override;
  base::Result<std::vector<std::string>> asked_for(std::string_view node) override;
  base::Result<> add_left(const LeftPartial& partial) override;
  base::Result<std::vector<LeftPartial>> find_left(std::string_view file) override;
  base::Result<std::vector<LeftPartial>> find_left_before(base::UtcTime before, std::uint32_t limit) override;
  base::Result<> remove_left(const base::Uuid& id) override;

 private:
  sql::Database& database_;
};

}  // namespace storage::postgres
