// FileObjectStore::list: a walk of the directory tree in the order of the keys.
#include <algorithm>
#include <vector>

#include "storage/objects/file_object_store.hpp"

namespace storage {

namespace {
namespace fs = std::filesystem;

struct Entry {
  std::string key;  // a directory's ends with '/': "a-b" comes before "a/c", so names alone would sort wrongly
  std::uint64_t size = 0;
  base::UtcTime modified;
};

class Walk {
 public:
  Walk(FileSystem& files, const fs::path& root, std::string_view prefix,
       const std::function<bool(const ObjectInfo&)>& visit)
      : files_(files), root_(root), prefix_(prefix), visit_(visit) {}

  // False when the visitor has seen enough. `folder` is empty or ends with '/'.
  base::Result<bool> folder(const std::string& folder) {
    const auto entries = matching_entries(folder);
    if (!entries) return std::unexpected(entries.error());
    for (const auto& entry : *entries) {
      if (entry.key.ends_with('/')) {
        const auto more = this->folder(entry.key);
        if (!more || !*more) return more;
      } else if (!visit_(ObjectInfo{entry.key, entry.size, entry.modified})) {
        return false;
      }
    }
    return true;
  }

 private:
  base::Result<std::vector<Entry>> matching_entries(const std::string& folder) {
    const auto names = files_.list(root_ / folder);
    if (!names) {
      if (names.error().code == base::Errc::not_found) return std::vector<Entry>{};  // removed while we walk
      return std::unexpected(names.error());
    }
    std::vector<Entry> entries;
    for (const auto& name : *names) {
      std::string key = folder + name;
      if (!is_valid_object_key(key) || !may_match(key)) continue;
      const auto status = files_.status(root_ / key);
      if (!status && status.error().code == base::Errc::not_found) continue;
      if (!status) return std::unexpected(status.error());
      if (status->is_directory) key += '/';
      if (matches(key)) entries.push_back({std::move(key), status->size, status->modified});
    }
    std::ranges::sort(entries, {}, &Entry::key);
    return entries;
  }

  // Cheap, before the file is looked at: could `key`, or something below it, begin with the prefix?
  bool may_match(const std::string& key) const { return key.starts_with(prefix_) || prefix_.starts_with(key); }
  bool matches(const std::string& key) const {
    return key.starts_with(prefix_) || (key.ends_with('/') && prefix_.starts_with(key));
  }

  FileSystem& files_;
  const fs::path& root_;
  std::string_view prefix_;
  const std::function<bool(const ObjectInfo&)>& visit_;
};
}  // namespace

base::Result<> FileObjectStore::list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) {
  if (const auto done = Walk(files_, root_, prefix, visit).folder(""); !done) return std::unexpected(done.error());
  return {};
}

}  // namespace storage
