// Compares what the records say with the objects there are.
#pragma once

#include "storage/objects/object_store.hpp"
#include "tools/verify/ledger.hpp"
#include "tools/verify/progress.hpp"
#include "tools/verify/report.hpp"

namespace verify {

// The media objects there are, in key order. Listed before the records are read: what is there must be known by then.
base::Result<std::vector<storage::ObjectInfo>> list_media(storage::ObjectStore& objects,
                                                          const std::optional<base::Imei>& only);

struct ObjectCheck {
  storage::ObjectStore& objects;
  unsigned jobs = 1;     // files read at the same time
  bool content = true;   // read and hash; else names and sizes alone
  base::UtcTime sealed;  // the last seal: an object that was made later has no record yet
};

// Adds to report.findings, in the order of the records, and to report.objects. An error: the store cannot be read.
base::Result<> check_objects(const ObjectCheck& check, Ledger& ledger, const std::vector<storage::ObjectInfo>& listed,
                             Progress& progress, Report& report);

}  // namespace verify
