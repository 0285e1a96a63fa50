// The folder that is imported: what is in it, and its files, opened to be read and nothing else. No symbolic link below
// it is followed.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "storage/files/file_system.hpp"

namespace importing {

struct Found {
  std::filesystem::path path;  // below the folder
  std::uint64_t size = 0;
  std::string trouble;  // a sentence: why this is nothing to import; empty for a file
};

// One entry after the other, in the order of the disk; remembers no more than the way down to where it is. Belongs to
// one thread at a time.
class FolderWalk {
 public:
  static base::Result<FolderWalk> begin(const std::filesystem::path& folder);
  // Nothing at the end. A folder that cannot be read is found with its trouble, and what else there is goes on.
  std::optional<Found> next();

 private:
  explicit FolderWalk(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::optional<Found> look_at(const std::filesystem::directory_entry& entry);
  std::optional<Found> enter(const std::filesystem::path& path);
  Found found(const std::filesystem::path& path, std::string trouble) const;

  std::filesystem::path folder_;
  std::vector<std::filesystem::directory_iterator> open_;  // the folders on the way down, the innermost last
};

// Opens files below one folder. Thread-safe.
class SourceFolder {
 public:
  static base::Result<SourceFolder> open(const std::filesystem::path& folder);
  SourceFolder(SourceFolder&& other) noexcept;
  SourceFolder& operator=(SourceFolder&&) = delete;
  ~SourceFolder();

  // `refused`: no regular file, or a symbolic link on the way to it.
  base::Result<storage::File> open_file(const std::filesystem::path& path) const;
  const std::filesystem::path& path() const noexcept { return path_; }  // as it was given

 private:
  SourceFolder(std::filesystem::path path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  const std::filesystem::path path_;
  int descriptor_;
};

}  // namespace importing
