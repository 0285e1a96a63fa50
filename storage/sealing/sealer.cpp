#include "storage/sealing/sealer.hpp"

#include <fmt/format.h>

#include "server/base/ids.hpp"
#include "storage/files/sha256.hpp"

namespace storage {

Sealer::Sealer(EvidenceCatalog& catalog, ObjectStore& objects, std::filesystem::path folder,
               std::uint32_t segment_entries, FileSystem& files)
    : catalog_(catalog),
      objects_(objects),
      folder_(std::move(folder)),
      segment_entries_(segment_entries),
      files_(files) {}

namespace {
std::unexpected<base::Error> somebody_elses(const EvidenceSegment& segment, const ObjectStore& objects) {
  return base::fail(base::Errc::conflict,
                    fmt::format("The object {} in {} is not segment {} of this catalog's evidence: another catalog has "
                                "sealed into the same store, or it was changed. Give each catalog a store of its own.",
                                segment.object_key, objects.describe(), segment.number));
}
}  // namespace

base::Result<Sealed> Sealer::run() {
  const std::scoped_lock lock(mutex_);
  if (auto made = make_folder(); !made) return std::unexpected(made.error());
  Sealed done;
  for (;;) {
    const auto segment = catalog_.seal(base::utc_now(), segment_entries_);
    if (!segment) return std::unexpected(segment.error());
    if (!*segment) return done;
    if (auto stored = store(**segment); !stored) return std::unexpected(stored.error());
    ++done.segments;
    done.entries += (*segment)->entries;
    done.head = (*segment)->sha256;
  }
}

base::Result<> Sealer::make_folder() {
  if (folder_made_) return {};
  if (auto made = make_directories(files_, folder_); !made) return made;
  const auto leavings = files_.list(folder_);
  if (!leavings) return std::unexpected(leavings.error());
  for (const std::string& name : *leavings)
    if (auto removed = files_.remove(folder_ / name); !removed) return removed;
  folder_made_ = true;
  return {};
}

base::Result<> Sealer::store(const EvidenceSegment& segment) {
  const auto text = catalog_.text_of(segment);
  if (!text) return std::unexpected(text.error());
  if (auto put = this->put(segment, *text); !put) return put;
  if (auto same = read_back(segment); !same) return same;
  return catalog_.mark_stored(segment.number);
}

base::Result<> Sealer::put(const EvidenceSegment& segment, std::string_view text) {
  const auto path = folder_ / base::Uuid::v7(base::utc_now()).str();
  const auto write = [&]() -> base::Result<> {
    auto file = files_.open(path, OpenMode::create_new);
    if (!file) return std::unexpected(file.error());
    return file->write_at(0, base::as_bytes(text));
  };
  auto done = write();
  if (done)
    done = objects_.put(
        segment.object_key,
        {.path = path, .size = segment.size, .sha256 = segment.sha256, .content_type = "application/jsonl"});
  static_cast<void>(files_.remove(path));  // or at the next start
  if (!done && done.error().code == base::Errc::conflict) return somebody_elses(segment, objects_);
  return done;
}

// A store may take an object of the same size for the same object. Here that would hide a catalog that has begun anew
// beside the segments of an older one.
base::Result<> Sealer::read_back(const EvidenceSegment& segment) {
  const auto reader = objects_.open(segment.object_key);
  if (!reader) return std::unexpected(reader.error());
  constexpr std::size_t block_size = 256 * 1024;
  base::Bytes block(block_size);
  Sha256 hash;
  for (std::uint64_t offset = 0;;) {
    const auto read = (*reader)->read_at(offset, block);
    if (!read) return std::unexpected(read.error());
    if (*read == 0) break;
    hash.feed(base::ByteView(block).first(*read));
    offset += *read;
  }
  const auto sha256 = hash.hex();
  if (!sha256) return std::unexpected(sha256.error());
  if (*sha256 == segment.sha256) return {};
  return somebody_elses(segment, objects_);
}

}  // namespace storage
