// The tracker's own link: Codec 8, 8 Extended, 12, 13 and 14 of Teltonika. Everything is big endian. Sans-IO.
//
// A TCP frame is 00000000, u32 length, payload, u32 CRC: the CRC is CRC-16/IBM (polynomial 0xA001 reflected, initial
// value 0) over the payload, `length` counts the payload. The payload is the codec's byte, the number of what follows,
// that, and the number again.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "server/base/bytes.hpp"

namespace avl {

enum class Codec : std::uint8_t {
  codec8 = 0x08,
  codec8e = 0x8e,
  codec12 = 0x0c,
  codec13 = 0x0d,
  codec14 = 0x0e,
};
std::string_view to_string(Codec codec) noexcept;  // "Codec 8", "Codec 8 Extended", …
std::optional<Codec> parse_codec(std::uint8_t byte) noexcept;
bool carries_records(Codec codec) noexcept;  // the others carry text

// CRC-16/IBM. `crc` of an earlier call goes on with it.
std::uint16_t crc16_ibm(base::ByteView bytes, std::uint16_t crc = 0) noexcept;

constexpr std::size_t frame_head_size = 8;   // zeros and length
constexpr std::size_t frame_tail_size = 4;   // CRC
constexpr std::size_t min_payload_size = 3;  // codec and both counts
// A tracker sends at most 1,280 bytes at a time by its manual, and some firmware several times that; 255 records with
// all elements there are need less than this. A whole frame fits into 64 KiB.
constexpr std::size_t max_payload_size = 64 * 1024 - frame_head_size - frame_tail_size;

// `payload` in a frame, ready to be sent. Precondition: at most max_payload_size.
void append_frame(base::ByteView payload, base::Bytes& out);

}  // namespace avl
