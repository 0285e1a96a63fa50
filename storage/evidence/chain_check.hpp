// Follows the chains through the segments as their bytes come, and says where they break. Hostile input is expected:
// memory is bounded by the number of devices, whatever the bytes are. Pure: whoever uses it does the reading.
// One thread at a time.
#pragma once

#include <unordered_map>

#include "storage/evidence/finding.hpp"
#include "storage/evidence/record.hpp"
#include "storage/evidence/segment.hpp"
#include "storage/files/sha256.hpp"

namespace storage::evidence {

struct Head {
  std::uint64_t number = 0;  // of the segment, or of the device's record; 0: there is none
  std::string hash;
  base::UtcTime sealed_at{};  // of a segment
};

struct ChainTotals {
  std::uint64_t segments = 0;
  std::uint64_t records = 0;  // of the devices looked at
  std::uint64_t devices = 0;
  std::uint64_t unsealed = 0;  // of the records: from the catalog
};

class ChainCheck {
 public:
  using OnRecord = std::function<void(const Entry&, const Record&, const Place&)>;

  // With `only`, the records of other devices are read and not checked. `noted` is a hash that somebody wrote down, of
  // a segment or, with `only`, of a record; empty when there is none.
  ChainCheck(std::optional<base::Imei> only, std::string noted, OnRecord on_record, OnFinding on_finding);

  // The segments in the order of their numbers: begin, feed any pieces, end.
  void begin_segment(std::uint64_t number);
  base::Result<> feed(base::ByteView bytes);
  base::Result<> end_segment();
  // Then records that are not sealed, those of each device in their order.
  base::Result<> add_unsealed(const base::Imei& imei, const Entry& entry);

  const ChainTotals& totals() const noexcept { return totals_; }
  const Head& last_segment() const noexcept { return last_segment_; }
  const Head& last_record() const noexcept { return last_record_; }  // of `only`
  // Where the noted hash was found: number of the segment or of the record.
  std::optional<std::uint64_t> noted_at() const noexcept { return noted_at_; }

 private:
  struct Device {
    std::uint64_t number = 0;
    std::string hash;
  };

  base::Result<> take_line(std::string_view line);
  void take_header(std::string_view line);
  base::Result<> take_entry(const Entry& entry);
  base::Result<> follow(const base::Imei& imei, const Entry& entry);
  void end_line_early(std::string_view why);
  void report(Break kind, std::string message, std::string expected = {}, std::string found = {});

  const std::optional<base::Imei> only_;
  const std::string noted_;
  const OnRecord on_record_;
  const OnFinding on_finding_;

  std::unordered_map<base::Imei, Device> devices_;
  ChainTotals totals_;
  Head last_segment_;
  Head last_record_;
  std::optional<std::uint64_t> noted_at_;

  // Of the segment being read.
  Place place_;
  Sha256 sha256_;
  std::string line_;       // as far as it came
  bool skipping_ = false;  // the rest of a line that is too long
  bool follows_ = false;   // the segment before was read, and last_segment_ is it
  std::optional<SegmentHeader> header_;
};

}  // namespace storage::evidence
