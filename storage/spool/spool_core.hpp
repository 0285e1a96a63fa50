// What a spool and its partials share. Lives as long as the last of them.
#pragma once

#include <atomic>
#include <memory>

#include "storage/spool/partial_index.hpp"
#include "storage/spool/sidecar.hpp"

namespace storage {

// Partials that keep their two files open between calls. Ten thousand slow cameras must not need twenty thousand
// descriptors beside their sockets: the ones beyond this open them for each block.
constexpr std::int64_t max_partials_kept_open = 2048;

struct SpoolCore {
  SpoolCore(std::filesystem::path where, FileSystem& with) : directory(std::move(where)), files(with) {}

  std::filesystem::path data_path(const base::Uuid& id) const { return directory / (id.str() + ".part"); }
  std::filesystem::path sums_path(const base::Uuid& id) const { return directory / (id.str() + ".sums"); }
  // Files that are not there are removed.
  base::Result<> remove_files(const base::Uuid& id) const;
  // The same for a partial that nobody will ask for again, with a line in the log. What cannot be removed now is tried
  // again at the next start.
  void drop_files(const base::Uuid& id, std::string_view reason) const;

  const std::filesystem::path directory;
  FileSystem& files;
  PartialIndex index;
  std::atomic<std::int64_t> kept_open{0};
};

struct LoadedHeader {
  SidecarHeader header;
  std::uint64_t size = 0;  // of the encoded header: the first record follows it
  std::uint64_t seed = 0;
};

// `corrupt` when it is not a header, or not that of `id`.
base::Result<LoadedHeader> load_header(const File& sums, const base::Uuid& id);

}  // namespace storage
