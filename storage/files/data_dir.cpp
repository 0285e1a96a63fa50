#include "storage/files/data_dir.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <utility>

namespace storage {

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

base::Result<std::string> DataDirLock::take_over(const std::string& name) const {
  constexpr std::size_t longest = 512;  // a host's name and an id
  std::string before(longest, '\0');
  const ssize_t size = ::pread(descriptor_, before.data(), before.size(), 0);
  if (size < 0) return base::fail_errno(errno, "Cannot read the lock of the data directory");
  before.resize(static_cast<std::size_t>(size));
  if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, name.data(), name.size(), 0) < 0)
    return base::fail_errno(errno, "Cannot write the lock of the data directory");
  return before;
}

DataDirLock::DataDirLock(DataDirLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

DataDirLock::~DataDirLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace storage
