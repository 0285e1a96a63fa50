#include <cerrno>
#include <utility>

#include "storage/files/file_system.hpp"

namespace storage {

File::File(FileSystem& owner, int descriptor, std::filesystem::path path)
    : owner_(&owner), descriptor_(descriptor), path_(std::move(path)) {}

File::File(File&& other) noexcept
    : owner_(other.owner_), descriptor_(std::exchange(other.descriptor_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    close();
    owner_ = other.owner_;
    descriptor_ = std::exchange(other.descriptor_, -1);
    path_ = std::move(other.path_);
  }
  return *this;
}

File::~File() {
  close();
}

base::Result<> File::write_at(std::uint64_t offset, base::ByteView bytes) {
  return owner_->write_at(*this, offset, bytes);
}

base::Result<std::size_t> File::read_at(std::uint64_t offset, std::span<std::uint8_t> out) const {
  return owner_->read_at(*this, offset, out);
}

base::Result<> File::sync() {
  return owner_->sync(*this);
}

base::Result<FileStatus> File::status() const {
  return owner_->status(*this);
}

void File::close() noexcept {
  if (is_open()) owner_->close(std::exchange(descriptor_, -1));
}

namespace {

std::filesystem::path parent_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

// A directory that is there may be the leavings of a start that failed between making and syncing it. One whose parent
// we may not even read was made by somebody else.
base::Result<> settle_directory(FileSystem& files, const std::filesystem::path& path) {
  const auto parent = parent_of(path);
  if (parent == path) return {};
  auto synced = files.sync_directory(parent);
  if (!synced && synced.error().os_error == EACCES) return {};
  return synced;
}

}  // namespace

base::Result<> make_directories(FileSystem& files, const std::filesystem::path& path) {
  if (path.empty()) return {};
  // With a slash at its end a name has no last part: what is above it is the directory meant.
  if (!path.has_filename() && path.has_relative_path()) return make_directories(files, path.parent_path());
  const auto found = files.status(path);
  if (found && found->is_directory) return settle_directory(files, path);
  if (found) return base::fail(base::Errc::conflict, path.string() + " is in the way: it is not a directory.");
  if (found.error().code != base::Errc::not_found) return std::unexpected(found.error());

  const auto parent = parent_of(path);
  if (parent == path) return std::unexpected(found.error());
  if (auto made = make_directories(files, parent); !made) return made;
  auto made = files.make_directory(path);
  if (!made && made.error().code != base::Errc::conflict) return made;
  return files.sync_directory(parent);
}

}  // namespace storage
