// Where the segments are read from: an object store, or a plain folder somebody was given.
#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "storage/evidence/finding.hpp"
#include "storage/objects/object_store.hpp"

namespace verify {

class SegmentSource {
 public:
  virtual ~SegmentSource() = default;
  // The numbers of the segments there are, ascending. What lies among them and is none is reported.
  virtual base::Result<std::vector<std::uint64_t>> numbers(const storage::evidence::OnFinding& on_finding) = 0;
  virtual base::Result<std::unique_ptr<storage::ObjectReader>> open(std::uint64_t number) = 0;
  virtual std::string describe() const = 0;
};

// `objects` outlives it.
std::unique_ptr<SegmentSource> segments_in(storage::ObjectStore& objects);
base::Result<std::unique_ptr<SegmentSource>> segments_in_folder(const std::filesystem::path& folder);

}  // namespace verify
