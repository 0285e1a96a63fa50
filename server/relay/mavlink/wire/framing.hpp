// Where things stand in a frame, for those that make, find and sign them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "server/base/bytes.hpp"

namespace mavlink::framing {

inline constexpr std::uint8_t magic_1 = 0xfe;
inline constexpr std::uint8_t magic_2 = 0xfd;
inline constexpr std::size_t header_1 = 6;  // bytes before the payload, the magic one among them
inline constexpr std::size_t header_2 = 10;
inline constexpr std::size_t length_at = 1;
inline constexpr std::size_t incompatible_at = 2;
inline constexpr std::size_t id_1_at = 5;      // one byte
inline constexpr std::size_t id_2_at = 7;      // three
inline constexpr std::size_t source_1_at = 3;  // system, then component
inline constexpr std::size_t source_2_at = 5;
inline constexpr std::size_t crc_size = 2;
inline constexpr std::uint8_t signed_flag = 0x01;
inline constexpr std::uint32_t last_id_1 = 0xff;  // higher ones exist in MAVLink 2 only

inline std::uint32_t load_id_2(const std::uint8_t* at) noexcept {
  return base::load_le<std::uint16_t>(at) | static_cast<std::uint32_t>(at[2]) << 16;
}

}  // namespace mavlink::framing
