// IPv4 and IPv6 packets with TCP and UDP in them, made up around bytes that came without. Checksums are right.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "server/base/bytes.hpp"

namespace pcapng {

// Network byte order; of IPv4 the first four bytes.
struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool v6 = false;
  bool operator==(const Address&) const = default;
};

struct Endpoint {
  Address address;
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};

std::string to_string(const Endpoint& endpoint);  // "192.0.2.1:7700", "[2001:db8::1]:7700", not shortened inside

// Both of one family: where they are not, the IPv4 one becomes ::ffff:a.b.c.d (RFC 4291, 2.5.5.2).
void unify(Address& a, Address& b) noexcept;

constexpr std::size_t ip_v4_header = 20;
constexpr std::size_t ip_v6_header = 40;
constexpr std::size_t tcp_header = 20;
constexpr std::size_t udp_header = 8;
constexpr std::size_t syn_options = 8;  // of our SYN: the maximum segment size, a window scale
// Whatever the headers, the packet is no longer than `longest_packet`.
constexpr std::size_t longest_segment = 65'000;
constexpr std::size_t longest_datagram = 65'000;

// Flags of a TCP header (RFC 9293, 3.1).
namespace tcp_flag {
constexpr std::uint8_t fin = 0x01;
constexpr std::uint8_t syn = 0x02;
constexpr std::uint8_t rst = 0x04;
constexpr std::uint8_t psh = 0x08;
constexpr std::uint8_t ack = 0x10;
}  // namespace tcp_flag

struct TcpSegment {
  std::uint32_t sequence = 0;
  std::uint32_t acknowledged = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 0;
};

// Replace `packet`. Both endpoints are of one family.
void make_tcp(base::Bytes& packet, const Endpoint& from, const Endpoint& to, const TcpSegment& segment,
              base::ByteView payload);
void make_udp(base::Bytes& packet, const Endpoint& from, const Endpoint& to, base::ByteView payload);

}  // namespace pcapng
