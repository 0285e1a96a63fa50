// The evidence in the tables that SQLite and PostgreSQL share.
#pragma once

#include "storage/catalog/database.hpp"
#include "storage/catalog/evidence_catalog.hpp"

namespace storage {

class SqlEvidence final : public EvidenceCatalog {
 public:
  // Outlives it; used only from the first call on.
  explicit SqlEvidence(sql::Database& database) : database_(database) {}

  base::Result<std::optional<EvidenceSegment>> seal(base::UtcTime now, std::uint32_t max_entries) override;
  base::Result<std::string> text_of(const EvidenceSegment& segment) override;
  base::Result<> mark_stored(std::uint64_t number) override;
  base::Result<std::uint64_t> waiting() override;
  base::Result<std::optional<EvidenceSegment>> last_stored() override;
  base::Result<std::vector<EvidenceEntry>> records_beyond(std::uint64_t segment, Position after,
                                                          std::uint32_t limit) override;

 private:
  sql::Database& database_;
};

}  // namespace storage
