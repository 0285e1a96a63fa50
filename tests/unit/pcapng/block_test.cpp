#include "server/pcapng/block.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/pcapng/read_back.hpp"

namespace pcapng {
namespace {

using base::Bytes;
using std::chrono::microseconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Time noon{microseconds{1'800'000'000'123'456}};

Bytes bytes_of(std::string_view hex) {
  return base::from_hex(hex).value();
}

TEST(Block, SectionIsAsTheDraftSays) {
  Bytes out;
  append_section(out, {.application = "dualcamd 1", .comments = {"hello"}});
  EXPECT_EQ(base::to_hex(out), base::to_hex(bytes_of("0a0d0d0a 3c000000 4d3c2b1a 0100 0000 ffffffffffffffff"
                                                     "0100 0500 68656c6c6f 000000"
                                                     "0400 0a00 6475616c63616d642031 0000"
                                                     "0000 0000 3c000000")));
}

TEST(Block, InterfaceIsOfRawPacketsInMicroseconds) {
  Bytes out;
  append_interface(out, "camera");
  EXPECT_EQ(base::to_hex(out), base::to_hex(bytes_of("01000000 2c000000 6500 0000 00000000"
                                                     "0200 0600 63616d657261 0000"
                                                     "0900 0100 06 000000"
                                                     "0000 0000 2c000000")));
}

TEST(Block, PacketHasItsTimeDirectionAndComments) {
  Bytes out;
  append_packet(out, noon, Direction::to_device, bytes_of("4500000102"), {"why"});
  // In two words, the high one first.
  const std::uint64_t count = 1'800'000'000'123'456;
  EXPECT_EQ(base::load_le<std::uint32_t>(out.data() + 12), count >> 32);
  EXPECT_EQ(base::load_le<std::uint32_t>(out.data() + 16), count & 0xffffffff);
  Bytes rest(out.begin() + 20, out.end());
  EXPECT_EQ(base::to_hex(rest), base::to_hex(bytes_of("05000000 05000000 4500000102 000000"
                                                      "0200 0400 02000000"
                                                      "0100 0300 776879 00"
                                                      "0000 0000 3c000000")));
}

TEST(Block, CommentsAreBoundedAtWholeCharacters) {
  Bytes out;
  std::string text(longest_comment - 1, 'x');
  append_section(out, {.application = "a", .comments = {text + "é"}});
  const auto section = read_section(out);
  ASSERT_TRUE(section);
  EXPECT_THAT(section->comments, ElementsAre(text));
  Comments many(most_comments + 5, "again");
  Bytes packet;
  append_packet(packet, noon, Direction::from_device, bytes_of("45"), many);
  EXPECT_LE(packet.size(), longest_block);
  EXPECT_EQ(whole_blocks(packet), packet.size());
}

TEST(Block, SectionIsReadBack) {
  Bytes out;
  append_section(out, {.application = "dualcamd 1.2", .comments = {"kind: camera", "second"}});
  append_interface(out, "x");
  const auto section = read_section(out);
  ASSERT_TRUE(section);
  EXPECT_EQ(section->application, "dualcamd 1.2");
  EXPECT_THAT(section->comments, ElementsAre("kind: camera", "second"));
}

TEST(Block, WhatIsNoSectionOfOursIsNotRead) {
  EXPECT_FALSE(read_section({}));
  Bytes out;
  append_interface(out, "x");
  EXPECT_FALSE(read_section(out));
  Bytes other_order;
  append_section(other_order, {.application = "a", .comments = {}});
  other_order[8] ^= 1;
  EXPECT_FALSE(read_section(other_order));
  Bytes cut;
  append_section(cut, {.application = "a", .comments = {}});
  cut.pop_back();
  EXPECT_FALSE(read_section(cut));
}

TEST(Block, StatisticsAreReadFromTheEnd) {
  Bytes out;
  append_section(out, {.application = "a", .comments = {}});
  append_interface(out, "x");
  EXPECT_FALSE(read_statistics(out));
  append_statistics(out, noon, 7, 1, {"outcome: ok", "more"});
  const auto read = read_statistics(out);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->time, noon);
  EXPECT_THAT(read->comments, ElementsAre("outcome: ok", "more"));
  out.pop_back();
  EXPECT_FALSE(read_statistics(out));
  EXPECT_FALSE(read_statistics({}));
}

TEST(Block, OnlyWholeBlocksCount) {
  Bytes out;
  append_section(out, {.application = "a", .comments = {}});
  append_interface(out, "x");
  const std::size_t before = out.size();
  append_packet(out, noon, Direction::from_device, bytes_of("4500"), {});
  for (std::size_t size = before; size < out.size(); ++size)
    EXPECT_EQ(whole_blocks(base::ByteView(out).first(size)), before);
  EXPECT_EQ(whole_blocks(out), out.size());
  EXPECT_EQ(whole_blocks({}), 0U);
  out[before + 4] = 0xff;  // a length that says otherwise
  EXPECT_EQ(whole_blocks(out), before);
}

TEST(Block, LibpcapTakesAFileWithoutPackets) {
  Bytes out;
  append_section(out, {.application = "a", .comments = {"kind: camera"}});
  append_interface(out, "x");
  append_statistics(out, noon, 0, 0, {"outcome: ok"});
  EXPECT_THAT(test::read_with_libpcap(out), IsEmpty());
}

}  // namespace
}  // namespace pcapng
