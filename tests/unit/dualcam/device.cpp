#include "tests/unit/dualcam/device.hpp"

#include <algorithm>
#include <concepts>
#include <stdexcept>

namespace dualcam::test {

using base::Bytes;
using base::ByteView;

namespace {
constexpr std::size_t packet_length = 1024;

template <std::unsigned_integral T>
void append(Bytes& out, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void append(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

Bytes u32(std::uint32_t value) {
  Bytes out;
  append(out, value);
  return out;
}
}  // namespace

std::uint16_t reference_crc(std::uint16_t crc, ByteView bytes) {
  unsigned value = crc;
  for (const std::uint8_t byte : bytes) {
    value ^= byte;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1U) != 0 ? value >> 1 ^ 0x8408U : value >> 1;
  }
  return static_cast<std::uint16_t>(value);
}

Bytes hex(std::string_view text) {
  const auto bytes = base::from_hex(text);
  if (!bytes) throw std::invalid_argument("a test's hexadecimal text is wrong");
  return *bytes;
}

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes out;
  for (const Bytes& part : parts) append(out, part);
  return out;
}

Bytes frame(std::uint16_t command, ByteView body) {
  Bytes out;
  append(out, command);
  append(out, static_cast<std::uint16_t>(body.size()));
  append(out, body);
  return out;
}

Bytes init(std::uint32_t waiting, std::uint16_t protocol, std::uint64_t imei) {
  Bytes out{0, 0};
  append(out, protocol);
  append(out, imei);
  append(out, waiting | 0x40000400);
  return out;
}

Bytes start(std::uint32_t size, std::uint16_t file_crc) {
  Bytes body = u32(size);
  append(body, file_crc);
  return frame(0x0001, body);
}

Bytes sync(std::uint32_t position) {
  return frame(0x0003, u32(position));
}

Bytes status(std::uint32_t value) {
  return frame(0x0005, u32(value));
}

Bytes path(std::string_view text) {
  Bytes body(text.begin(), text.end());
  body.push_back(0);
  return frame(0x000d, body);
}

Bytes meta(ByteView body) {
  return frame(0x000b, body);
}

Bytes meta(std::string_view text) {
  return meta(base::as_bytes(text));
}

Bytes photo_meta() {
  return hex("000b000d 01 04 0000019a7afd1e7b 09 0000");
}

Bytes no_such_file() {
  return hex("000b000d 01 04 0000000000000000 00 0000");
}

Bytes data(ByteView bytes, std::uint16_t crc) {
  Bytes body(bytes.begin(), bytes.end());
  append(body, crc);
  return frame(0x0004, body);
}

Bytes enhanced(std::uint32_t offset, ByteView bytes, std::uint16_t crc) {
  Bytes body = u32(offset);
  append(body, bytes);
  append(body, crc);
  return frame(0x000e, body);
}

// Bytes of a linear congruential generator: no 1 KiB of a file is like another.
CameraFile::CameraFile(std::size_t size, std::uint32_t seed) {
  bytes.reserve(size);
  for (std::uint32_t state = seed; bytes.size() < size;) {
    state = state * 1664525 + 1013904223;
    bytes.push_back(static_cast<std::uint8_t>(state >> 24));
  }
}

ByteView CameraFile::piece(std::size_t offset, std::size_t length) const {
  const std::size_t begin = std::min(offset, bytes.size());
  return ByteView(bytes).subspan(begin, std::min(length, bytes.size() - begin));
}

std::uint32_t CameraFile::packet_count() const {
  return static_cast<std::uint32_t>((bytes.size() + packet_length - 1) / packet_length);
}

ByteView CameraFile::packet_bytes(std::uint32_t number) const {
  return piece((number - 1) * packet_length, packet_length);
}

Bytes CameraFile::packet(std::uint32_t number, std::uint32_t since) const {
  const std::size_t begin = (since - 1) * packet_length;
  return data(packet_bytes(number), reference_crc(0, piece(begin, number * packet_length - begin)));
}

Bytes CameraFile::packets(std::uint32_t first, std::uint32_t last, std::uint32_t since) const {
  Bytes out;
  for (std::uint32_t number = first; number <= last; ++number) append(out, packet(number, since));
  return out;
}

Bytes CameraFile::from(std::uint32_t first) const {
  return join({sync(first), packets(first, packet_count(), first)});
}

Bytes CameraFile::bad_packet(std::uint32_t number) const {
  Bytes out = packet(number);
  out[out.size() / 2] ^= 0x55;
  return out;
}

Bytes CameraFile::chunk(std::size_t offset, std::size_t length, std::size_t since) const {
  const ByteView sent = piece(offset, length);
  return data(sent, reference_crc(0, piece(since, offset + sent.size() - since)));
}

Bytes CameraFile::enhanced_chunk(std::size_t offset, std::size_t length) const {
  const ByteView sent = piece(offset, length);
  return enhanced(static_cast<std::uint32_t>(offset), sent, reference_crc(0, sent));
}

}  // namespace dualcam::test
