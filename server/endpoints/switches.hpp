// Switches on their way into the catalog: each is owed until it is written, and the newest of a name is the one that
// is. Thread-safe.
#pragma once

#include <mutex>
#include <vector>

#include "server/base/result.hpp"
#include "storage/catalog/relay_catalog.hpp"

namespace endpoints {

class Switches {
 public:
  // `catalog` outlives it.
  explicit Switches(storage::RelayCatalog& catalog) : catalog_(catalog) {}

  void owe(storage::RelayArm row);
  bool owes() const;
  // Blocks. Writes what is owed; the error is that of the last one which the catalog did not take: it stays owed.
  base::Result<> save();

 private:
  std::vector<storage::RelayArm> owed() const;
  void written(const storage::RelayArm& row);

  storage::RelayCatalog& catalog_;
  std::mutex saving_;  // one at a time: an older one never comes behind a newer one
  mutable std::mutex mutex_;
  std::vector<storage::RelayArm> owed_;
};

}  // namespace endpoints
