#include "tools/import/source_folder.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include <cerrno>
#include <iterator>
#include <utility>

namespace importing {

namespace {
namespace fs = std::filesystem;

// Media folders have two or three levels; each one on the way down keeps a descriptor.
constexpr std::size_t deepest = 64;

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int get() const noexcept { return number_; }
  int release() noexcept { return std::exchange(number_, -1); }

 private:
  int number_;
};

std::unexpected<base::Error> fail_open(int error, const fs::path& path) {
  if (error == ELOOP || error == ENOTDIR)
    return base::fail(base::Errc::refused,
                      fmt::format("{} is, or is behind, a symbolic link, and those are not followed.", path.string()));
  return base::fail_errno(error, fmt::format("Cannot read {}", path.string()));
}
}  // namespace

base::Result<FolderWalk> FolderWalk::begin(const fs::path& folder) {
  FolderWalk walk(folder);
  std::error_code error;
  fs::directory_iterator top(folder, error);
  if (error) return base::fail_errno(error.value(), fmt::format("Cannot read the folder {}", folder.string()));
  walk.open_.push_back(std::move(top));
  return walk;
}

std::optional<Found> FolderWalk::next() {
  while (!open_.empty()) {
    if (open_.back() == fs::directory_iterator()) {
      open_.pop_back();
      continue;
    }
    const fs::directory_entry entry = *open_.back();
    std::error_code error;
    open_.back().increment(error);
    if (error) {
      open_.pop_back();
      return found(entry.path().parent_path(), fmt::format("The folder cannot be read further: {}.", error.message()));
    }
    if (auto what = look_at(entry)) return what;
  }
  return std::nullopt;
}

std::optional<Found> FolderWalk::look_at(const fs::directory_entry& entry) {
  std::error_code error;
  const auto status = entry.symlink_status(error);
  switch (status.type()) {
    case fs::file_type::directory: return enter(entry.path());
    case fs::file_type::regular: {
      Found file = found(entry.path(), {});
      file.size = entry.file_size(error);
      if (error) file.size = 0;  // opening it will say why
      return file;
    }
    case fs::file_type::symlink: return found(entry.path(), "It is a symbolic link, and those are not followed.");
    case fs::file_type::none: return found(entry.path(), fmt::format("It cannot be looked at: {}.", error.message()));
    default: return found(entry.path(), "It is neither a file nor a folder.");
  }
}

std::optional<Found> FolderWalk::enter(const fs::path& path) {
  if (open_.size() >= deepest) return found(path, fmt::format("It is more than {} folders deep.", deepest));
  std::error_code error;
  fs::directory_iterator inside(path, error);
  if (error) return found(path, fmt::format("The folder cannot be read: {}.", error.message()));
  open_.push_back(std::move(inside));
  return std::nullopt;
}

Found FolderWalk::found(const fs::path& path, std::string trouble) const {
  return {.path = path.lexically_relative(folder_), .size = 0, .trouble = std::move(trouble)};
}

base::Result<SourceFolder> SourceFolder::open(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return base::fail_errno(errno, fmt::format("Cannot open the folder {}", folder.string()));
  return SourceFolder(folder, descriptor);
}

SourceFolder::SourceFolder(SourceFolder&& other) noexcept
    : path_(other.path_), descriptor_(std::exchange(other.descriptor_, -1)) {}

SourceFolder::~SourceFolder() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// Step by step: what was a folder a moment ago may be a link now.
base::Result<storage::File> SourceFolder::open_file(const fs::path& path) const {
  const fs::path whole = path_ / path;
  Descriptor at(::fcntl(descriptor_, F_DUPFD_CLOEXEC, 0));
  if (at.get() < 0) return base::fail_errno(errno, fmt::format("Cannot read {}", whole.string()));
  for (auto part = path.begin(); part != path.end(); ++part) {
    const bool last = std::next(part) == path.end();
    // O_NONBLOCK: a pipe in place of the file must not be waited for.
    const int flags = last ? O_RDONLY | O_NONBLOCK : O_PATH | O_DIRECTORY;
    Descriptor below(::openat(at.get(), part->c_str(), flags | O_NOFOLLOW | O_CLOEXEC));
    if (below.get() < 0) return fail_open(errno, whole);
    at = std::move(below);
  }
  struct stat status{};
  if (::fstat(at.get(), &status) != 0) return base::fail_errno(errno, fmt::format("Cannot read {}", whole.string()));
  if (!S_ISREG(status.st_mode))
    return base::fail(base::Errc::refused, fmt::format("{} is no regular file.", whole.string()));
  return storage::File(storage::posix_file_system(), at.release(), whole);
}

}  // namespace importing
