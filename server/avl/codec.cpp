#include "server/avl/codec.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace avl {

namespace {
constexpr std::uint16_t polynomial = 0xa001;

using Tables = std::array<std::array<std::uint16_t, 256>, 8>;

// tables[k][b]: the CRC of byte b followed by k zero bytes.
constexpr Tables make_tables() {
  Tables tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? crc >> 1 ^ polynomial : crc >> 1;
    tables[0][byte] = static_cast<std::uint16_t>(crc);
  }
  for (unsigned byte = 0; byte < 256; ++byte)
    for (std::size_t k = 1; k < tables.size(); ++k) {
      const std::uint16_t shorter = tables[k - 1][byte];
      tables[k][byte] = static_cast<std::uint16_t>(shorter >> 8 ^ tables[0][shorter & 0xff]);
    }
  return tables;
}
constexpr Tables tables = make_tables();
}  // namespace

std::string_view to_string(Codec codec) noexcept {
  switch (codec) {
    case Codec::codec8: return "Codec 8";
    case Codec::codec8e: return "Codec 8 Extended";
    case Codec::codec12: return "Codec 12";
    case Codec::codec13: return "Codec 13";
    case Codec::codec14: return "Codec 14";
  }
  return "an unknown codec";
}

std::optional<Codec> parse_codec(std::uint8_t byte) noexcept {
  const auto codec = static_cast<Codec>(byte);
  switch (codec) {
    case Codec::codec8:
    case Codec::codec8e:
    case Codec::codec12:
    case Codec::codec13:
    case Codec::codec14: return codec;
  }
  return std::nullopt;
}

bool carries_records(Codec codec) noexcept {
  return codec == Codec::codec8 || codec == Codec::codec8e;
}

std::uint16_t crc16_ibm(base::ByteView bytes, std::uint16_t crc) noexcept {
  const std::uint8_t* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    const std::uint64_t word = base::load_le<std::uint64_t>(at) ^ crc;
    crc =
        static_cast<std::uint16_t>(tables[7][word & 0xff] ^ tables[6][word >> 8 & 0xff] ^ tables[5][word >> 16 & 0xff] ^
                                   tables[4][word >> 24 & 0xff] ^ tables[3][word >> 32 & 0xff] ^
                                   tables[2][word >> 40 & 0xff] ^ tables[1][word >> 48 & 0xff] ^ tables[0][word >> 56]);
  }
  for (; left > 0; ++at, --left) crc = static_cast<std::uint16_t>(crc >> 8 ^ tables[0][(crc ^ *at) & 0xff]);
  return crc;
}

void append_frame(base::ByteView payload, base::Bytes& out) {
  assert(payload.size() <= max_payload_size);
  const std::size_t at = out.size();
  out.resize(at + frame_head_size + payload.size() + frame_tail_size);
  base::store_be(out.data() + at, std::uint32_t{0});
  base::store_be(out.data() + at + 4, static_cast<std::uint32_t>(payload.size()));
  std::copy(payload.begin(), payload.end(), out.begin() + static_cast<std::ptrdiff_t>(at + frame_head_size));
  base::store_be(out.data() + out.size() - frame_tail_size, std::uint32_t{crc16_ibm(payload)});
}

}  // namespace avl
