// RecordingCatalog as SQLite and PostgreSQL share it.
#pragma once

#include "storage/catalog/database.hpp"
#include "storage/catalog/recording_catalog.hpp"

namespace storage {

class SqlRecording final : public RecordingCatalog {
 public:
  // Outlives it; used only when somebody calls.
  explicit SqlRecording(sql::Database& database) : database_(database) {}

  base::Result<> set_policy(const RecordingPolicy& policy, base::UtcTime now) override;
  base::Result<> drop_policy(const base::Imei& imei) override;
  base::Result<std::optional<RecordingPolicy>> policy(const base::Imei& imei, base::UtcTime now) override;
  base::Result<std::vector<RecordingPolicy>> policies(base::UtcTime now) override;

 private:
  sql::Database& database_;
};

}  // namespace storage
