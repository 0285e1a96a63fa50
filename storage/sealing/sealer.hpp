// Takes the records of evidence out of the catalog into the object store, segment by segment, so that they can be
// proved from there alone and a changed database shows. Safe at any moment of a crash and with several nodes at once:
// the catalog settles which bytes a segment has before any is written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>

#include "storage/catalog/evidence_catalog.hpp"
#include "storage/files/file_system.hpp"
#include "storage/objects/object_store.hpp"

namespace storage {

// About 2 MB of text, and some 40 ms of the catalog's writer, in which commits of cameras wait.
constexpr std::uint32_t default_segment_entries = 4'096;

struct Sealed {
  std::uint32_t segments = 0;  // now in the object store that were not before
  std::uint64_t entries = 0;
  std::string head;  // SHA-256 of the last of them; empty when there was none
};

class Sealer {
 public:
  // `folder` is for this object alone: made where it is missing, files in it are leavings of a crash and are removed.
  // The three others outlive it.
  Sealer(EvidenceCatalog& catalog, ObjectStore& objects, std::filesystem::path folder,
         std::uint32_t segment_entries = default_segment_entries, FileSystem& files = posix_file_system());

  // Everything that waits. Blocks; call it every few minutes and at the end of a program. Thread-safe. After an error
  // the next call goes on where this one stopped; `conflict` and `corrupt` will not pass by themselves.
  base::Result<Sealed> run();

 private:
  base::Result<> make_folder();
  base::Result<> store(const EvidenceSegment& segment);
  base::Result<> put(const EvidenceSegment& segment, std::string_view text);
  base::Result<> read_back(const EvidenceSegment& segment);

  EvidenceCatalog& catalog_;
  ObjectStore& objects_;
  const std::filesystem::path folder_;
  const std::uint32_t segment_entries_;
  FileSystem& files_;
  std::mutex mutex_;
  bool folder_made_ = false;
};

}  // namespace storage
