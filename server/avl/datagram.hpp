// The UDP channel: one datagram holds one packet with records, and is answered by one.
//   → u16 length of what follows, u16 packet id, 01, u8 AVL packet id, u16 IMEI length (15), IMEI, payload
//   ← u16 length (5), u16 packet id, 01, u8 AVL packet id, u8 number of records taken
// The payload is that of a TCP frame, without zeros, length and CRC.
#pragma once

#include <cstdint>

#include "server/avl/codec.hpp"
#include "server/base/imei.hpp"
#include "server/base/result.hpp"

namespace avl {

struct Datagram {
  std::uint16_t packet_id = 0;
  std::uint8_t avl_packet_id = 0;
  base::Imei imei;
  base::ByteView payload;  // borrowed; begins with the codec's byte
};

// Errors: `invalid`, what and where.
base::Result<Datagram> decode_datagram(base::ByteView bytes);
base::Bytes encode_datagram(const Datagram& datagram);
base::Bytes acknowledge(const Datagram& datagram, std::uint8_t records);

}  // namespace avl
