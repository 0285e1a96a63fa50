#include "storage/spool/overlap.hpp"

#include <bitset>

namespace storage {

namespace {
constexpr std::uint64_t packet_size = 1024;
// Compressed pictures and sound have far more values in a kilobyte; padding and blank headers have far fewer.
constexpr std::size_t min_distinct_values = 32;
}  // namespace

std::uint64_t whole_packets(std::uint64_t size) noexcept {
  return size / packet_size * packet_size;
}

std::uint64_t widest_overlap_start(std::uint64_t size) noexcept {
  return size <= max_overlap ? 0 : whole_packets(size - max_overlap + packet_size - 1);
}

std::optional<Overlap> choose_overlap(std::uint64_t offset, base::ByteView bytes) {
  const std::uint64_t size = offset + bytes.size();
  std::uint64_t start = size < packet_size ? 0 : whole_packets(size - packet_size);
  std::bitset<256> seen;
  for (std::size_t at = bytes.size();; start -= packet_size) {
    while (at > start - offset) seen.set(bytes[--at]);
    if (seen.count() >= min_distinct_values)
      return Overlap{.offset = start,
                     .bytes = base::Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(at), bytes.end())};
    if (start == offset) return std::nullopt;
  }
}

}  // namespace storage
