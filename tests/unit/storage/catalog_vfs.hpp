// SQLite's operating system layer with faults on request, registered under the name "faulty". Passes everything else
// on.
#pragma once

#include <sqlite3.h>

#include <atomic>

namespace tests {

struct SqliteFaults {
  std::atomic<int> write_error = SQLITE_OK;  // answer of every write to a file while it is set
  std::atomic<int> sync_error = SQLITE_OK;
  std::atomic<int> log_syncs = 0;  // syncs of write-ahead logs
};

// The one set of faults of this process; the layer is registered at the first call.
SqliteFaults& sqlite_faults();

}  // namespace tests
