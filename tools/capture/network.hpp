// From a packet as captured to the TCP segment or datagram in it: link layers, IP with fragments, TCP and UDP headers.
// Sans-IO. Every length is checked; checksums are not: the network card makes them, behind where a capture is taken.
#pragma once

#include <cstdint>
#include <optional>

#include "server/base/bytes.hpp"
#include "tools/capture/conversation.hpp"
#include "tools/capture/fragments.hpp"
#include "tools/capture/packets.hpp"

namespace captures {

// A TCP segment or a UDP datagram.
struct Segment {
  Transport transport = Transport::tcp;
  Endpoint from;
  Endpoint to;
  base::ByteView payload;  // what was captured of it
  std::size_t cut = 0;     // bytes behind it that were not captured
  // TCP only.
  std::uint32_t sequence = 0;
  std::uint32_t acknowledged = 0;
  std::uint8_t flags = 0;  // pcapng::tcp_flag
  bool has(std::uint8_t flag) const noexcept { return (flags & flag) != 0; }
};

enum class Decoded : std::uint8_t {
  segment,
  fragment,  // kept until the others come
  foreign,   // neither TCP nor UDP over IP
  cut,       // by the snapshot length, within the headers
  bad,       // headers that contradict themselves
};

struct NetworkPacket {
  Decoded what = Decoded::foreign;
  // Of a `bad` one the endpoints, where they could be read.
  std::optional<Segment> segment;
};

class Network {
 public:
  // Views are valid until the next call and as long as the packet's bytes.
  NetworkPacket decode(const Packet& packet);
  std::uint64_t incomplete_packets() const noexcept { return fragments_.incomplete(); }

 private:
  struct Ip;
  NetworkPacket ip(base::ByteView bytes, std::size_t length, Time time);
  NetworkPacket ip_v4(base::ByteView bytes, std::size_t length, Time time);
  NetworkPacket ip_v6(base::ByteView bytes, std::size_t length, Time time);
  NetworkPacket fragment(const Ip& head, std::uint32_t identification, const Fragment& part, Time time);
  static NetworkPacket transport(const Ip& head, base::ByteView bytes, std::size_t length);

  Fragments fragments_;
  base::Bytes whole_;  // the last packet that was put together
};

}  // namespace captures
