// MavlinkCatalog as SQLite and PostgreSQL share it.
#pragma once

#include "storage/catalog/database.hpp"
#include "storage/catalog/mavlink_catalog.hpp"

namespace storage {

class SqlMavlink final : public MavlinkCatalog {
 public:
  // Outlives it; used only when somebody calls.
  explicit SqlMavlink(sql::Database& database) : database_(database) {}

  base::Result<> add_images(std::string_view node, std::span<const MavlinkImage> images) override;
  base::Result<std::vector<MavlinkImage>> images(std::string_view node, std::string_view camera, std::uint32_t first,
                                                 std::uint32_t last, std::uint32_t limit) override;
  base::Result<std::uint32_t> image_count(std::string_view node, std::string_view camera) override;
  base::Result<> forget_images(std::string_view node, std::string_view camera) override;
  base::Result<std::vector<MavlinkNumber>> numbers(std::string_view node) override;
  base::Result<> set_numbers(std::string_view node, std::span<const MavlinkNumber> numbers) override;

 private:
  sql::Database& database_;
};

}  // namespace storage
