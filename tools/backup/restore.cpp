#include <fmt/format.h>

#include "storage/formats/format.hpp"
#include "tools/backup/backup.hpp"
#include "tools/backup/deleted.hpp"
#include "tools/backup/files.hpp"

namespace backup {

namespace {
namespace fs = std::filesystem;

base::Result<> expect_no_objects(storage::ObjectStore& objects) {
  std::string first;
  const auto listed = objects.list("", [&](const storage::ObjectInfo& object) {
    first = object.key;
    return false;
  });
  if (!listed) return listed;
  if (first.empty()) return {};
  return base::fail(base::Errc::conflict,
                    fmt::format("The object store {} is not empty: it has {}. Restore into an empty one. If that comes "
                                "from a restore that broke off, give --resume.",
                                objects.describe(), first));
}

base::Result<> expect_same_kind(const Manifest& manifest, const CatalogKind& catalog) {
  if (manifest.kind != catalog.name())
    return base::fail(base::Errc::invalid,
                      fmt::format("The backup is of a catalog of the kind {}, and --catalog names one of the kind {}: "
                                  "the object stores may be of different kinds, the catalogs may not.",
                                  manifest.kind, catalog.name()));
  if (manifest.schema != catalog.schema())
    return base::fail(base::Errc::invalid,
                      fmt::format("The backup is of the schema {}, and --catalog has {}: make that schema, and name it "
                                  "in the URL (?options=-csearch_path%3D{}).",
                                  manifest.schema, catalog.schema(), manifest.schema));
  return {};
}

class Restoring {
 public:
  Restoring(fs::path folder, storage::ObjectStore& objects, verify::Progress& progress)
      : folder_(std::move(folder)), objects_(objects), progress_(progress) {}

  base::Result<Restored> run(CatalogKind& catalog, bool resume) {
    auto manifest = read_manifest(folder_);
    if (!manifest) return std::unexpected(manifest.error());
    restored_.manifest = std::move(*manifest);
    if (auto ready = check(catalog, resume); !ready) return std::unexpected(ready.error());
    progress_.begin("restoring objects", restored_.manifest.bytes());
    for (const Entry& entry : restored_.manifest.objects)
      if (auto put = bring(entry, resume); !put) return std::unexpected(put.error());
    if (auto put = catalog.put_back(folder_ / restored_.manifest.catalog.key); !put)
      return std::unexpected(put.error());
    if (const auto deleted = delete_again(catalog.url(), objects_, restored_.manifest))
      restored_.deleted_again = *deleted;
    else
      restored_.not_deleted = deleted.error().message;
    return std::move(restored_);
  }

 private:
  base::Result<> check(CatalogKind& catalog, bool resume) {
    if (auto same = expect_same_kind(restored_.manifest, catalog); !same) return same;
    if (auto empty = catalog.expect_empty(); !empty) return empty;
    if (!resume)
      if (auto empty = expect_no_objects(objects_); !empty) return empty;
    const Entry& expected = restored_.manifest.catalog;
    const auto found = measure(folder_ / expected.key);
    if (!found) return std::unexpected(found.error());
    if (found->size == expected.size && found->sha256 == expected.sha256) return {};
    return base::fail(base::Errc::corrupt, fmt::format("{} is damaged: its bytes are not those that were backed up. "
                                                       "Nothing was restored.",
                                                       (folder_ / expected.key).string()));
  }

  Passed passed() {
    return [this](std::uint64_t bytes) {
      progress_.add(bytes);
      progress_.tick();
    };
  }

  // A store of files takes a name for the file where it can, and then shares its bytes with the backup: what it gets is
  // a copy of its own. Any other store copies by itself.
  base::Result<> put(const Entry& entry, const fs::path& file) {
    storage::LocalFile source{.path = file, .size = entry.size, .sha256 = entry.sha256, .content_type = type_of(file)};
    if (!objects_.local_path(entry.key) && !shares()) {
      const auto found = measure(file, passed());
      if (!found) return std::unexpected(found.error());
      if (found->size != entry.size || found->sha256 != entry.sha256)
        return base::fail(base::Errc::corrupt,
                          fmt::format("{} is damaged: its bytes are not those that were backed up.", file.string()));
      return objects_.put(entry.key, source);
    }
    source.path = folder_ / "object.restoring";
    if (auto copied = copy_checked(file, source.path, entry, passed()); !copied) return copied;
    auto stored = objects_.put(entry.key, source);
    std::error_code ignored;
    fs::remove(source.path, ignored);
    return stored;
  }

  bool shares() const { return objects_.describe().starts_with("file:"); }

  static std::string type_of(const fs::path& file) {
    std::string extension = file.extension().string();
    if (!extension.empty()) extension.erase(0, 1);
    for (const auto format : {storage::Format::jpeg, storage::Format::ptmf, storage::Format::annexb,
                              storage::Format::mp4, storage::Format::mpegts, storage::Format::json})
      if (storage::extension(format) == extension) return std::string(storage::content_type(format));
    return std::string(storage::content_type(storage::Format::unknown));
  }

  // From a restore before; another content under the key is no object of this backup.
  base::Result<bool> is_there(const Entry& entry) {
    auto object = objects_.open(entry.key);
    if (!object && object.error().code == base::Errc::not_found) return false;
    if (!object) return std::unexpected(object.error());
    const auto found = measure(**object, {}, passed());
    if (!found) return std::unexpected(found.error());
    if (found->sha256 == entry.sha256) return true;
    return base::fail(base::Errc::conflict,
                      fmt::format("The object store has another object {}: it is not of this backup.", entry.key));
  }

  base::Result<> bring(const Entry& entry, bool resume) {
    progress_.tick();
    if (resume) {
      const auto there = is_there(entry);
      if (!there) return std::unexpected(there.error());
      if (*there) {
        ++restored_.there;
        return {};
      }
    }
    if (auto done = put(entry, folder_ / objects_folder / entry.key); !done) {
      const auto& error = done.error();
      return base::fail(error.code == base::Errc::not_found ? base::Errc::corrupt : error.code,
                        fmt::format("{} The restore ends here, without a catalog: it is not whole.", error.message));
    }
    ++restored_.put;
    restored_.put_bytes += entry.size;
    return {};
  }

  const fs::path folder_;
  storage::ObjectStore& objects_;
  verify::Progress& progress_;
  Restored restored_;
};
}  // namespace

base::Result<Restored> restore(const fs::path& folder, CatalogKind& catalog, storage::ObjectStore& objects, bool resume,
                               verify::Progress& progress) {
  return Restoring(folder, objects, progress).run(catalog, resume);
}

}  // namespace backup
