// Files that were deleted while a backup was made: its snapshot still has their rows, and nothing has their bytes.
#pragma once

#include <cstdint>
#include <string>

#include "storage/objects/object_store.hpp"
#include "tools/backup/manifest.hpp"

namespace backup {

// Deletes them from the restored catalog at `url` as they were deleted before, with record and event, so that nobody is
// shown a file that cannot be opened. Returns how many; files on hold stay. `unavailable`: the catalog is of another
// version than this program, which then leaves it as it is.
base::Result<std::uint64_t> delete_again(const std::string& url, storage::ObjectStore& objects,
                                         const Manifest& manifest);

}  // namespace backup
