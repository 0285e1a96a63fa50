// The data directory belongs to one server at a time.
#pragma once

#include <string>

#include "server/base/result.hpp"

namespace storage {

class DataDirLock {
 public:
  // Makes the directory where it is missing. Another server that has it is a `conflict`.
  static base::Result<DataDirLock> acquire(const std::string& directory);
  DataDirLock(DataDirLock&& other) noexcept;
  DataDirLock& operator=(DataDirLock&&) = delete;
  ~DataDirLock();

  // Writes the name of this start into the lock, and returns that of the one before it, which is over, however it
  // ended: the lock proves it. Empty when there was none.
  base::Result<std::string> take_over(const std::string& name) const;

 private:
  explicit DataDirLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace storage
