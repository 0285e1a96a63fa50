// The evidence as the catalog keeps it: records that wait to be sealed, and the segments they are sealed in
// (storage/evidence). Every call blocks: not for I/O threads. Thread-safe, and safe with several nodes at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"
#include "storage/evidence/segment.hpp"

namespace storage {

struct EvidenceSegment {
  std::uint64_t number = 0;  // from 1, without gaps
  std::string previous_sha256;
  std::string sha256;      // of the object
  std::uint64_t size = 0;  // of the object, bytes
  std::uint64_t entries = 0;
  std::string object_key;
  base::UtcTime sealed_at;
};

struct EvidenceEntry {
  base::Imei imei;
  evidence::Entry entry;
};

class EvidenceCatalog {
 public:
  virtual ~EvidenceCatalog() = default;

  // The segment that is to be put into the object store next: the one that was begun and is not stored yet, whoever
  // began it, or a new one of the oldest records that wait, at most `max_entries`. Which records it has and which
  // bytes that makes is settled, durably, when this returns. Nothing when no record waits, or while another node is
  // beginning one.
  virtual base::Result<std::optional<EvidenceSegment>> seal(base::UtcTime now, std::uint32_t max_entries) = 0;
  // The bytes of that segment's object. `corrupt` when the rows make other ones than were settled.
  virtual base::Result<std::string> text_of(const EvidenceSegment& segment) = 0;
  // Its object is durable. Once more is success.
  virtual base::Result<> mark_stored(std::uint64_t number) = 0;

  // Records that are not in the object store yet.
  virtual base::Result<std::uint64_t> waiting() = 0;

  // For proofs.
  virtual base::Result<std::optional<EvidenceSegment>> last_stored() = 0;
  // Records that are in none of the segments up to `segment`, by device and number; those behind `after`.
  struct Position {
    std::uint64_t imei = 0;
    std::uint64_t number = 0;
  };
  virtual base::Result<std::vector<EvidenceEntry>> records_beyond(std::uint64_t segment, Position after,
                                                                  std::uint32_t limit) = 0;
};

// The evidence of the catalog at `url` (see open_catalog) for reading alone: nothing is made, migrated or changed, and
// the right to SELECT is enough. seal() and mark_stored() are `refused`.
base::Result<std::unique_ptr<EvidenceCatalog>> open_evidence(std::string_view url);

}  // namespace storage
