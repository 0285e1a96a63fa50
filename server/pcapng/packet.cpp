#include "server/pcapng/packet.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace pcapng {

using base::Bytes;
using base::ByteView;

namespace {
// Protocol numbers (IANA).
constexpr std::uint8_t protocol_tcp = 6;
constexpr std::uint8_t protocol_udp = 17;

constexpr std::uint8_t hop_limit = 64;
constexpr std::uint16_t dont_fragment = 0x4000;

// Options of a SYN (RFC 9293 3.2, RFC 7323 2.2).
constexpr std::uint8_t option_segment_size = 2;
constexpr std::uint8_t option_window_scale = 3;
constexpr std::uint8_t option_nothing = 1;
// Windows are 65,535 · 2^8 bytes: nothing that is recorded fills them.
constexpr std::uint8_t window_scale = 8;

// The Internet checksum (RFC 1071), summed up piece by piece; every piece but the last has an even size.
class Checksum {
 public:
  void add(ByteView bytes) noexcept {
    std::size_t at = 0;
    for (; at + 1 < bytes.size(); at += 2) sum_ += base::load_be<std::uint16_t>(bytes.data() + at);
    if (at < bytes.size()) sum_ += static_cast<std::uint64_t>(bytes[at]) << 8;
  }
  void add(std::uint32_t number) noexcept { sum_ += (number >> 16) + (number & 0xffff); }
  std::uint16_t value() const noexcept {
    std::uint64_t sum = sum_;
    while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(~sum);
  }

 private:
  std::uint64_t sum_ = 0;
};

ByteView used(const Address& address) {
  return ByteView(address.bytes).first(address.v6 ? 16 : 4);
}

template <std::unsigned_integral T>
void put(Bytes& out, T value) {
  const std::size_t at = out.size();
  out.resize(at + sizeof value);
  base::store_be(out.data() + at, value);
}

void put_bytes(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

// RFC 791, 3.1.
void put_ip_v4(Bytes& out, const Address& from, const Address& to, std::uint8_t protocol, std::size_t size) {
  const std::size_t begin = out.size();
  put(out, std::uint16_t{0x4500});  // version 4, a header of five words, no service class
  put(out, static_cast<std::uint16_t>(ip_v4_header + size));
  put(out, std::uint16_t{0});  // no identification is needed of what is not fragmented (RFC 6864)
  put(out, dont_fragment);
  put(out, hop_limit);
  put(out, protocol);
  put(out, std::uint16_t{0});
  put_bytes(out, used(from));
  put_bytes(out, used(to));
  Checksum sum;
  sum.add(ByteView(out).subspan(begin));
  base::store_be(out.data() + begin + 10, sum.value());
}

// RFC 8200, 3.
void put_ip_v6(Bytes& out, const Address& from, const Address& to, std::uint8_t protocol, std::size_t size) {
  put(out, std::uint32_t{0x60000000});  // version 6, no class, no flow
  put(out, static_cast<std::uint16_t>(size));
  put(out, protocol);
  put(out, hop_limit);
  put_bytes(out, used(from));
  put_bytes(out, used(to));
}

void put_ip(Bytes& out, const Address& from, const Address& to, std::uint8_t protocol, std::size_t size) {
  from.v6 ? put_ip_v6(out, from, to, protocol, size) : put_ip_v4(out, from, to, protocol, size);
}

// Over the pseudo header (RFC 9293, 3.1; RFC 8200, 8.1), the header and what is in it.
std::uint16_t checksum(const Address& from, const Address& to, std::uint8_t protocol, ByteView segment) {
  Checksum sum;
  sum.add(used(from));
  sum.add(used(to));
  sum.add(static_cast<std::uint32_t>(protocol));
  sum.add(static_cast<std::uint32_t>(segment.size()));
  sum.add(segment);
  return sum.value();
}

void put_syn_options(Bytes& out) {
  put(out, option_segment_size);
  put(out, std::uint8_t{4});
  put(out, static_cast<std::uint16_t>(longest_segment));
  put(out, option_nothing);
  put(out, option_window_scale);
  put(out, std::uint8_t{3});
  put(out, window_scale);
}
}  // namespace

std::string to_string(const Endpoint& endpoint) {
  const auto& b = endpoint.address.bytes;
  if (!endpoint.address.v6) return fmt::format("{}.{}.{}.{}:{}", b[0], b[1], b[2], b[3], endpoint.port);
  std::string text = "[";
  for (std::size_t at = 0; at < b.size(); at += 2)
    text += fmt::format("{}{:x}", at == 0 ? "" : ":", base::load_be<std::uint16_t>(b.data() + at));
  return text + fmt::format("]:{}", endpoint.port);
}

void unify(Address& a, Address& b) noexcept {
  if (a.v6 == b.v6) return;
  Address& narrow = a.v6 ? b : a;
  std::ranges::copy_n(narrow.bytes.begin(), 4, narrow.bytes.begin() + 12);
  std::ranges::fill_n(narrow.bytes.begin(), 10, std::uint8_t{0});
  std::ranges::fill_n(narrow.bytes.begin() + 10, 2, std::uint8_t{0xff});
  narrow.v6 = true;
}

void make_tcp(Bytes& packet, const Endpoint& from, const Endpoint& to, const TcpSegment& segment, ByteView payload) {
  packet.clear();
  const bool begins = (segment.flags & tcp_flag::syn) != 0;
  const std::size_t header = tcp_header + (begins ? syn_options : 0);
  put_ip(packet, from.address, to.address, protocol_tcp, header + payload.size());
  const std::size_t begin = packet.size();
  put(packet, from.port);
  put(packet, to.port);
  put(packet, segment.sequence);
  put(packet, segment.acknowledged);
  put(packet, static_cast<std::uint8_t>(header / 4 << 4));
  put(packet, segment.flags);
  put(packet, segment.window);
  put(packet, std::uint32_t{0});  // checksum, urgent pointer
  if (begins) put_syn_options(packet);
  put_bytes(packet, payload);
  base::store_be(packet.data() + begin + 16,
                 checksum(from.address, to.address, protocol_tcp, ByteView(packet).subspan(begin)));
}

void make_udp(Bytes& packet, const Endpoint& from, const Endpoint& to, ByteView payload) {
  packet.clear();
  put_ip(packet, from.address, to.address, protocol_udp, udp_header + payload.size());
  const std::size_t begin = packet.size();
  put(packet, from.port);
  put(packet, to.port);
  put(packet, static_cast<std::uint16_t>(udp_header + payload.size()));
  put(packet, std::uint16_t{0});
  put_bytes(packet, payload);
  const std::uint16_t sum = checksum(from.address, to.address, protocol_udp, ByteView(packet).subspan(begin));
  // 0 says that there is none (RFC 768).
  base::store_be(packet.data() + begin + 6, sum == 0 ? std::uint16_t{0xffff} : sum);
}

}  // namespace pcapng
