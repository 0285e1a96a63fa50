// Link layers, IP and its fragments, TCP and UDP headers.
#include "tools/capture/network.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/tools/capture/made.hpp"

namespace captures::test {
namespace {

using base::Bytes;

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes hex(std::string_view digits) {
  return *base::from_hex(digits);
}

const Bytes v4 = udp(device, server, base::as_bytes("hello"));
const Bytes v6 = udp(endpoint_v6(1, 40'000), endpoint_v6(2, 7700), base::as_bytes("hello"));
const Bytes macs = hex("020000000001 020000000002");

// What is in the one packet of a capture of this link layer.
std::string payload_of(std::uint32_t link, const Bytes& packet, std::size_t length = 0) {
  const Capture capture = capture_of(pcap({{packet, 1, length}}, {.link = link}));
  if (capture.conversations.size() != 1) return fmt::format("{} foreign", capture.foreign_packets);
  const Conversation& only = capture.conversations.front();
  return fmt::format("{} {} {}", only.device.port, only.server.port, text(only.device_bytes));
}

struct LinkCase {
  const char* name;
  std::uint32_t link;
  Bytes packet;
  const char* expected = "40000 7700 hello";
};

TEST(LinkLayers, AllThatTcpdumpAndWiresharkUse) {
  const Bytes padding(18, 0x55);
  for (const auto& [name, link, packet, expected] : std::initializer_list<LinkCase>{
           {"Ethernet", 1, macs + hex("0800") + v4},
           {"Ethernet, IPv6", 1, macs + hex("86dd") + v6},
           {"Ethernet, padded", 1, macs + hex("0800") + v4 + padding},
           {"Ethernet, IPv6, padded", 1, macs + hex("86dd") + v6 + padding},
           {"a VLAN tag", 1, macs + hex("8100 0007 0800") + v4},
           {"two VLAN tags", 1, macs + hex("88a8 0001 8100 0002 86dd") + v6},
           {"three VLAN tags", 1, macs + hex("9100 0001 9100 0002 8100 0003 0800") + v4},
           {"ARP", 1, macs + hex("0806") + padding, "1 foreign"},
           {"Linux cooked", 113, hex("0000 0001 0006 020000000001 0000 0800") + v4},
           {"Linux cooked, VLAN", 113, hex("0000 0001 0006 020000000001 0000 8100 0001 0800") + v4},
           {"Linux cooked 2", 276, hex("0800 0000 00000001 0001 00 06 020000000001 0000") + v4},
           {"Linux cooked 2, IPv6", 276, hex("86dd 0000 00000001 0001 00 06 020000000001 0000") + v6},
           {"raw IP", 101, v4},
           {"raw IP, IPv6", 101, v6},
           {"IPv4", 228, v4},
           {"IPv6", 229, v6},
           {"BSD loopback, little endian", 0, hex("02000000") + v4},
           {"BSD loopback, big endian", 0, hex("0000001e") + v6},
           {"OpenBSD loopback", 108, hex("00000002") + v4},
           {"not IP", 101, hex("30112233445566778899"), "1 foreign"},
           {"a bare Ethernet header", 1, macs + hex("0800"), "0 foreign"},
       })
    EXPECT_EQ(payload_of(link, packet), expected) << name;
}

TEST(LinkLayers, WhatIsNotKnownIsSaid) {
  const Capture capture = capture_of(pcap({{v4, 1}}, {.link = 105}));
  EXPECT_EQ(capture.packets, 1U);
  EXPECT_EQ(capture.foreign_packets, 1U);
  ASSERT_EQ(capture.problems.size(), 1U);
  EXPECT_NE(capture.problems[0].find("link layer that is not known"), std::string::npos) << capture.problems[0];
}

TEST(Ip, OptionsAndExtensionHeadersAreSkipped) {
  Bytes options = v4;
  options[0] = 0x47;
  options[3] = static_cast<std::uint8_t>(options[3] + 8);
  options.insert(options.begin() + 20, 8, 0x01);
  EXPECT_EQ(payload_of(101, options), "40000 7700 hello");
  Bytes extended = v6;
  extended[5] = static_cast<std::uint8_t>(extended[5] + 8 + 16 + 12);
  extended[6] = 0;
  const Bytes headers = hex("3c00 000000000000 3301 0000000000000000000000000000 1101 00000000000000000000");
  extended.insert(extended.begin() + 40, headers.begin(), headers.end());
  EXPECT_EQ(payload_of(101, extended), "40000 7700 hello");
}

TEST(Ip, ALengthOfZeroIsAsMuchAsWasCaptured) {
  Bytes unsegmented = v4;
  unsegmented[2] = unsegmented[3] = 0;
  EXPECT_EQ(payload_of(101, unsegmented), "40000 7700 hello");
}

struct BadCase {
  const char* name;
  std::size_t at;
  std::uint8_t byte;
};

TEST(Headers, ThoseThatContradictThemselvesAreDropped) {
  const Bytes segment = tcp(device, server, {.sequence = 1, .flags = 0x18}, "hello");
  for (const auto& [name, at, byte] : std::initializer_list<BadCase>{
           {"header of 16 bytes", 0, 0x44},
           {"total below the header", 3, 19},
           {"total below TCP's header", 3, 39},
           {"TCP header of 16 bytes", 32, 0x40},
           {"TCP header beyond the packet", 32, 0xf0},
       }) {
    Bytes bad = segment;
    bad[at] = byte;
    const Capture capture = capture_of(pcap({{segment, 1}, {bad, 2}}));
    ASSERT_EQ(capture.conversations.size(), 1U) << name;
    EXPECT_EQ(text(capture.conversations[0].device_bytes), "hello") << name;
    EXPECT_EQ(capture.conversations[0].damage.bad_packets, at == 32 ? 1U : 0U) << name;
    ASSERT_EQ(capture.problems.size(), 1U) << name;
    EXPECT_NE(capture.problems[0].find("contradict themselves"), std::string::npos) << capture.problems[0];
  }
}

TEST(Headers, BadChecksumsAreTheNetworkCards) {
  Bytes segment = tcp(device, server, {.sequence = 1, .flags = 0x18}, "hello");
  segment[10] ^= 0xff;
  segment[36] ^= 0xff;
  EXPECT_EQ(payload_of(101, segment), "40000 7700 hello");
}

TEST(SnapshotLength, WhatIsCutIsMissing) {
  const Bytes segment = tcp(device, server, {.sequence = 1, .flags = 0x18}, "hello, world");
  const Bytes next = tcp(device, server, {.sequence = 13, .flags = 0x18}, "!");
  Bytes cut(segment.begin(), segment.begin() + 45);
  const Capture capture = capture_of(pcap({{cut, 1, segment.size()}, {next, 2}}));
  ASSERT_EQ(capture.conversations.size(), 1U);
  EXPECT_EQ(text(capture.conversations[0].device_bytes), "hello!");
  EXPECT_EQ(events(capture.conversations[0]), "device bytes 5, device missing 7, device bytes 1");
  EXPECT_EQ(capture.conversations[0].damage.cut_bytes, 7U);
  EXPECT_EQ(capture.conversations[0].damage.missing_bytes, 7U);
}

TEST(SnapshotLength, AtEveryByteOfAPacket) {
  for (const Bytes& packet : {tcp(device, server, {.sequence = 1, .flags = 0x18}, "hello"), v4, v6})
    for (std::size_t size = 0; size < packet.size(); ++size) {
      const Bytes cut(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(size));
      const Capture capture = capture_of(pcap({{cut, 1, packet.size()}}));
      std::uint64_t whole = 0;
      for (const Conversation& of : capture.conversations)
        for (const Event& event : of.events) whole += event.kind == Event::Kind::bytes && event.size >= 5 ? 1 : 0;
      EXPECT_EQ(whole, 0U) << size;
    }
}

// ---- Fragments.

struct Piece {
  std::size_t begin;
  std::size_t size;
};

const Bytes letters = bytes_of("abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789");

Bytes fragment_v4(const Bytes& whole, Piece piece, std::uint16_t identification = 7) {
  Bytes packet(whole.begin(), whole.begin() + 20);
  const std::size_t payload = whole.size() - 20;
  const bool more = piece.begin + piece.size < payload;
  base::store_be(&packet[2], static_cast<std::uint16_t>(20 + piece.size));
  base::store_be(&packet[4], identification);
  base::store_be(&packet[6], static_cast<std::uint16_t>(piece.begin / 8 + (more ? 0x2000 : 0)));
  const auto from = whole.begin() + static_cast<std::ptrdiff_t>(20 + piece.begin);
  packet.insert(packet.end(), from, from + static_cast<std::ptrdiff_t>(piece.size));
  return packet;
}

Bytes fragment_v6(const Bytes& whole, Piece piece) {
  Bytes packet(whole.begin(), whole.begin() + 40);
  const std::size_t payload = whole.size() - 40;
  const bool more = piece.begin + piece.size < payload;
  base::store_be(&packet[4], static_cast<std::uint16_t>(8 + piece.size));
  const std::uint8_t next = std::exchange(packet[6], std::uint8_t{44});
  Bytes header{next, 0, 0, 0, 0, 0, 0, 9};
  base::store_be(&header[2], static_cast<std::uint16_t>(piece.begin + (more ? 1 : 0)));
  const auto from = whole.begin() + static_cast<std::ptrdiff_t>(40 + piece.begin);
  packet = packet + header;
  packet.insert(packet.end(), from, from + static_cast<std::ptrdiff_t>(piece.size));
  return packet;
}

TEST(FragmentedPackets, ArePutTogetherInAnyOrder) {
  const Bytes whole_v4 = udp(device, server, letters);  // 80 bytes behind IP
  const Bytes whole_v6 = udp(endpoint_v6(1, 40'000), endpoint_v6(2, 7700), letters);
  for (const std::vector<Piece>& pieces : std::initializer_list<std::vector<Piece>>{
           {{0, 40}, {40, 40}},
           {{40, 40}, {0, 40}},
           {{64, 16}, {8, 8}, {0, 8}, {16, 48}},
           {{0, 40}, {0, 40}, {32, 32}, {24, 56}},
       }) {
    std::vector<Raw> in_v4, in_v6;
    for (const Piece piece : pieces) {
      in_v4.push_back({fragment_v4(whole_v4, piece), 1});
      in_v6.push_back({fragment_v6(whole_v6, piece), 1});
    }
    for (const auto& packets : {in_v4, in_v6}) {
      const Capture capture = capture_of(pcap(packets));
      ASSERT_EQ(capture.conversations.size(), 1U);
      EXPECT_EQ(capture.conversations[0].device_bytes, letters);
      EXPECT_TRUE(capture.problems.empty());
    }
  }
}

TEST(FragmentedPackets, IncompleteOnesAreSaid) {
  const Bytes whole = udp(device, server, letters);
  const Capture capture = capture_of(pcap({{fragment_v4(whole, {0, 40}), 1}, {fragment_v4(whole, {48, 32}), 2}}));
  EXPECT_TRUE(capture.conversations.empty());
  ASSERT_EQ(capture.problems.size(), 1U);
  EXPECT_NE(capture.problems[0].find("1 packets came in fragments"), std::string::npos) << capture.problems[0];
}

TEST(FragmentedPackets, OnesLongAgoAreOthers) {
  const Bytes whole = udp(device, server, letters);
  Bytes other = whole;
  for (std::size_t n = 28; n < other.size(); ++n) other[n] = 'x';
  const Capture capture = capture_of(pcap({{fragment_v4(other, {0, 40}), 1},
                                           {fragment_v4(whole, {0, 40}), 61'000'000},
                                           {fragment_v4(whole, {40, 40}), 61'000'000}}));
  ASSERT_EQ(capture.conversations.size(), 1U);
  EXPECT_EQ(capture.conversations[0].device_bytes, letters);
  EXPECT_EQ(capture.problems.size(), 1U);
}

TEST(FragmentedPackets, AreBounded) {
  const Bytes whole = udp(device, server, letters);
  Fragments fragments;
  for (std::uint32_t n = 0; n < 10'000; ++n)
    EXPECT_FALSE(fragments.add({.identification = n}, {.at = 8, .bytes = letters, .length = letters.size()}, Time{}));
  EXPECT_EQ(fragments.incomplete(), 10'000U);
  EXPECT_FALSE(fragments.add({}, {.at = 65'000, .bytes = letters, .length = 1000, .last = true}, Time{}));
}

}  // namespace
}  // namespace captures::test
