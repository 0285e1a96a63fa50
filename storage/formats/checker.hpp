// What FormatCheck asks of the walker of one format. A walker sees every byte once, in blocks cut anywhere.
#pragma once

#include <array>
#include <memory>

#include "storage/formats/format.hpp"

namespace storage {

class Checker {
 public:
  virtual ~Checker() = default;
  virtual void feed(base::ByteView block) = 0;
  // The file ends here: fills in what was learnt, and the defect if there is one.
  virtual void finish(FormatVerdict& verdict) = 0;
};

std::unique_ptr<Checker> make_jpeg_checker();
std::unique_ptr<Checker> make_ptmf_checker();
std::unique_ptr<Checker> make_mp4_checker();
std::unique_ptr<Checker> make_json_checker();

// Gathers the fixed-size head of a record whose bytes arrive in pieces.
template <std::size_t Capacity>
class HeadBuffer {
 public:
  // Takes bytes off the front of `block` until there are `wanted`, which is at most Capacity; true when there are.
  bool fill(base::ByteView& block, std::size_t wanted) noexcept {
    while (size_ < wanted && !block.empty()) {
      bytes_[size_++] = block.front();
      block = block.subspan(1);
    }
    return size_ >= wanted;
  }
  base::ByteView view() const noexcept { return base::ByteView(bytes_).first(size_); }
  bool empty() const noexcept { return size_ == 0; }
  void clear() noexcept { size_ = 0; }

 private:
  std::array<std::uint8_t, Capacity> bytes_{};
  std::size_t size_ = 0;
};

// Takes up to `count` bytes off the front of `block` and off `count`.
inline void skip(base::ByteView& block, std::uint64_t& count) noexcept {
  const auto part = block.size() < count ? block.size() : static_cast<std::size_t>(count);
  block = block.subspan(part);
  count -= part;
}

}  // namespace storage
