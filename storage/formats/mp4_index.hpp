// The moov box of one track of JPEGs that lie one behind the other, each in an mdat box of its own (ISO/IEC 14496-12,
// -14). Big endian, as all of MP4.
#pragma once

#include <concepts>
#include <span>
#include <string_view>
#include <utility>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"

namespace storage {

class BoxWriter {
 public:
  // The box gets its size when `content` has written what is in it.
  template <std::invocable Content>
  void box(std::string_view type, const Content& content) {
    const std::size_t at = bytes_.size();
    number(std::uint32_t{0});
    text(type);
    content();
    base::store_be(bytes_.data() + at, static_cast<std::uint32_t>(bytes_.size() - at));
  }
  template <std::unsigned_integral T>
  void number(T value) {
    bytes_.resize(bytes_.size() + sizeof value);
    base::store_be(bytes_.data() + bytes_.size() - sizeof value, value);
  }
  void text(std::string_view characters) { bytes_.insert(bytes_.end(), characters.begin(), characters.end()); }
  void zeros(std::size_t count) { bytes_.resize(bytes_.size() + count); }
  base::Bytes bytes() && { return std::move(bytes_); }

 private:
  base::Bytes bytes_;
};

constexpr std::uint64_t mdat_head = 8;  // before each picture
struct Mp4Index {
  std::span<const std::uint32_t> sizes;      // of each picture; at least one
  std::span<const std::uint32_t> durations;  // ms; of all but the last
  std::uint32_t last_duration = 0;           // ms
  std::uint64_t samples_at = 0;              // offset of the first mdat box in the file
  std::uint16_t width = 0;
  std::uint16_t height = 0;
  base::UtcTime begins_at;
};

base::Bytes moov_of(const Mp4Index& index);

}  // namespace storage
