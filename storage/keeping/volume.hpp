// How full a file system of this machine is.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "server/base/result.hpp"

namespace storage {

struct VolumeUsage {
  std::uint64_t used = 0;      // bytes
  std::uint64_t capacity = 0;  // what is used and what this program may still use, as df counts

  double percent() const noexcept {
    return capacity == 0 ? 0 : 100.0 * static_cast<double>(used) / static_cast<double>(capacity);
  }
  // Bytes to be freed until no more than so many percent are used.
  std::uint64_t above(double percent) const noexcept {
    const double most = static_cast<double>(capacity) / 100.0 * percent;
    return static_cast<double>(used) <= most ? 0 : used - static_cast<std::uint64_t>(most);
  }
};

using MeasureVolume = std::function<base::Result<VolumeUsage>()>;

// Of the file system that `path` is on.
base::Result<VolumeUsage> measure_volume(const std::filesystem::path& path);

}  // namespace storage
