// CRC-16 with a reflected polynomial, no final xor, by tables: cameras and trackers differ in the polynomial only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "server/base/bytes.hpp"

namespace base {

template <std::uint16_t polynomial>
class ReflectedCrc16 {
 public:
  // One byte at a time.
  static constexpr std::uint16_t by_bytes(std::uint16_t crc, ByteView bytes) noexcept {
    for (const std::uint8_t byte : bytes) crc = static_cast<std::uint16_t>(crc >> 8 ^ tables[0][(crc ^ byte) & 0xff]);
    return crc;
  }
  // Eight at a time.
  static std::uint16_t by_words(std::uint16_t crc, ByteView bytes) noexcept {
    const std::uint8_t* at = bytes.data();
    std::size_t left = bytes.size();
    for (; left >= 8; at += 8, left -= 8) {
      const std::uint64_t word = load_le<std::uint64_t>(at) ^ crc;
      crc = static_cast<std::uint16_t>(tables[7][word & 0xff] ^ tables[6][word >> 8 & 0xff] ^
                                       tables[5][word >> 16 & 0xff] ^ tables[4][word >> 24 & 0xff] ^
                                       tables[3][word >> 32 & 0xff] ^ tables[2][word >> 40 & 0xff] ^
                                       tables[1][word >> 48 & 0xff] ^ tables[0][word >> 56]);
    }
    return by_bytes(crc, {at, left});
  }

 private:
  using Tables = std::array<std::array<std::uint16_t, 256>, 8>;

  // [k][b]: the CRC of byte b followed by k zero bytes.
  static constexpr Tables make_tables() {
    Tables made{};
    for (unsigned byte = 0; byte < 256; ++byte) {
      unsigned crc = byte;
      for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? crc >> 1 ^ polynomial : crc >> 1;
      made[0][byte] = static_cast<std::uint16_t>(crc);
    }
    for (unsigned byte = 0; byte < 256; ++byte)
      for (std::size_t k = 1; k < made.size(); ++k) {
        const std::uint16_t shorter = made[k - 1][byte];
        made[k][byte] = static_cast<std::uint16_t>(shorter >> 8 ^ made[0][shorter & 0xff]);
      }
    return made;
  }
  static constexpr Tables tables = make_tables();
};

}  // namespace base
