// Captures made by hand: packets of any link layer, and the files they are in.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/pcapng/packet.hpp"
#include "tools/capture/capture.hpp"

namespace captures::test {

inline pcapng::Endpoint endpoint(std::uint8_t last, std::uint16_t port) {
  return {{.bytes = {192, 0, 2, last}}, port};
}
inline pcapng::Endpoint endpoint_v6(std::uint8_t last, std::uint16_t port) {
  return {{.bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last}, .v6 = true}, port};
}
const pcapng::Endpoint device = endpoint(1, 40'000);
const pcapng::Endpoint server = endpoint(2, 7700);

base::Bytes bytes_of(std::string_view text);
base::Bytes tcp(const pcapng::Endpoint& from, const pcapng::Endpoint& to, const pcapng::TcpSegment& segment,
                std::string_view payload = {});
base::Bytes udp(const pcapng::Endpoint& from, const pcapng::Endpoint& to, base::ByteView payload);

// A packet of a file: captured bytes, the time, and its real length where that is more.
struct Raw {
  base::Bytes bytes;
  std::int64_t micros = 0;
  std::size_t length = 0;  // 0: all of it was captured
};

struct PcapOptions {
  std::uint32_t link = 101;  // LINKTYPE_RAW
  bool big_endian = false;
  bool nanoseconds = false;
};
base::Bytes pcap(const std::vector<Raw>& packets, const PcapOptions& options = {});
// Of LINKTYPE_RAW; captured as a whole.
base::Bytes pcapng_file(const std::vector<Raw>& packets);

// Reads it and fails the test where it cannot be opened.
Capture capture_of(base::ByteView file);
std::string text(const base::Bytes& bytes);
// "device bytes 5, server missing 3, …"
std::string events(const Conversation& conversation);

}  // namespace captures::test
