// CRC-16/MCRF4XX: over a frame behind its magic byte and one more byte, which stands for the message's definition.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/base/reflected_crc16.hpp"

namespace mavlink {

using Crc16 = base::ReflectedCrc16<0x8408>;
inline constexpr std::uint16_t crc_start = 0xffff;

constexpr std::uint16_t crc_of_byte(std::uint16_t crc, std::uint8_t byte) noexcept {
  return Crc16::by_bytes(crc, {&byte, 1});
}
constexpr std::uint16_t crc_of_text(std::uint16_t crc, std::string_view text) noexcept {
  for (const char c : text) crc = crc_of_byte(crc, static_cast<std::uint8_t>(c));
  return crc;
}
// `covered`: from behind the magic byte to the end of the payload.
inline std::uint16_t crc_of_frame(base::ByteView covered, std::uint8_t crc_extra) noexcept {
  return crc_of_byte(Crc16::by_words(crc_start, covered), crc_extra);
}

}  // namespace mavlink
