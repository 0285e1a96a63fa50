#include "storage/objects/file_object_store.hpp"

#include <cerrno>
#include <vector>

#include <fmt/format.h>

#include "server/base/ids.hpp"
#include "storage/objects/object_error.hpp"

namespace storage {

namespace {
namespace fs = std::filesystem;

constexpr std::string_view temporary_folder = "~tmp";
// A few syscalls per MiB, and little memory per worker.
constexpr std::size_t copy_block_size = 256 * 1024;
constexpr std::size_t probe_size = 4096;
// About a megabyte of paths: a day's directories of ten thousand devices.
constexpr std::size_t max_remembered_directories = 10'000;

// The file systems differ, or this one has no hard links, or the file has as many as it may.
bool must_copy(const base::Error& error) noexcept {
  return error.os_error == EXDEV || error.os_error == EPERM || error.os_error == EMLINK ||
         error.os_error == EOPNOTSUPP || error.os_error == ENOSYS;
}

// ENOTDIR: a segment of the key is an object, so nothing can be below it.
bool is_absent(const base::Error& error) noexcept {
  return error.code == base::Errc::not_found || error.os_error == ENOTDIR;
}

class FileReader final : public ObjectReader {
 public:
  FileReader(File file, std::uint64_t size) : file_(std::move(file)), size_(size) {}
  std::uint64_t size() const noexcept override { return size_; }
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) override {
    return file_.read_at(offset, out);
  }

 private:
  File file_;
  std::uint64_t size_;
};
}  // namespace

FileObjectStore::FileObjectStore(fs::path directory, FileSystem& files) : root_(std::move(directory)), files_(files) {}

base::Result<std::unique_ptr<FileObjectStore>> FileObjectStore::open_in(fs::path directory, FileSystem& files) {
  if (directory.empty()) return base::fail(base::Errc::invalid, "the object store needs a directory: give file:DIR");
  if (auto made = make_directories(files, directory / temporary_folder); !made) return std::unexpected(made.error());
  std::unique_ptr<FileObjectStore> store(new FileObjectStore(std::move(directory), files));
  // Nobody else has the directory: all of them.
  if (auto cleaned = store->remove_leftovers(base::UtcTime::max()); !cleaned) return std::unexpected(cleaned.error());
  return store;
}

base::Result<std::unique_ptr<FileObjectStore>> FileObjectStore::open_to_read(fs::path directory, FileSystem& files) {
  const auto there = files.status(directory);
  if (!there) return std::unexpected(there.error());
  if (!there->is_directory)
    return base::fail(base::Errc::invalid, fmt::format("{} is not a directory of objects.", directory.string()));
  return std::unique_ptr<FileObjectStore>(new FileObjectStore(std::move(directory), files));
}

base::Result<std::uint64_t> FileObjectStore::remove_leftovers(base::UtcTime before) {
  const auto names = files_.list(root_ / temporary_folder);
  if (!names) return std::unexpected(names.error());
  std::uint64_t removed = 0;
  for (const auto& name : *names) {
    const fs::path path = root_ / temporary_folder / name;
    const auto status = files_.status(path);
    if (status && status->modified >= before) continue;
    auto gone = status ? files_.remove(path) : std::unexpected(status.error());
    if (!gone && gone.error().code != base::Errc::not_found) return std::unexpected(gone.error());
    if (gone) ++removed;
  }
  return removed;
}

fs::path FileObjectStore::temporary_path() const {
  return root_ / temporary_folder / base::Uuid::v7(base::utc_now()).str();
}

base::Result<> FileObjectStore::put(std::string_view key, const LocalFile& source) {
  if (auto valid = check_object_key(key); !valid) return valid;
  const std::scoped_lock lock(key_locks_[std::hash<std::string_view>{}(key) % key_locks_.size()]);
  return put_locked(key, source, root_ / key);
}

base::Result<> FileObjectStore::put_locked(std::string_view key, const LocalFile& source, const fs::path& target) {
  if (auto made = make_durable_directories(key); !made) return made;
  if (const auto there = files_.status(target)) {
    if (there->is_directory)
      return base::fail(base::Errc::conflict,
                        fmt::format("object '{}' cannot be stored: longer keys begin with it", key));
    if (auto same = check_same_size(key, there->size, source.size); !same) return same;
    return settle(target);  // the put before may have died before its syncs
  } else if (there.error().code != base::Errc::not_found) {
    return std::unexpected(there.error());
  }

  auto file = files_.open(source.path, OpenMode::read);
  if (!file) return std::unexpected(file.error());
  const auto status = file->status();
  if (!status) return std::unexpected(status.error());
  if (auto as_said = check_source_size(key, source, status->size); !as_said) return as_said;
  // Before the name exists: whoever sees the object may rely on its bytes.
  if (auto synced = file->sync(); !synced) return synced;
  if (auto linked = files_.link(source.path, target); !linked) {
    if (!must_copy(linked.error())) return linked;
    if (auto copied = copy_into_place(source, target); !copied) return copied;
  }
  if (auto synced = files_.sync_directory(target.parent_path()); !synced) {
    static_cast<void>(files_.remove(target));  // best effort: a name that may vanish must not be relied upon
    return synced;
  }
  return {};
}

base::Result<> FileObjectStore::settle(const fs::path& target) {
  auto file = files_.open(target, OpenMode::read);
  if (!file) return std::unexpected(file.error());
  if (auto synced = file->sync(); !synced) return synced;
  return files_.sync_directory(target.parent_path());
}

base::Result<> FileObjectStore::make_durable_directories(std::string_view key) {
  const std::scoped_lock lock(directories_lock_);
  fs::path directory = root_;
  for (auto slash = key.find('/'); slash != std::string_view::npos; slash = key.find('/', slash + 1)) {
    const fs::path parent = std::exchange(directory, root_ / key.substr(0, slash));
    if (durable_directories_.contains(directory)) continue;
    if (auto made = files_.make_directory(directory); !made) {
      if (made.error().code != base::Errc::conflict) return made;
      const auto there = files_.status(directory);
      if (!there) return std::unexpected(there.error());
      if (!there->is_directory)
        return base::fail(base::Errc::conflict, fmt::format("object '{}' cannot be stored: '{}' is an object itself",
                                                            key, key.substr(0, slash)));
    }
    if (auto synced = files_.sync_directory(parent); !synced) return synced;
    if (durable_directories_.size() >= max_remembered_directories) durable_directories_.clear();
    durable_directories_.insert(directory);
  }
  return {};
}

base::Result<> FileObjectStore::copy_into_place(const LocalFile& source, const fs::path& target) {
  const fs::path temporary = temporary_path();
  const auto copy = [&]() -> base::Result<> {
    auto from = files_.open(source.path, OpenMode::read);
    if (!from) return std::unexpected(from.error());
    auto to = files_.open(temporary, OpenMode::create_new);
    if (!to) return std::unexpected(to.error());
    base::Bytes block(copy_block_size);
    std::uint64_t copied = 0;
    while (copied < source.size) {
      const auto read = from->read_at(copied, block);
      if (!read) return std::unexpected(read.error());
      if (*read == 0) break;
      if (auto written = to->write_at(copied, base::ByteView(block).first(*read)); !written) return written;
      copied += *read;
    }
    if (copied != source.size)
      return base::fail(base::Errc::corrupt, fmt::format("'{}' ended after {} of {} bytes while it was copied",
                                                         source.path.string(), copied, source.size));
    if (auto synced = to->sync(); !synced) return synced;
    to->close();
    return files_.rename(temporary, target);
  };
  auto result = copy();
  if (!result) static_cast<void>(files_.remove(temporary));  // best effort: the next open removes it otherwise
  return result;
}

base::Result<std::unique_ptr<ObjectReader>> FileObjectStore::open(std::string_view key) {
  if (auto valid = check_object_key(key); !valid) return std::unexpected(valid.error());
  auto file = files_.open(root_ / key, OpenMode::read);
  if (!file && is_absent(file.error())) return no_such_object(key, describe());
  if (!file) return std::unexpected(file.error());
  const auto status = file->status();
  if (!status) return std::unexpected(status.error());
  if (status->is_directory) return no_such_object(key, describe());
  return std::make_unique<FileReader>(std::move(*file), status->size);
}

base::Result<ObjectInfo> FileObjectStore::stat(std::string_view key) {
  if (auto valid = check_object_key(key); !valid) return std::unexpected(valid.error());
  const auto status = files_.status(root_ / key);
  if (!status && is_absent(status.error())) return no_such_object(key, describe());
  if (!status) return std::unexpected(status.error());
  if (status->is_directory) return no_such_object(key, describe());
  return ObjectInfo{std::string(key), status->size, status->modified};
}

base::Result<> FileObjectStore::remove(std::string_view key) {
  if (auto valid = check_object_key(key); !valid) return valid;
  const fs::path target = root_ / key;
  if (auto removed = files_.remove(target); !removed) {
    if (is_absent(removed.error())) return {};
    return removed;
  }
  return files_.sync_directory(target.parent_path());
}

std::optional<fs::path> FileObjectStore::local_path(std::string_view key) const {
  if (!is_valid_object_key(key)) return std::nullopt;
  fs::path path = root_ / key;
  const auto status = files_.status(path);
  if (!status || status->is_directory) return std::nullopt;
  return path;
}

base::Result<> FileObjectStore::probe() {
  const fs::path path = temporary_path();
  auto result = probe_file(path);
  const auto removed = files_.remove(path);
  if (!result) return result;
  return removed;
}

base::Result<> FileObjectStore::probe_file(const fs::path& path) {
  auto file = files_.open(path, OpenMode::create_new);
  if (!file) return std::unexpected(file.error());
  base::Bytes bytes;
  while (bytes.size() < probe_size) {
    const std::string text = base::Uuid::v7(base::utc_now()).str();
    bytes.insert(bytes.end(), text.begin(), text.end());
  }
  if (auto written = file->write_at(0, bytes); !written) return written;
  if (auto synced = file->sync(); !synced) return synced;
  if (auto synced = files_.sync_directory(path.parent_path()); !synced) return synced;

  const auto again = files_.open(path, OpenMode::read);
  if (!again) return std::unexpected(again.error());
  base::Bytes back(bytes.size() + 1);
  const auto read = again->read_at(0, back);
  if (!read) return std::unexpected(read.error());
  back.resize(*read);
  if (back != bytes)
    return base::fail(base::Errc::corrupt,
                      fmt::format("'{}' reads back other bytes than were written; check the disk", path.string()));
  return {};
}

std::string FileObjectStore::describe() const {
  return "file:" + root_.string();
}

}  // namespace storage
