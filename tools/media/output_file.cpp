#include "tools/media/output_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace media {

namespace {
base::Result<> check_place(const std::filesystem::path& path, bool replace) {
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0) return {};  // nothing there; what else is wrong shows when it is made
  if (!replace) return base::fail(base::Errc::conflict, fmt::format("{} exists; --force replaces it.", path.string()));
  if (!S_ISREG(status.st_mode))
    return base::fail(base::Errc::invalid, fmt::format("{} is no regular file and is not replaced.", path.string()));
  return {};
}

// As open() would have made it; there is no other way to ask for the mask.
mode_t usual_mode() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}
}  // namespace

base::Result<OutputFile> OutputFile::create(const std::filesystem::path& path, bool replace) {
  if (auto checked = check_place(path, replace); !checked) return std::unexpected(checked.error());
  std::string name = path.string() + ".part-XXXXXX";
  OutputFile file;
  file.descriptor_ = transcode::Descriptor(mkostemp(name.data(), O_CLOEXEC));
  if (!file.descriptor_.is_open())
    return base::fail_errno(errno, fmt::format("A file beside {} cannot be made", path.string()));
  file.path_ = path;
  file.temporary_ = name;
  file.replace_ = replace;
  if (fchmod(file.descriptor(), usual_mode()) != 0)
    return base::fail_errno(errno, fmt::format("{} cannot be made readable", name));
  return file;
}

OutputFile::OutputFile(OutputFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::move(other.descriptor_)),
      replace_(other.replace_) {}

OutputFile::~OutputFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

base::Result<> OutputFile::publish() {
  int renamed = renameat2(AT_FDCWD, temporary_.c_str(), AT_FDCWD, path_.c_str(), replace_ ? 0 : RENAME_NOREPLACE);
  // Some file systems have no such flag; the look at the beginning has to do there.
  if (renamed != 0 && errno == EINVAL && !replace_) {
    if (auto checked = check_place(path_, false); !checked) return checked;
    renamed = rename(temporary_.c_str(), path_.c_str());
  }
  if (renamed != 0 && errno == EEXIST) return check_place(path_, false);
  if (renamed != 0) return base::fail_errno(errno, fmt::format("{} cannot be given its name", path_.string()));
  temporary_.clear();
  return {};
}

std::uint64_t OutputFile::size() const {
  struct stat status{};
  return fstat(descriptor(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

}  // namespace media
