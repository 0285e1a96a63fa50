// libavformat's reading and writing, over a view of memory and over a descriptor. No URL, no path, no protocol.
#pragma once

#include <memory>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"
#include "transcode/media/libav.hpp"

namespace transcode {

struct IoFree {
  void operator()(AVIOContext* io) const noexcept {
    av_freep(&io->buffer);
    avio_context_free(&io);
  }
};
using IoPtr = std::unique_ptr<AVIOContext, IoFree>;

class MemoryInput {
 public:
  explicit MemoryInput(base::ByteView file);
  MemoryInput(const MemoryInput&) = delete;
  MemoryInput& operator=(const MemoryInput&) = delete;
  AVIOContext* io() const noexcept { return io_.get(); }

 private:
  static int read(void* self, std::uint8_t* out, int size) noexcept;
  static std::int64_t seek(void* self, std::int64_t offset, int whence) noexcept;
  base::ByteView file_;
  std::size_t at_ = 0;
  IoPtr io_;
};

// Writes from offset 0, and anywhere again. The descriptor stays open.
class DescriptorOutput {
 public:
  explicit DescriptorOutput(int descriptor);
  DescriptorOutput(const DescriptorOutput&) = delete;
  DescriptorOutput& operator=(const DescriptorOutput&) = delete;
  AVIOContext* io() const noexcept { return io_.get(); }
  // Everything is with the operating system; the first error of all writes.
  base::Result<> flush();

 private:
  static int write(void* self, std::uint8_t* bytes, int size) noexcept;
  static std::int64_t seek(void* self, std::int64_t offset, int whence) noexcept;
  int descriptor_;
  std::int64_t at_ = 0;
  std::int64_t size_ = 0;
  int os_error_ = 0;
  IoPtr io_;
};

// All of `bytes` at the beginning of the descriptor's file.
base::Result<> write_whole(int descriptor, base::ByteView bytes);

}  // namespace transcode
