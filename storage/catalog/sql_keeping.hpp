// KeepingCatalog as SQLite and PostgreSQL share it.
#pragma once

#include "storage/catalog/database.hpp"
#include "storage/catalog/keeping_catalog.hpp"

namespace storage {

class SqlKeeping final : public KeepingCatalog {
 public:
  // Outlives it; used only when somebody calls.
  explicit SqlKeeping(sql::Database& database) : database_(database) {}

  base::Result<std::vector<Tombstone>> delete_media(const base::Imei& imei, std::span<const base::Uuid> ids,
                                                    std::string_view reason, base::UtcTime now) override;
  base::Result<std::vector<Tombstone>> pending_removals(const std::optional<AgeMark>& after,
                                                        std::uint32_t limit) override;
  base::Result<> mark_removed(std::span<const base::Uuid> ids) override;
  base::Result<std::optional<Tombstone>> find_tombstone(const base::Uuid& id) override;
  base::Result<std::optional<Tombstone>> find_tombstone_of(std::string_view object_key) override;
  base::Result<bool> hold_media(const base::Uuid& id, std::string_view reason, base::UtcTime now) override;
  base::Result<bool> release_media(const base::Uuid& id) override;
  base::Result<std::vector<KeptFile>> oldest_media(const OldestQuery& query) override;
  base::Result<KeptTotals> kept_totals() override;
  base::Result<std::vector<DeviceTotal>> devices_above(std::uint64_t bytes) override;
  base::Result<std::vector<KeptFile>> media_behind(std::string_view object_key, std::uint32_t limit) override;
  base::Result<std::optional<KeptFile>> find_media_of(std::string_view object_key) override;
  base::Result<std::optional<KeptFile>> find_content(const base::Imei& imei, std::string_view sha256) override;
  base::Result<bool> note_finding(const Finding& finding, const base::Uuid& run) override;
  base::Result<> drop_finding(FindingKind kind, std::string_view object_key) override;
  base::Result<std::vector<Finding>> findings(std::uint32_t limit) override;
  base::Result<> record_run(const ScrubRun& run) override;
  base::Result<> settle_findings(const base::Uuid& run) override;
  base::Result<std::optional<ScrubRun>> last_run() override;
  base::Result<std::string> sample_cursor() override;
  base::Result<> set_sample_cursor(std::string_view object_key) override;
  base::Result<bool> claim_chore(std::string_view name, std::string_view node,
                                 std::chrono::milliseconds interval) override;

 private:
  base::Result<std::optional<base::Imei>> device_of(const base::Uuid& id);
  sql::Database& database_;
};

}  // namespace storage
