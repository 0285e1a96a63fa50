// Which end of a kept file a device is asked to send again, as proof that it offers the same file. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "server/base/bytes.hpp"

namespace storage {

// Bytes of the end of a kept file that a device is asked to send again. They must prove that it is the same file, so
// they are chosen to be distinctive: an overlap of one repeated byte proves nothing.
constexpr std::size_t max_overlap = 16 * 1024;  // what proves nothing up to here is rather sent again as a whole
struct Overlap {
  std::uint64_t offset = 0;  // multiple of 1024
  base::Bytes bytes;         // [offset, kept size); at least 1024, at most max_overlap bytes
};

// The whole packets in so many bytes.
std::uint64_t whole_packets(std::uint64_t size) noexcept;
// Where the widest overlap of a file begins: on a packet, at most max_overlap before the end.
std::uint64_t widest_overlap_start(std::uint64_t size) noexcept;
// The shortest distinctive end of a file, from its last bytes, which begin at `offset`; nothing where none is.
std::optional<Overlap> choose_overlap(std::uint64_t offset, base::ByteView bytes);

}  // namespace storage
