#include "server/app/data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <utility>

namespace app {

base::Result<DataDirLock> DataDirLock::acquire(const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return base::fail_errno(error.value(), fmt::format("Cannot make the data directory {}", directory));
  const std::string file = directory + "/lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor < 0) return base::fail_errno(errno, fmt::format("Cannot write to the data directory {}", directory));
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    ::close(descriptor);
    return base::fail(
        base::Errc::conflict,
        fmt::format("Another dualcamd uses the data directory {}. Stop it, or set another --data-dir.", directory));
  }
  return DataDirLock{descriptor};
}

DataDirLock::DataDirLock(DataDirLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

DataDirLock::~DataDirLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace app
