// The camera's side of a conversation: frames byte by byte from the protocol's description, made without the encoders
// and the CRC under test.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "server/base/bytes.hpp"

namespace dualcam::test {

constexpr std::uint64_t device_imei = 356307042441013;
constexpr std::uint64_t other_imei = 356307042441021;

// INIT settings: what waits, in words.
constexpr std::uint32_t nothing = 0;
constexpr std::uint32_t videor = 0x20000000;
constexpr std::uint32_t videof = 0x10000000;
constexpr std::uint32_t photor = 0x08000000;
constexpr std::uint32_t photof = 0x04000000;
constexpr std::uint32_t by_path = 0x02000000;

// The checksum one bit at a time.
std::uint16_t reference_crc(std::uint16_t crc, base::ByteView bytes);

base::Bytes hex(std::string_view text);
base::Bytes join(std::initializer_list<base::Bytes> parts);
base::Bytes frame(std::uint16_t command, base::ByteView body);

base::Bytes init(std::uint32_t waiting, std::uint16_t protocol = 5, std::uint64_t imei = device_imei);
base::Bytes start(std::uint32_t size, std::uint16_t file_crc = 0);
base::Bytes sync(std::uint32_t position);
base::Bytes status(std::uint32_t value);
base::Bytes path(std::string_view text);  // with its NUL
base::Bytes meta(base::ByteView body);
base::Bytes meta(std::string_view text);
base::Bytes photo_meta();    // v1, 13 bytes
base::Bytes no_such_file();  // v1 with time 0
base::Bytes data(base::ByteView bytes, std::uint16_t crc);
base::Bytes enhanced(std::uint32_t offset, base::ByteView bytes, std::uint16_t crc);

// A file the camera has, and its frames. Packets are numbered from 1; `since` is the SYNC their CRC chain begins at.
struct CameraFile {
  explicit CameraFile(std::size_t size, std::uint32_t seed = 1);

  std::uint32_t packet_count() const;
  base::ByteView packet_bytes(std::uint32_t number) const;
  base::Bytes packet(std::uint32_t number, std::uint32_t since = 1) const;
  base::Bytes packets(std::uint32_t first, std::uint32_t last, std::uint32_t since) const;
  base::Bytes from(std::uint32_t first) const;  // SYNC first, then every packet to the end
  base::Bytes bad_packet(std::uint32_t number) const;

  // Byte dialects: `length` bytes at `offset`, cut short at the end of the file.
  base::Bytes chunk(std::size_t offset, std::size_t length, std::size_t since = 0) const;
  base::Bytes enhanced_chunk(std::size_t offset, std::size_t length) const;
  base::ByteView piece(std::size_t offset, std::size_t length) const;

  base::Bytes bytes;
};

}  // namespace dualcam::test
