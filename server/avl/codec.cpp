#include "server/avl/codec.hpp"

#include <algorithm>
#include <cassert>

#include "server/base/reflected_crc16.hpp"

namespace avl {

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
  return base::ReflectedCrc16<0xa001>::by_words(crc, bytes);
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
