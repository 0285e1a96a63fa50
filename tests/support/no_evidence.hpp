// The evidence of a catalog that keeps none: for fakes.
#pragma once

#include "storage/catalog/evidence_catalog.hpp"

namespace tests {

class NoEvidence final : public storage::EvidenceCatalog {
 public:
  base::Result<std::optional<storage::EvidenceSegment>> seal(base::UtcTime, std::uint32_t) override {
    return std::nullopt;
  }
  base::Result<std::string> text_of(const storage::EvidenceSegment&) override { return std::string(); }
  base::Result<> mark_stored(std::uint64_t) override { return {}; }
  base::Result<std::uint64_t> waiting() override { return 0; }
  base::Result<std::optional<storage::EvidenceSegment>> last_stored() override { return std::nullopt; }
  base::Result<std::vector<storage::EvidenceEntry>> records_beyond(std::uint64_t, Position, std::uint32_t) override {
    return std::vector<storage::EvidenceEntry>();
  }
};

}  // namespace tests
