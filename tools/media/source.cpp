#include "tools/media/source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace media {

base::Result<Source> open_source(const std::string& path) {
  Source source;
  source.path = path;
  // Not blocking: a named pipe must not hold us up before it is refused.
  source.descriptor = transcode::Descriptor(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!source.descriptor.is_open()) return base::fail_errno(errno, fmt::format("{} cannot be opened", path));
  struct stat status{};
  if (fstat(source.descriptor.get(), &status) != 0)
    return base::fail_errno(errno, fmt::format("{} cannot be read", path));
  if (!S_ISREG(status.st_mode))
    return base::fail(base::Errc::invalid, fmt::format("{} is no regular file; copy it into one.", path));
  source.size = static_cast<std::uint64_t>(status.st_size);
  constexpr std::size_t head_size = 256;  // more than sniff() wants
  std::array<std::uint8_t, head_size> head{};
  const ssize_t got = pread(source.descriptor.get(), head.data(), head.size(), 0);
  if (got < 0) return base::fail_errno(errno, fmt::format("{} cannot be read", path));
  source.format = storage::sniff(base::ByteView(head).first(static_cast<std::size_t>(got)));
  return source;
}

base::Result<std::filesystem::path> program_of(const Bench& bench) {
  if (bench.program.empty()) return transcode::find_worker_program();
  return bench.program;
}

}  // namespace media
