// A file that appears whole or not at all: written beside its place, and given its name at the end.
#pragma once

#include <filesystem>

#include "server/base/result.hpp"
#include "transcode/worker/descriptor.hpp"

namespace media {

class OutputFile {
 public:
  // `replace`: whether a file of that name may be there. Not a regular file: refused.
  static base::Result<OutputFile> create(const std::filesystem::path& path, bool replace);
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&&) = delete;
  ~OutputFile();  // removes it, unless published

  int descriptor() const noexcept { return descriptor_.get(); }
  const std::filesystem::path& path() const noexcept { return path_; }
  base::Result<> publish();
  std::uint64_t size() const;

 private:
  OutputFile() = default;
  std::filesystem::path path_;
  std::filesystem::path temporary_;  // empty: there is none any more
  transcode::Descriptor descriptor_;
  bool replace_ = false;
};

}  // namespace media
