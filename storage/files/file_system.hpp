// The few file operations that durable storage is made of, behind one seam: the real ones of the operating system, and
// in tests ones that fail on request or that lose, like a power cut, whatever was not synced.
// Every call blocks. Thread-safe; one File is written by one thread at a time. Errors name the path.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/base/result.hpp"

namespace storage {

class FileSystem;

enum class OpenMode : std::uint8_t {
  read,
  write,       // an existing file, for reading and writing
  create_new,  // for reading and writing; a file of that name is `conflict`
};

struct FileStatus {
  std::uint64_t size = 0;
  std::uint64_t links = 0;   // names the file has: two once it is linked into the object store
  base::UtcTime modified{};  // last write
  bool is_directory = false;
};

// An open file; closes itself. Must not outlive its FileSystem.
class File {
 public:
  File() = default;
  File(FileSystem& owner, int descriptor, std::filesystem::path path);
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;
  ~File();

  bool is_open() const noexcept { return descriptor_ >= 0; }
  int descriptor() const noexcept { return descriptor_; }
  const std::filesystem::path& path() const noexcept { return path_; }

  // All of `bytes`, or an error; after an error any part of them may have been written.
  base::Result<> write_at(std::uint64_t offset, base::ByteView bytes);
  // Fills `out` as far as the file goes; returns the bytes read, fewer than asked only at the end of the file.
  base::Result<std::size_t> read_at(std::uint64_t offset, std::span<std::uint8_t> out) const;
  // Data and size on the disk when it returns success. After a failure the file's content is unknown: never sync it
  // again, drop it (invariant I7). That failure is `corrupt`.
  base::Result<> sync();
  base::Result<FileStatus> status() const;
  void close() noexcept;

 private:
  FileSystem* owner_ = nullptr;
  int descriptor_ = -1;
  std::filesystem::path path_;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  virtual base::Result<File> open(const std::filesystem::path& path, OpenMode mode) = 0;

  // Names. None of these is durable before sync_directory() of every directory concerned.
  virtual base::Result<> rename(const std::filesystem::path& from,
                                const std::filesystem::path& to) = 0;  // replaces `to`
  virtual base::Result<> link(const std::filesystem::path& existing,
                              const std::filesystem::path& name) = 0;            // `conflict`
  virtual base::Result<> remove(const std::filesystem::path& path) = 0;          // of a file; absent is `not_found`
  virtual base::Result<> make_directory(const std::filesystem::path& path) = 0;  // one level; `conflict` when it exists

  // The names in a directory are on the disk when it returns success. A failed sync is `corrupt`, as of a file.
  virtual base::Result<> sync_directory(const std::filesystem::path& path) = 0;

  virtual base::Result<FileStatus> status(const std::filesystem::path& path) = 0;  // `not_found`
  // Names of files and directories in it, without "." and "..", sorted.
  virtual base::Result<std::vector<std::string>> list(const std::filesystem::path& directory) = 0;

 protected:
  friend class File;
  virtual base::Result<> write_at(const File& file, std::uint64_t offset, base::ByteView bytes) = 0;
  virtual base::Result<std::size_t> read_at(const File& file, std::uint64_t offset, std::span<std::uint8_t> out) = 0;
  virtual base::Result<> sync(const File& file) = 0;
  virtual base::Result<FileStatus> status(const File& file) = 0;
  virtual void close(int descriptor) noexcept = 0;
};

// The operating system's files. One for the whole process.
FileSystem& posix_file_system() noexcept;

// Makes a directory and every missing one above it, durably. Of what is there already, only the lowest level is synced.
base::Result<> make_directories(FileSystem& files, const std::filesystem::path& path);

}  // namespace storage
