#include "transcode/runner/work_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "server/base/clock.hpp"
#include "server/base/ids.hpp"

namespace transcode {

namespace {
namespace fs = std::filesystem;

// Only what a runner makes: files. A folder in here is somebody's mistake and stays.
base::Result<> remove_files(const fs::path& folder) {
  auto& files = storage::posix_file_system();
  const auto names = files.list(folder);
  if (!names) return std::unexpected(names.error());
  for (const std::string& name : *names) {
    const fs::path path = folder / name;
    const auto status = files.status(path);
    if (!status) return std::unexpected(status.error());
    if (status->is_directory) continue;
    if (auto removed = files.remove(path); !removed) return removed;
  }
  return {};
}
}  // namespace

WorkFile::WorkFile(WorkFile&& other) noexcept : file_(std::move(other.file_)) {}

WorkFile::~WorkFile() {
  if (file_.is_open()) unlink(file_.path().c_str());
}

base::Result<WorkFolder> WorkFolder::open(const fs::path& folder) {
  if (auto made = storage::make_directories(storage::posix_file_system(), folder); !made)
    return std::unexpected(made.error());
  const int lock = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (lock < 0) return base::fail_errno(errno, fmt::format("The folder {} cannot be opened", folder.native()));
  WorkFolder opened(folder, lock);
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return base::fail_errno(errno, fmt::format("The folder {} cannot be locked", folder.native()));
    return base::fail(
        base::Errc::conflict,
        fmt::format("Another process makes its files in the folder {}; give each one of its own.", folder.native()));
  }
  if (auto emptied = remove_files(folder); !emptied) return std::unexpected(emptied.error());
  return opened;
}

WorkFolder::WorkFolder(WorkFolder&& other) noexcept
    : folder_(std::move(other.folder_)), lock_(std::exchange(other.lock_, -1)) {}

WorkFolder::~WorkFolder() {
  if (lock_ >= 0) close(lock_);
}

bool WorkFolder::has_room(std::uint64_t bytes) const noexcept {
  struct statvfs status{};
  if (fstatvfs(lock_, &status) != 0) return true;  // then it is not known to be short of it
  const bool names = status.f_files == 0 || status.f_favail > 0;
  return names && std::uint64_t{status.f_bavail} * status.f_frsize >= bytes;
}

base::Result<WorkFile> WorkFolder::create(std::string_view suffix) const {
  const fs::path path = folder_ / fmt::format("{}.{}", base::Uuid::v7(base::utc_now()).str(), suffix);
  auto file = storage::posix_file_system().open(path, storage::OpenMode::create_new);
  if (!file) return std::unexpected(file.error());
  return WorkFile(std::move(*file));
}

}  // namespace transcode
