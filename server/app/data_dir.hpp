// The data directory belongs to one server at a time.
#pragma once

#include <string>

#include "server/base/result.hpp"

namespace app {

class DataDirLock {
 public:
  // Makes the directory where it is missing. Another server that has it is a `conflict`.
  static base::Result<DataDirLock> acquire(const std::string& directory);
  DataDirLock(DataDirLock&& other) noexcept;
  DataDirLock& operator=(DataDirLock&&) = delete;
  ~DataDirLock();

 private:
  explicit DataDirLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace app
