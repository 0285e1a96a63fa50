// `dualcam backup` and `dualcam restore` as functions.
//
// A backup shows the moment of the catalog's snapshot, which is taken first; then every object that it names is copied.
// Objects never change, so that what is copied later is what the snapshot means. Servers go on working meanwhile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "storage/objects/object_store.hpp"
#include "tools/backup/catalogs.hpp"
#include "tools/backup/manifest.hpp"
#include "tools/verify/progress.hpp"

namespace backup {

struct Made {
  Manifest manifest;
  std::uint64_t copied = 0;
  std::uint64_t copied_bytes = 0;
  std::uint64_t kept = 0;     // were in the backup already
  std::uint64_t removed = 0;  // of an older backup, that the snapshot no longer names
};

struct Options {
  std::filesystem::path folder;  // made where it is missing; what an older backup has there is kept and added to
  bool reread = false;           // objects that are there already are read and compared, not only their size
};

// Until the new MANIFEST is in place the older backup in the folder stays what it was. An object that the store has
// lost or damaged does not stop it: it is in the manifest as such.
base::Result<Made> make_backup(CatalogKind& catalog, storage::ObjectStore& objects, const Options& options,
                               verify::Progress& progress);

struct Restored {
  Manifest manifest;
  std::uint64_t put = 0;
  std::uint64_t put_bytes = 0;
  std::uint64_t there = 0;          // from a restore that broke off before
  std::uint64_t deleted_again = 0;  // files that were deleted while the backup was made
  std::string not_deleted;          // why some of those are still in the catalog; empty
};

// Into an empty catalog and an empty store. The catalog comes last, when every object is there with the right bytes: a
// restore that ends before has none, and no server takes it for a whole one.
// `resume`: the store has what an earlier one brought there, which is read and compared.
base::Result<Restored> restore(const std::filesystem::path& folder, CatalogKind& catalog, storage::ObjectStore& objects,
                               bool resume, verify::Progress& progress);

}  // namespace backup
