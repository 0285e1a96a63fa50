#include "transcode/main/input.hpp"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace transcode {

namespace {
// A camera sends a megabyte a minute. FFmpeg counts positions inside a packet in 31 bits.
constexpr std::uint64_t largest_file = 2ULL * 1024 * 1024 * 1024 - 1;
}  // namespace

base::Result<MappedFile> MappedFile::open(int descriptor) {
  struct stat status{};
  if (fstat(descriptor, &status) != 0) return base::fail_errno(errno, "The file's descriptor cannot be asked");
  if (!S_ISREG(status.st_mode)) return base::fail(base::Errc::invalid, "The file's descriptor is no regular file.");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size > largest_file)
    return base::fail(base::Errc::exhausted,
                      fmt::format("The file has {} bytes; {} is the most that is looked at.", size, largest_file));
  if (size == 0) return MappedFile({});  // mmap() of nothing is an error
  void* const map = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  if (map == MAP_FAILED) return base::fail_errno(errno, "The file cannot be mapped");
  return MappedFile({static_cast<const std::uint8_t*>(map), size});
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::uint8_t*>(bytes_.data()), bytes_.size());
}

}  // namespace transcode
