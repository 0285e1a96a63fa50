#include "server/pcapng/conversation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/unit/pcapng/read_back.hpp"

namespace pcapng {
namespace {

using base::Bytes;
using base::ByteView;
using std::chrono::microseconds;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr Time noon{microseconds{1'800'000'000'123'456}};
constexpr Endpoint camera_v4{{{192, 0, 2, 7}, false}, 41000};
constexpr Endpoint server_v4{{{192, 0, 2, 1}, false}, 7700};
constexpr Endpoint camera_v6{{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7}, true}, 41000};
constexpr Endpoint server_v6{{{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, true}, 7700};

Bytes beginning() {
  Bytes out;
  append_section(out, {.application = "test", .comments = {}});
  append_interface(out, "test");
  return out;
}

Bytes pattern(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 31 + i / 251);
  return bytes;
}

std::uint64_t checksum_of(ByteView bytes, std::uint64_t sum = 0) {
  for (std::size_t i = 0; i < bytes.size(); ++i) sum += std::uint64_t{bytes[i]} << (i % 2 == 0 ? 8 : 0);
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

// What a reader has of one direction: the bytes by their numbers, read from the packets as RFC 9293 says.
struct Reassembled {
  Bytes bytes;
  std::size_t segments = 0;
  bool in_order = true;
  std::optional<std::uint32_t> next;
};

// By the sender's port. Checks every checksum on the way.
std::map<std::uint16_t, Reassembled> reassemble(ByteView file) {
  std::map<std::uint16_t, Reassembled> sides;
  for (const test::Packet& packet : test::read_with_libpcap(file)) {
    const bool v6 = packet.bytes[0] >> 4 == 6;
    const std::size_t ip = v6 ? ip_v6_header : ip_v4_header;
    const ByteView segment = ByteView(packet.bytes).subspan(ip);
    if (!v6) {
      EXPECT_EQ(checksum_of(ByteView(packet.bytes).first(ip)), 0xffffU);
      EXPECT_EQ(base::load_be<std::uint16_t>(packet.bytes.data() + 2), packet.bytes.size());
    } else {
      EXPECT_EQ(base::load_be<std::uint16_t>(packet.bytes.data() + 4), segment.size());
    }
    const ByteView addresses = ByteView(packet.bytes).subspan(v6 ? 8 : 12, v6 ? 32 : 8);
    EXPECT_EQ(checksum_of(segment, checksum_of(addresses) + 6 + segment.size()), 0xffffU);
    const ByteView payload = segment.subspan(std::size_t{segment[12]} >> 4U << 2U);
    const std::uint8_t flags = segment[13];
    Reassembled& side = sides[base::load_be<std::uint16_t>(segment.data())];
    const auto sequence = base::load_be<std::uint32_t>(segment.data() + 4);
    if (side.next && *side.next != sequence) side.in_order = false;
    side.next = sequence + static_cast<std::uint32_t>(payload.size()) +
                ((flags & (tcp_flag::syn | tcp_flag::fin)) != 0 ? 1 : 0);
    side.bytes.insert(side.bytes.end(), payload.begin(), payload.end());
    if (!payload.empty()) ++side.segments;
  }
  return sides;
}

// A session of both directions with everything that can be said of one.
Bytes session(const Peers& peers, TcpConversation::Sequences first, const Bytes& up, const Bytes& down) {
  Bytes out = beginning();
  TcpConversation tcp(peers, first);
  Time time = noon;
  tcp.open(out, time);
  for (std::size_t at = 0; at < up.size(); at += 70'000) {
    const std::size_t size = std::min<std::size_t>(70'000, up.size() - at);
    tcp.data(out, time += microseconds{10}, Direction::from_device, ByteView(up).subspan(at, size));
    tcp.comment(out, time += microseconds{10}, "first reason");
    tcp.comment(out, time += microseconds{10}, "second reason");
  }
  tcp.data(out, time += microseconds{10}, Direction::to_device, down);
  tcp.close(out, time += microseconds{10}, TcpConversation::End::by_device);
  EXPECT_EQ(whole_blocks(out), out.size());
  return out;
}

void expect_carried(const Peers& peers, TcpConversation::Sequences first) {
  const Bytes up = pattern(600'000);
  const Bytes down = pattern(777);
  const auto sides = reassemble(session(peers, first, up, down));
  ASSERT_EQ(sides.size(), 2U);
  const Reassembled& device = sides.at(peers.device.port);
  const Reassembled& server = sides.at(peers.server.port);
  EXPECT_TRUE(device.bytes == up);
  EXPECT_TRUE(server.bytes == down);
  EXPECT_TRUE(device.in_order);
  EXPECT_TRUE(server.in_order);
  EXPECT_EQ(device.segments, 17U);  // every 70,000 but the last are two, as one packet does not hold them
}

TEST(Conversation, EveryByteComesBackInOrder) {
  expect_carried({camera_v4, server_v4}, {});
  expect_carried({camera_v6, server_v6}, {});
}

TEST(Conversation, NumbersWrap) {
  expect_carried({camera_v4, server_v4}, {.device = 0xffff'fff0, .server = 0xffff'ffff});
}

TEST(Conversation, FamiliesThatDifferBecomeOne) {
  expect_carried({camera_v4, server_v6}, {});
  expect_carried({camera_v6, server_v4}, {});
}

TEST(Conversation, TimesAreThoseOfTheBytes) {
  Bytes out = beginning();
  TcpConversation tcp({camera_v4, server_v4});
  tcp.open(out, noon);
  tcp.data(out, noon + microseconds{1'234'567}, Direction::from_device, pattern(3));
  const auto packets = test::read_with_libpcap(out);
  ASSERT_EQ(packets.size(), 4U);
  EXPECT_EQ(packets[0].microseconds, noon.time_since_epoch().count());
  EXPECT_EQ(packets[3].microseconds, noon.time_since_epoch().count() + 1'234'567);
  EXPECT_EQ(tcp.packets(), 4U);
}

TEST(Conversation, GapIsOneOfTheNumbers) {
  Bytes out = beginning();
  TcpConversation tcp({camera_v4, server_v4}, {.device = 100, .server = 200});
  tcp.open(out, noon);
  tcp.data(out, noon, Direction::from_device, pattern(10));
  tcp.gap(out, noon, Direction::from_device, 1000, "1000 bytes are missing");
  tcp.data(out, noon, Direction::from_device, pattern(10));
  const auto packets = test::read_with_libpcap(out);
  ASSERT_EQ(packets.size(), 6U);
  const auto sequence = [&](std::size_t n) { return base::load_be<std::uint32_t>(packets[n].bytes.data() + 24); };
  EXPECT_EQ(sequence(3), 101U);
  EXPECT_EQ(sequence(5), 101U + 10 + 1000);
}

TEST(Conversation, AGapNeverLooksLikeThePast) {
  Bytes out = beginning();
  TcpConversation tcp({camera_v4, server_v4}, {.device = 0, .server = 0});
  tcp.open(out, noon);
  tcp.gap(out, noon, Direction::from_device, 3ULL << 31, "most is missing");
  const auto packets = test::read_with_libpcap(out);
  EXPECT_LT(base::load_be<std::uint32_t>(packets.back().bytes.data() + 24), 1U << 31);
}

TEST(Conversation, DatagramsCarryTheirBytes) {
  for (const Peers& peers : {Peers{camera_v4, server_v4}, Peers{camera_v6, server_v6}}) {
    Bytes out = beginning();
    Bytes packet;
    append_datagram(out, packet, noon, Direction::from_device, peers, pattern(100), {"heard"});
    append_datagram(out, packet, noon, Direction::to_device, peers, pattern(70'000), {});
    const auto packets = test::read_with_libpcap(out);
    ASSERT_EQ(packets.size(), 2U);
    const std::size_t ip = peers.device.address.v6 ? ip_v6_header : ip_v4_header;
    EXPECT_EQ(Bytes(packets[0].bytes.begin() + std::ptrdiff_t(ip + udp_header), packets[0].bytes.end()), pattern(100));
    EXPECT_EQ(packets[1].bytes.size(), ip + udp_header + longest_datagram);  // one that no network carries
    EXPECT_EQ(base::load_be<std::uint16_t>(packets[1].bytes.data() + ip), peers.server.port);
  }
}

TEST(Conversation, EndpointsAsText) {
  EXPECT_EQ(to_string(camera_v4), "192.0.2.7:41000");
  EXPECT_EQ(to_string(camera_v6), "[2001:db8:0:0:0:0:0:7]:41000");
}

// ---- Wireshark's opinion.

// Severities of its remarks; those below are comments, and that a connection begins or ends.
constexpr const char* warning = "6291456";
constexpr const char* error = "8388608";

TEST(Wireshark, HasNothingToComplainAbout) {
  for (const Peers& peers : {Peers{camera_v4, server_v4}, Peers{camera_v6, server_v6}}) {
    const Bytes file = session(peers, {.device = 0xffff'0000, .server = 5}, pattern(20'000'000), pattern(100));
    const auto lines = test::read_with_tshark(
        file,
        "tcp.checksum.status _ws.malformed tcp.analysis.lost_segment tcp.analysis.ack_lost_segment "
        "tcp.analysis.out_of_order tcp.analysis.retransmission tcp.analysis.duplicate_ack tcp.analysis.window_full "
        "tcp.analysis.keep_alive _ws.expert.severity _ws.expert");
    if (!lines) GTEST_SKIP() << "tshark is not installed";
    ASSERT_FALSE(lines->empty());
    for (const std::string& line : *lines) {
      EXPECT_TRUE(line.starts_with("1|||||||||")) << line;  // the checksum is good, and none of the others is there
      EXPECT_THAT(line, Not(HasSubstr(warning)));
      EXPECT_THAT(line, Not(HasSubstr(error)));
    }
  }
}

TEST(Wireshark, SeesCommentsAndTheEnd) {
  for (const auto end :
       {TcpConversation::End::by_device, TcpConversation::End::by_server, TcpConversation::End::broken}) {
    Bytes out = beginning();
    TcpConversation tcp({camera_v4, server_v4});
    tcp.open(out, noon);
    tcp.data(out, noon, Direction::from_device, pattern(10));
    tcp.comment(out, noon, "RESUME from 0: nothing is kept");
    tcp.close(out, noon, end);
    const auto lines = test::read_with_tshark(out, "frame.comment tcp.analysis.flags tcp.flags.fin tcp.flags.reset");
    if (!lines) GTEST_SKIP() << "tshark is not installed";
    const bool broken = end == TcpConversation::End::broken;
    ASSERT_EQ(lines->size(), broken ? 6U : 8U);
    EXPECT_EQ((*lines)[4], "RESUME from 0: nothing is kept||0|0");
    EXPECT_EQ((*lines)[5], broken ? "||0|1" : "||1|0");
  }
}

TEST(Wireshark, SeesAGapAsLoss) {
  Bytes out = beginning();
  TcpConversation tcp({camera_v4, server_v4});
  tcp.open(out, noon);
  tcp.data(out, noon, Direction::from_device, pattern(10));
  tcp.gap(out, noon, Direction::from_device, 500, "500 bytes were left out here");
  tcp.data(out, noon, Direction::from_device, pattern(10));
  const auto lines = test::read_with_tshark(out, "frame.comment tcp.analysis.lost_segment");
  if (!lines) GTEST_SKIP() << "tshark is not installed";
  EXPECT_THAT(*lines, ::testing::Contains(HasSubstr("500 bytes were left out here|1")));
}

TEST(Wireshark, DatagramsAreGood) {
  Bytes out = beginning();
  Bytes packet;
  for (std::size_t size = 0; size < 300; ++size)
    append_datagram(out, packet, noon, Direction::from_device, {camera_v6, server_v6}, Bytes(size, 0xa5), {});
  const auto lines = test::read_with_tshark(out, "udp.checksum.status");
  if (!lines) GTEST_SKIP() << "tshark is not installed";
  EXPECT_THAT(*lines, Each("1"));
}

}  // namespace
}  // namespace pcapng
