#include "tools/backup/deleted.hpp"

#include <algorithm>
#include <vector>

#include "storage/catalog/catalog.hpp"
#include "storage/keeping/deletion.hpp"

namespace backup {

namespace {
base::Result<std::vector<storage::KeptFile>> deleted_files(storage::Catalog& catalog, const Manifest& manifest) {
  std::vector<storage::KeptFile> files;
  for (const Absent& absent : manifest.absent) {
    if (absent.lost) continue;
    auto row = catalog.keeping().find_media_of(absent.key);  // none of what was made of a file: that goes with it
    if (!row) return std::unexpected(row.error());
    if (*row) files.push_back(std::move(**row));
  }
  return files;
}
}  // namespace

base::Result<std::uint64_t> delete_again(const std::string& url, storage::ObjectStore& objects,
                                         const Manifest& manifest) {
  if (std::ranges::all_of(manifest.absent, &Absent::lost)) return 0;
  const auto pending = storage::pending_migrations(url);
  if (!pending) return std::unexpected(pending.error());
  if (!pending->empty())
    return base::fail(base::Errc::unavailable, "The catalog is of an older version than this program.");
  const auto catalog = storage::open_catalog(url);
  if (!catalog) return std::unexpected(catalog.error());
  const auto files = deleted_files(**catalog, manifest);
  if (!files) return std::unexpected(files.error());
  const auto deleted = storage::Deletion(**catalog, objects).remove(*files, "deleted while the backup was made");
  if (!deleted) return std::unexpected(deleted.error());
  return deleted->files;
}

}  // namespace backup
