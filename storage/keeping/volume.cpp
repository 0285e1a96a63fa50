#include "storage/keeping/volume.hpp"

#include <sys/statvfs.h>

#include <cerrno>

namespace storage {

base::Result<VolumeUsage> measure_volume(const std::filesystem::path& path) {
  struct statvfs status{};
  if (::statvfs(path.c_str(), &status) != 0)
    return base::fail_errno(errno, "Cannot measure the file system of " + path.native());
  const auto bytes = [&](fsblkcnt_t blocks) { return std::uint64_t{blocks} * status.f_frsize; };
  const std::uint64_t used = bytes(status.f_blocks - status.f_bfree);
  return VolumeUsage{.used = used, .capacity = used + bytes(status.f_bavail)};
}

}  // namespace storage
