// The proof: chain first, then what it is about. Reads, and changes nothing.
#pragma once

#include "storage/catalog/evidence_catalog.hpp"
#include "storage/objects/object_store.hpp"
#include "tools/verify/progress.hpp"
#include "tools/verify/report.hpp"
#include "tools/verify/segments.hpp"

namespace verify {

struct Request {
  SegmentSource* segments = nullptr;
  storage::ObjectStore* objects = nullptr;      // null: there are only segments
  storage::EvidenceCatalog* catalog = nullptr;  // null: what is not sealed is not looked at
  std::optional<base::Imei> imei;               // this device alone
  std::string noted;                            // a hash that was written down; empty
  std::vector<std::string> files;               // of this machine: prove these, and leave the objects alone
  bool content = true;                          // read the objects, too
  unsigned jobs = 4;
};

// Whatever could be found out; Report::unreadable says what could not.
Report verify(const Request& request, Progress& progress);

}  // namespace verify
