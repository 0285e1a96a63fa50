// The file a worker is to look at, in its memory before the sandbox closes.
#pragma once

#include <cstdint>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"

namespace transcode {

// Read only, and private: nothing changes under the decoder's hands.
class MappedFile {
 public:
  // `descriptor`: a regular file. Of a size that fits: `exhausted` above it.
  static base::Result<MappedFile> open(int descriptor);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();
  base::ByteView bytes() const noexcept { return bytes_; }

 private:
  explicit MappedFile(base::ByteView bytes) noexcept : bytes_(bytes) {}
  base::ByteView bytes_;
};

}  // namespace transcode
