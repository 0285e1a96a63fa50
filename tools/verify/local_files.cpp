#include "tools/verify/local_files.hpp"

#include "storage/files/file_system.hpp"
#include "tools/verify/hashing.hpp"

namespace verify {

namespace evidence = storage::evidence;

base::Result<LocalFiles> LocalFiles::read(const std::vector<std::string>& paths, Progress& progress) {
  LocalFiles all;
  progress.begin("reading the given files", 0);
  for (const std::string& path : paths) {
    auto file = storage::posix_file_system().open(path, storage::OpenMode::read);
    if (!file) return std::unexpected(file.error());
    auto hashed =
        hash_all([&](std::uint64_t offset, std::span<std::uint8_t> out) { return file->read_at(offset, out); },
                 [&](base::ByteView block) {
                   progress.add(block.size());
                   progress.tick();
                   return true;
                 });
    if (!hashed) return std::unexpected(hashed.error());
    all.by_sha256_.emplace(hashed->sha256, all.files_.size());
    all.files_.push_back({.path = path, .size = hashed->size, .sha256 = std::move(hashed->sha256), .matches = {}});
  }
  return all;
}

// A file that was deleted from the store on purpose is no less the one that came.
void LocalFiles::compare(const evidence::Entry& entry, const evidence::Record& record, const evidence::Place& place) {
  const auto* const stored = std::get_if<evidence::Stored>(&record);
  const auto* const deleted = std::get_if<evidence::Deleted>(&record);
  const auto [first, last] = by_sha256_.equal_range(stored != nullptr ? stored->sha256 : deleted->sha256);
  for (auto at = first; at != last; ++at) {
    LocalFile& file = files_[at->second];
    if (stored != nullptr && stored->size == file.size)
      file.matches.push_back(
          {.stored = *stored, .number = entry.number, .hash = entry.hash, .place = place, .deleted_at = {}});
    if (deleted == nullptr) continue;
    for (Match& match : file.matches)
      if (match.stored.id == deleted->id) match.deleted_at = deleted->deleted_at;
  }
}

}  // namespace verify
