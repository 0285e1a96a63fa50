// The only way anything stored is ever removed: row first, in one transaction with its tombstone, event and record of
// evidence; then the objects, the file's own and those that were made of it. What a crash or a store that is down
// leaves undone, the tombstone remembers. Every call blocks: not for I/O threads. Thread-safe.
#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string_view>
#include <vector>

#include "storage/catalog/catalog.hpp"
#include "storage/objects/object_store.hpp"

namespace storage {

// Files that one round takes: a transaction holds the row of a device locked, and with it a camera that waits for its
// acknowledgement. So many take some ten milliseconds.
constexpr std::uint32_t deletion_batch = 32;

struct Deleted {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  Deleted& operator+=(const Deleted& more) {
    files += more.files;
    bytes += more.bytes;
    return *this;
  }
};

class Deletion {
 public:
  // Both outlive it.
  Deletion(Catalog& catalog, ObjectStore& objects)
      : catalog_(catalog.keeping()), jobs_(catalog.jobs()), objects_(objects) {}

  // Those of these files that are still there and not on hold, a transaction for each device. An object that cannot be
  // removed now is no error: finish() does it later.
  base::Result<Deleted> remove(std::span<const KeptFile> files, std::string_view reason);

  // Removes the objects of deleted files that are still there. Returns of how many files; an error when some stay, too.
  base::Result<std::uint64_t> finish(const std::stop_token& stop);

  // Of these files alone. Counts those of which nothing is left; an error when something is.
  base::Result<std::uint64_t> remove_objects(std::span<const Tombstone> tombstones);

 private:
  base::Result<> remove_objects_of(const Tombstone& file);
  KeepingCatalog& catalog_;
  JobCatalog& jobs_;
  ObjectStore& objects_;
};

// Rests as long as the work before took, so that cameras have the disk and the catalog for half of the time at least.
class Pace {
 public:
  Pace() : since_(base::steady_now()) {}
  void rest(const std::stop_token& stop);

 private:
  base::SteadyTime since_;
};

}  // namespace storage
