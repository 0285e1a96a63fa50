#include "tools/capture/network.hpp"

#include <algorithm>
#include <utility>

namespace captures {

using base::ByteView;
using base::load_be;

namespace {
constexpr std::uint16_t type_ip_v4 = 0x0800;
constexpr std::uint16_t type_ip_v6 = 0x86dd;
constexpr std::size_t vlan_tag = 4;
constexpr std::size_t ethernet_header = 14;
constexpr std::size_t cooked_header = 16;
constexpr std::size_t cooked_2_header = 20;
constexpr std::size_t loopback_header = 4;
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::uint8_t protocol_udp = 17;

bool is_vlan(std::uint16_t type) noexcept {
  return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

NetworkPacket only(Decoded what) {
  return {.what = what, .segment = std::nullopt};
}

// Bytes and their length on the wire, without the first `size`.
struct Part {
  ByteView bytes;
  std::size_t length;

  bool skip(std::size_t size) noexcept {
    if (bytes.size() < size) return false;
    bytes = bytes.subspan(size);
    length -= size;
    return true;
  }
  // No longer than `size`: what is behind is the link layer's padding.
  void shorten(std::size_t size) noexcept {
    length = std::min(length, size);
    bytes = bytes.first(std::min(bytes.size(), size));
  }
  // Too few bytes of a header: because they were not captured, or because there are none.
  Decoded why_short(std::size_t wanted) const noexcept { return length < wanted ? Decoded::bad : Decoded::cut; }
};
}  // namespace

struct Network::Ip {
  pcapng::Address from;
  pcapng::Address to;
  std::uint8_t protocol = 0;
};

NetworkPacket Network::decode(const Packet& packet) {
  Part part{packet.bytes, packet.length};
  std::size_t header = 0;
  std::size_t type_at = 0;
  switch (packet.link) {
    case Link::ethernet: header = ethernet_header, type_at = 12; break;
    case Link::cooked: header = cooked_header, type_at = 14; break;
    case Link::cooked_2: header = cooked_2_header, type_at = 0; break;
    case Link::ip: return ip(part.bytes, part.length, packet.time);
    case Link::loopback:
      if (!part.skip(loopback_header)) return only(part.why_short(loopback_header));
      return ip(part.bytes, part.length, packet.time);
    case Link::unknown: return only(Decoded::foreign);
  }
  if (part.bytes.size() < header) return only(part.why_short(header));
  auto type = load_be<std::uint16_t>(part.bytes.data() + type_at);
  part.skip(header);
  while (is_vlan(type)) {
    if (part.bytes.size() < vlan_tag) return only(part.why_short(vlan_tag));
    type = load_be<std::uint16_t>(part.bytes.data() + 2);
    part.skip(vlan_tag);
  }
  if (type != type_ip_v4 && type != type_ip_v6) return only(Decoded::foreign);
  return ip(part.bytes, part.length, packet.time);
}

NetworkPacket Network::ip(ByteView bytes, std::size_t length, Time time) {
  if (bytes.empty()) return only(length == 0 ? Decoded::bad : Decoded::cut);
  switch (bytes[0] >> 4U) {
    case 4: return ip_v4(bytes, length, time);
    case 6: return ip_v6(bytes, length, time);
    default: return only(Decoded::foreign);
  }
}

NetworkPacket Network::ip_v4(ByteView bytes, std::size_t length, Time time) {
  constexpr std::uint16_t more_fragments = 0x2000;
  constexpr std::uint16_t offset_mask = 0x1fff;
  Part part{bytes, length};
  if (bytes.size() < pcapng::ip_v4_header) return only(part.why_short(pcapng::ip_v4_header));
  const std::size_t header = (bytes[0] & 0x0fU) * std::size_t{4};
  const std::size_t total = load_be<std::uint16_t>(bytes.data() + 2);
  // A total of 0 is of a segment that the network card is to cut: as long as what was captured.
  if (header < pcapng::ip_v4_header || (total != 0 && total < header)) return only(Decoded::bad);
  if (total != 0) {
    part.shorten(total);
    part.length = total;  // more than the frame had: it was cut by a tool that does not say so
  }
  Ip head{.from = {}, .to = {}, .protocol = bytes[9]};
  std::ranges::copy(bytes.subspan(12, 4), head.from.bytes.begin());
  std::ranges::copy(bytes.subspan(16, 4), head.to.bytes.begin());
  const auto identification = load_be<std::uint16_t>(bytes.data() + 4);
  const auto offset = load_be<std::uint16_t>(bytes.data() + 6);
  if (!part.skip(header)) return only(part.why_short(header));
  if ((offset & (more_fragments | offset_mask)) == 0) return transport(head, part.bytes, part.length);
  return fragment(head, identification,
                  {.at = (offset & offset_mask) * std::size_t{8},
                   .bytes = part.bytes,
                   .length = part.length,
                   .last = (offset & more_fragments) == 0},
                  time);
}

NetworkPacket Network::ip_v6(ByteView bytes, std::size_t length, Time time) {
  enum Next : std::uint8_t {
    hop_by_hop = 0,
    routing = 43,
    fragmented = 44,
    authentication = 51,
    options = 60,
    mobility = 135,
    host_identity = 139,
    shim = 140
  };
  constexpr std::size_t fragment_header = 8;
  Part part{bytes, length};
  if (bytes.size() < pcapng::ip_v6_header) return only(part.why_short(pcapng::ip_v6_header));
  const std::size_t payload = load_be<std::uint16_t>(bytes.data() + 4);
  // 0: a jumbogram (RFC 2675), or one that the network card is to cut: as long as what was captured.
  if (payload != 0) {
    part.shorten(pcapng::ip_v6_header + payload);
    part.length = pcapng::ip_v6_header + payload;
  }
  Ip head{.from = {.bytes = {}, .v6 = true}, .to = {.bytes = {}, .v6 = true}, .protocol = bytes[6]};
  std::ranges::copy(bytes.subspan(8, 16), head.from.bytes.begin());
  std::ranges::copy(bytes.subspan(24, 16), head.to.bytes.begin());
  part.skip(pcapng::ip_v6_header);
  for (;;) {
    std::size_t size = 0;
    switch (head.protocol) {
      case hop_by_hop:
      case routing:
      case options:
      case mobility:
      case host_identity:
      case shim: size = part.bytes.size() < 2 ? 8 : (part.bytes[1] + std::size_t{1}) * 8; break;
      case authentication: size = part.bytes.size() < 2 ? 8 : (part.bytes[1] + std::size_t{2}) * 4; break;
      case fragmented: size = fragment_header; break;
      default: return transport(head, part.bytes, part.length);
    }
    if (part.bytes.size() < size) return only(part.why_short(size));
    const std::uint8_t kind = std::exchange(head.protocol, part.bytes[0]);
    const ByteView header = part.bytes;
    part.skip(size);
    if (kind != fragmented) continue;
    const auto offset = load_be<std::uint16_t>(header.data() + 2);
    constexpr std::uint16_t more_fragments = 1;
    constexpr std::uint16_t offset_mask = 0xfff8;
    if ((offset & (offset_mask | more_fragments)) == 0) continue;  // an atomic fragment (RFC 6946)
    return fragment(head, load_be<std::uint32_t>(header.data() + 4),
                    {.at = offset & std::size_t{offset_mask},
                     .bytes = part.bytes,
                     .length = part.length,
                     .last = (offset & more_fragments) == 0},
                    time);
  }
}

NetworkPacket Network::fragment(const Ip& head, std::uint32_t identification, const Fragment& part, Time time) {
  const FragmentKey key{
      .from = head.from.bytes, .to = head.to.bytes, .identification = identification, .protocol = head.protocol};
  auto whole = fragments_.add(key, part, time);
  if (!whole) return only(Decoded::fragment);
  whole_ = std::move(*whole);
  return transport(head, whole_, whole_.size());
}

NetworkPacket Network::transport(const Ip& head, ByteView bytes, std::size_t length) {
  if (head.protocol != protocol_tcp && head.protocol != protocol_udp) return only(Decoded::foreign);
  constexpr std::size_t ports = 4;
  Part part{bytes, length};
  if (bytes.size() < ports) return only(part.why_short(ports));
  Segment segment;
  segment.transport = head.protocol == protocol_tcp ? Transport::tcp : Transport::udp;
  segment.from = {head.from, load_be<std::uint16_t>(bytes.data())};
  segment.to = {head.to, load_be<std::uint16_t>(bytes.data() + 2)};
  const auto made = [&](Decoded what) {
    segment.payload = part.bytes;
    segment.cut = part.length - part.bytes.size();
    return NetworkPacket{.what = what, .segment = segment};
  };
  if (segment.transport == Transport::udp) {
    if (bytes.size() < pcapng::udp_header) return only(part.why_short(pcapng::udp_header));
    const std::size_t said = load_be<std::uint16_t>(bytes.data() + 4);
    // 0: longer than the field can say (RFC 2675).
    if (said != 0 && (said < pcapng::udp_header || said > length)) return made(Decoded::bad);
    if (said != 0) part.shorten(said);
    part.skip(pcapng::udp_header);
    return made(Decoded::segment);
  }
  if (bytes.size() < pcapng::tcp_header) return only(part.why_short(pcapng::tcp_header));
  segment.sequence = load_be<std::uint32_t>(bytes.data() + 4);
  segment.acknowledged = load_be<std::uint32_t>(bytes.data() + 8);
  segment.flags = bytes[13];
  const std::size_t header = std::size_t{bytes[12]} >> 4U << 2U;
  if (header < pcapng::tcp_header || header > length) return made(Decoded::bad);
  if (!part.skip(header)) part = {{}, length - header};  // cut within the options: how long it is, is known
  return made(Decoded::segment);
}

}  // namespace captures
