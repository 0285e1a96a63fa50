#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>

#include <fmt/format.h>

#include "storage/files/file_system.hpp"

namespace storage {
namespace {

using std::filesystem::path;

// Recordings of people: for this user and its group only.
constexpr mode_t file_mode = 0640;
constexpr mode_t directory_mode = 0750;

std::unexpected<base::Error> fail_on(int os_error, std::string_view verb, const path& where) {
  auto failure = base::fail_errno(os_error, fmt::format("Cannot {} {}", verb, where.native()));
  if (os_error == EEXIST) failure.error().code = base::Errc::conflict;
  return failure;
}

// After a failed sync the kernel may have dropped the dirty pages and says so only once.
std::unexpected<base::Error> fail_sync(int os_error, const path& where) {
  auto failure = fail_on(os_error, "sync", where);
  failure.error().code = base::Errc::corrupt;
  return failure;
}

template <class Call>
auto retry_interrupted(Call call) {
  for (;;) {
    const auto answer = call();
    if (answer >= 0 || errno != EINTR) return answer;
  }
}

FileStatus to_status(const struct stat& raw) {
  const auto modified = std::chrono::sys_seconds(std::chrono::seconds(raw.st_mtim.tv_sec)) +
                        std::chrono::nanoseconds(raw.st_mtim.tv_nsec);
  return {.size = static_cast<std::uint64_t>(raw.st_size),
          .links = static_cast<std::uint64_t>(raw.st_nlink),
          .modified = std::chrono::floor<std::chrono::milliseconds>(modified),
          .is_directory = S_ISDIR(raw.st_mode)};
}

class PosixFileSystem final : public FileSystem {
 public:
  base::Result<File> open(const path& where, OpenMode mode) override {
    const int flags = O_CLOEXEC | (mode == OpenMode::read ? O_RDONLY : O_RDWR) |
                      (mode == OpenMode::create_new ? O_CREAT | O_EXCL : 0);
    const int descriptor = retry_interrupted([&] { return ::open(where.c_str(), flags, file_mode); });
    if (descriptor < 0) return fail_on(errno, mode == OpenMode::create_new ? "create" : "open", where);
    return File(*this, descriptor, where);
  }

  base::Result<> rename(const path& from, const path& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) {
      return fail_on(errno, fmt::format("rename to {} the file", to.native()), from);
    }
    return {};
  }

  base::Result<> link(const path& existing, const path& name) override {
    if (::link(existing.c_str(), name.c_str()) != 0) {
      return fail_on(errno, fmt::format("link as {} the file", name.native()), existing);
    }
    return {};
  }

  base::Result<> remove(const path& where) override {
    if (::unlink(where.c_str()) != 0) return fail_on(errno, "remove", where);
    return {};
  }

  base::Result<> make_directory(const path& where) override {
    if (::mkdir(where.c_str(), directory_mode) != 0) return fail_on(errno, "make the directory", where);
    return {};
  }

  base::Result<> sync_directory(const path& where) override {
    const int descriptor = retry_interrupted([&] { return ::open(where.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); });
    if (descriptor < 0) return fail_on(errno, "open the directory", where);
    const int os_error = ::fsync(descriptor) == 0 ? 0 : errno;
    ::close(descriptor);
    if (os_error != 0) return fail_sync(os_error, where);
    return {};
  }

  base::Result<FileStatus> status(const path& where) override {
    struct stat raw{};
    if (::stat(where.c_str(), &raw) != 0) return fail_on(errno, "look at", where);
    return to_status(raw);
  }

  base::Result<std::vector<std::string>> list(const path& directory) override {
    std::error_code error;
    std::vector<std::string> names;
    std::filesystem::directory_iterator entry(directory, error);
    for (const std::filesystem::directory_iterator end; !error && entry != end; entry.increment(error)) {
      names.push_back(entry->path().filename().native());
    }
    if (error) return fail_on(error.value(), "list the directory", directory);
    std::ranges::sort(names);
    return names;
  }

 protected:
  base::Result<> write_at(const File& file, std::uint64_t offset, base::ByteView bytes) override {
    while (!bytes.empty()) {
      const auto at = static_cast<off_t>(offset);
      const auto written =
          retry_interrupted([&] { return ::pwrite(file.descriptor(), bytes.data(), bytes.size(), at); });
      if (written <= 0) return fail_on(written < 0 ? errno : EIO, "write to", file.path());
      bytes = bytes.subspan(static_cast<std::size_t>(written));
      offset += static_cast<std::uint64_t>(written);
    }
    return {};
  }

  base::Result<std::size_t> read_at(const File& file, std::uint64_t offset, std::span<std::uint8_t> out) override {
    std::size_t done = 0;
    while (done < out.size()) {
      const auto at = static_cast<off_t>(offset + done);
      const auto got =
          retry_interrupted([&] { return ::pread(file.descriptor(), out.data() + done, out.size() - done, at); });
      if (got < 0) return fail_on(errno, "read", file.path());
      if (got == 0) break;
      done += static_cast<std::size_t>(got);
    }
    return done;
  }

  base::Result<> sync(const File& file) override {
    if (::fsync(file.descriptor()) != 0) return fail_sync(errno, file.path());
    return {};
  }

  base::Result<FileStatus> status(const File& file) override {
    struct stat raw{};
    if (::fstat(file.descriptor(), &raw) != 0) return fail_on(errno, "look at", file.path());
    return to_status(raw);
  }

  void close(int descriptor) noexcept override { ::close(descriptor); }
};

}  // namespace

FileSystem& posix_file_system() noexcept {
  static PosixFileSystem instance;
  return instance;
}

}  // namespace storage
