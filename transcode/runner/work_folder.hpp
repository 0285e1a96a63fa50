// Where a runner keeps files for as long as a job takes. It belongs to one runner at a time, and what an earlier one
// left is nobody's.
#pragma once

#include <filesystem>
#include <string_view>

#include "server/base/result.hpp"
#include "storage/files/file_system.hpp"

namespace transcode {

// An open file with a name, both gone with the object.
class WorkFile {
 public:
  WorkFile(WorkFile&& other) noexcept;
  WorkFile& operator=(WorkFile&&) = delete;
  ~WorkFile();
  storage::File& file() noexcept { return file_; }
  int descriptor() const noexcept { return file_.descriptor(); }
  const std::filesystem::path& path() const noexcept { return file_.path(); }

 private:
  friend class WorkFolder;
  explicit WorkFile(storage::File file) : file_(std::move(file)) {}
  storage::File file_;
};

class WorkFolder {
 public:
  // Made if absent, then emptied. Another process that has it is a `conflict`.
  static base::Result<WorkFolder> open(const std::filesystem::path& folder);
  WorkFolder(WorkFolder&& other) noexcept;
  WorkFolder& operator=(WorkFolder&&) = delete;
  ~WorkFolder();

  // Whether the disk has so much left, and room for another name.
  bool has_room(std::uint64_t bytes) const noexcept;

  // Thread-safe. Empty, for reading and writing; `suffix` is for people who look into the folder.
  base::Result<WorkFile> create(std::string_view suffix) const;

 private:
  WorkFolder(std::filesystem::path folder, int lock) : folder_(std::move(folder)), lock_(lock) {}
  std::filesystem::path folder_;
  int lock_;  // of the folder itself
};

}  // namespace transcode
