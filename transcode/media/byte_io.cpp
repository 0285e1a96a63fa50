#include "transcode/media/byte_io.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <new>

namespace transcode {

namespace {
constexpr int buffer_size = 64 * 1024;  // a system call per so much
constexpr std::string_view writing = "A derived object cannot be written";

IoPtr make_io(void* self, bool for_writing, int (*read)(void*, std::uint8_t*, int),
              int (*write)(void*, std::uint8_t*, int), std::int64_t (*seek)(void*, std::int64_t, int)) {
  auto* buffer = static_cast<std::uint8_t*>(av_malloc(buffer_size));
  if (buffer == nullptr) throw std::bad_alloc();
  IoPtr io(avio_alloc_context(buffer, buffer_size, for_writing ? 1 : 0, self, read, write, seek));
  if (!io) {
    av_free(buffer);
    throw std::bad_alloc();
  }
  return io;
}

// Where a seek leads, below 0 when nowhere.
std::int64_t seek_target(std::int64_t offset, int whence, std::int64_t at, std::int64_t size) noexcept {
  constexpr std::int64_t far = std::int64_t{1} << 60;  // no file is as large; keeps the sums below from overflowing
  if (offset > far || offset < -far) return AVERROR(EINVAL);
  switch (whence & ~AVSEEK_FORCE) {
    case SEEK_SET: return offset < 0 ? AVERROR(EINVAL) : offset;
    case SEEK_CUR: return at + offset < 0 ? AVERROR(EINVAL) : at + offset;
    case SEEK_END: return size + offset < 0 ? AVERROR(EINVAL) : size + offset;
    default: return AVERROR(EINVAL);
  }
}

// 0, or errno.
int write_at(int descriptor, const std::uint8_t* bytes, std::size_t size, std::int64_t at) noexcept {
  while (size > 0) {
    const ssize_t written = pwrite(descriptor, bytes, size, at);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return written < 0 ? errno : EIO;
    bytes += written;
    size -= static_cast<std::size_t>(written);
    at += written;
  }
  return 0;
}
}  // namespace

MemoryInput::MemoryInput(base::ByteView file) : file_(file), io_(make_io(this, false, read, nullptr, seek)) {}

int MemoryInput::read(void* self, std::uint8_t* out, int size) noexcept {
  auto& input = *static_cast<MemoryInput*>(self);
  const std::size_t count = std::min(input.file_.size() - input.at_, static_cast<std::size_t>(std::max(size, 0)));
  if (count == 0) return AVERROR_EOF;
  std::copy_n(input.file_.data() + input.at_, count, out);
  input.at_ += count;
  return static_cast<int>(count);
}

std::int64_t MemoryInput::seek(void* self, std::int64_t offset, int whence) noexcept {
  auto& input = *static_cast<MemoryInput*>(self);
  const auto size = static_cast<std::int64_t>(input.file_.size());
  if ((whence & AVSEEK_SIZE) != 0) return size;
  const std::int64_t target = seek_target(offset, whence, static_cast<std::int64_t>(input.at_), size);
  if (target < 0) return target;
  input.at_ = static_cast<std::size_t>(std::min(target, size));
  return static_cast<std::int64_t>(input.at_);
}

DescriptorOutput::DescriptorOutput(int descriptor)
    : descriptor_(descriptor), io_(make_io(this, true, nullptr, write, seek)) {}

int DescriptorOutput::write(void* self, std::uint8_t* bytes, int size) noexcept {
  auto& output = *static_cast<DescriptorOutput*>(self);
  if (const int error = write_at(output.descriptor_, bytes, static_cast<std::size_t>(size), output.at_); error != 0) {
    if (output.os_error_ == 0) output.os_error_ = error;
    return AVERROR(error);
  }
  output.at_ += size;
  output.size_ = std::max(output.size_, output.at_);
  return size;
}

std::int64_t DescriptorOutput::seek(void* self, std::int64_t offset, int whence) noexcept {
  auto& output = *static_cast<DescriptorOutput*>(self);
  if ((whence & AVSEEK_SIZE) != 0) return output.size_;
  const std::int64_t target = seek_target(offset, whence, output.at_, output.size_);
  if (target >= 0) output.at_ = target;
  return target;
}

base::Result<> DescriptorOutput::flush() {
  avio_flush(io_.get());
  if (os_error_ != 0) return base::fail_errno(os_error_, writing);
  if (io_->error < 0) return fail_av(io_->error, writing, base::Errc::io);
  return {};
}

base::Result<> write_whole(int descriptor, base::ByteView bytes) {
  if (const int error = write_at(descriptor, bytes.data(), bytes.size(), 0); error != 0)
    return base::fail_errno(error, writing);
  return {};
}

}  // namespace transcode
