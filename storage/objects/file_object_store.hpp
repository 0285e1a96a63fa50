// Objects as files of a local directory: DIR/KEY. The embedded default.
//
// A put is a hard link where the source is on the same file system, so a finished file is never copied; else the bytes
// are copied under a temporary name and renamed. DIR/~tmp holds those temporary names: '~' is in no valid key, so that
// nothing unfinished can ever be listed or opened, and what a crash left there is removed at the next open.
// One process owns a directory.
#pragma once

#include <array>
#include <mutex>
#include <set>

#include "storage/files/file_system.hpp"
#include "storage/objects/object_store.hpp"

namespace storage {

class FileObjectStore final : public ObjectStore {
 public:
  // Makes the directory. `files` must outlive the store.
  static base::Result<std::unique_ptr<FileObjectStore>> open_in(std::filesystem::path directory,
                                                                FileSystem& files = posix_file_system());
  // For reading beside the process that owns the directory: makes nothing, and leaves temporary names alone.
  static base::Result<std::unique_ptr<FileObjectStore>> open_to_read(std::filesystem::path directory,
                                                                     FileSystem& files = posix_file_system());

  base::Result<> put(std::string_view key, const LocalFile& source) override;
  base::Result<std::unique_ptr<ObjectReader>> open(std::string_view key) override;
  base::Result<ObjectInfo> stat(std::string_view key) override;
  base::Result<> remove(std::string_view key) override;
  base::Result<> list(std::string_view prefix, const std::function<bool(const ObjectInfo&)>& visit) override;
  std::optional<std::filesystem::path> local_path(std::string_view key) const override;
  base::Result<> probe() override;
  base::Result<std::uint64_t> remove_leftovers(base::UtcTime before) override;
  std::string describe() const override;

 private:
  FileObjectStore(std::filesystem::path directory, FileSystem& files);

  base::Result<> put_locked(std::string_view key, const LocalFile& source, const std::filesystem::path& target);
  base::Result<> make_durable_directories(std::string_view key);
  base::Result<> copy_into_place(const LocalFile& source, const std::filesystem::path& target);
  base::Result<> settle(const std::filesystem::path& target);
  base::Result<> probe_file(const std::filesystem::path& path);
  std::filesystem::path temporary_path() const;

  const std::filesystem::path root_;
  FileSystem& files_;

  // Two puts of one key must not race between looking and linking; puts of different keys mostly run side by side.
  std::array<std::mutex, 16> key_locks_;

  std::mutex directories_lock_;
  // Directories whose own entry this process has seen synced. One that merely exists may be the leavings of a process
  // that died between making and syncing it. Bounded; forgetting one costs a sync.
  std::set<std::filesystem::path> durable_directories_;
};

}  // namespace storage
