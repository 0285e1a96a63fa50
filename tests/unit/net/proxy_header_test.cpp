#include "server/net/proxy_header.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace net {
namespace {

using base::Bytes;
using base::ByteView;

Bytes text(std::string_view line) {
  const ByteView bytes = base::as_bytes(line);
  return {bytes.begin(), bytes.end()};
}

// Signature, version and command, family and protocol, length, then `rest`.
Bytes version_2(std::uint8_t command, std::uint8_t family, const Bytes& rest) {
  Bytes bytes{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, command, family};
  bytes.push_back(static_cast<std::uint8_t>(rest.size() >> 8));
  bytes.push_back(static_cast<std::uint8_t>(rest.size() & 0xff));
  bytes.insert(bytes.end(), rest.begin(), rest.end());
  return bytes;
}

const Bytes v4_addresses{198, 51, 100, 7, 203, 0, 113, 1, 0x86, 0xa7, 0x1e, 0x14};  // ports 34471 and 7700

Bytes v6_addresses() {
  Bytes bytes(36);
  bytes[0] = 0x20, bytes[1] = 0x01, bytes[2] = 0x0d, bytes[3] = 0xb8, bytes[15] = 7, bytes[31] = 1;
  bytes[32] = 0x86, bytes[33] = 0xa7;
  return bytes;
}

std::string source_of(const Bytes& bytes) {
  const ProxyHeader header = parse_proxy_header(bytes);
  if (header.state == ProxyState::incomplete) return "incomplete";
  if (header.state == ProxyState::invalid) return header.problem;
  EXPECT_LE(header.size, bytes.size());
  if (!header.source) return fmt::format("the peer itself behind {} bytes", header.size);
  return fmt::format("{} {} behind {} bytes", header.source->address().to_string(), header.source->port(), header.size);
}

struct Row {
  Bytes bytes;
  std::string expected;
};

std::vector<Row> good_rows() {
  Bytes with_options = v4_addresses;
  with_options.insert(with_options.end(), 500, 0x04);
  return {
      {text("PROXY TCP4 198.51.100.7 203.0.113.1 34471 7700\r\n"), "198.51.100.7 34471 behind 48 bytes"},
      {text("PROXY TCP6 2001:db8::7 2001:db8::1 34471 7700\r\n"), "2001:db8::7 34471 behind 47 bytes"},
      {text("PROXY UNKNOWN\r\n"), "the peer itself behind 15 bytes"},
      {text("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), "the peer itself behind 35 bytes"},
      {version_2(0x21, 0x11, v4_addresses), "198.51.100.7 34471 behind 28 bytes"},
      {version_2(0x21, 0x21, v6_addresses()), "2001:db8::7 34471 behind 52 bytes"},
      {version_2(0x21, 0x11, with_options), "198.51.100.7 34471 behind 528 bytes"},
      {version_2(0x20, 0x00, {}), "the peer itself behind 16 bytes"},
      {version_2(0x20, 0x11, v4_addresses), "the peer itself behind 28 bytes"},
      {version_2(0x21, 0x00, {}), "the peer itself behind 16 bytes"},
  };
}

TEST(ProxyHeader, SaysWhoConnects) {
  for (const Row& row : good_rows()) EXPECT_EQ(source_of(row.bytes), row.expected);
}

TEST(ProxyHeader, CutAtEveryByteItIsIncomplete) {
  for (const Row& row : good_rows())
    for (std::size_t size = 0; size < row.bytes.size(); ++size)
      EXPECT_EQ(source_of(Bytes(row.bytes.begin(), row.bytes.begin() + static_cast<std::ptrdiff_t>(size))),
                "incomplete")
          << row.expected << " cut at " << size;
}

TEST(ProxyHeader, LeavesWhatFollows) {
  for (Row row : good_rows()) {
    row.bytes.insert(row.bytes.end(), 16, 0x00);
    EXPECT_EQ(source_of(row.bytes), row.expected);
  }
}

TEST(ProxyHeader, WhatIsNoHeaderIsRefusedInWords) {
  const std::string none = "no PROXY header, which was expected from this balancer: ";
  const std::string form = "a PROXY line of another form";
  const std::string source = "a PROXY line without a source address";
  Bytes too_long = version_2(0x21, 0x11, v4_addresses);
  too_long[14] = 0x02, too_long[15] = 0x09;
  const std::vector<Row> rows{
      {text("GET / HTTP/1.1\r\n"), none + "474554202f204854"},
      {Bytes(16), none + "0000000000000000"},
      {text("PROXZ"), none + "50524f585a"},
      {text("PROXY TCP4 198.51.100.7\r\n"), form},
      {text("PROXY UDP4 198.51.100.7 203.0.113.1 1 2\r\n"), form},
      {text("PROXY TCP4 198.51.100.7 203.0.113.1 1 2 3\r\n"), form},
      {text("PROXY TCP4 198.51.100.700 203.0.113.1 1 2\r\n"), source},
      {text("PROXY TCP4 2001:db8::7 2001:db8::1 1 2\r\n"), source},
      {text("PROXY TCP6 198.51.100.7 203.0.113.1 1 2\r\n"), source},
      {text("PROXY TCP4 198.51.100.7 203.0.113.1 65536 2\r\n"), source},
      {text("PROXY TCP4 198.51.100.7 203.0.113.1 1x 2\r\n"), source},
      {text("PROXY TCP4 " + std::string(200, '1')), "a PROXY line that does not end"},
      {version_2(0x11, 0x11, v4_addresses), "a PROXY header of an unknown version or command"},
      {version_2(0x22, 0x11, v4_addresses), "a PROXY header of an unknown version or command"},
      {version_2(0x21, 0x12, v4_addresses), "a PROXY header of something that is not TCP"},
      {version_2(0x21, 0x11, Bytes(11)), "a PROXY header of something that is not TCP"},
      {version_2(0x21, 0x21, Bytes(35)), "a PROXY header of something that is not TCP"},
      {too_long, "a PROXY header that is too long"},
  };
  for (const Row& row : rows) EXPECT_EQ(source_of(row.bytes), row.expected) << base::printable(row.bytes, 60);
}

}  // namespace
}  // namespace net
