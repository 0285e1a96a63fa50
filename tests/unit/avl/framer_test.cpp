// Frames found in bytes, and what is none.
#include "server/avl/framer.hpp"

#include <gtest/gtest.h>

#include "tests/unit/avl/frames.hpp"

namespace avl {
namespace {

using base::Bytes;
using base::ByteView;
using test::all_frames_hex;
using test::framed;
using test::hex;

std::string reason(const Found& found) {
  const auto* bad = std::get_if<BadFrame>(&found.what);
  return bad == nullptr ? "" : bad->reason;
}

TEST(Framer, PublishedFramesAreFoundAndMadeByteForByte) {
  for (const std::string_view text : all_frames_hex) {
    const Bytes frame = hex(text);
    const Found found = next_frame(frame);
    const auto* view = std::get_if<FrameView>(&found.what);
    ASSERT_NE(view, nullptr) << text << ' ' << reason(found);
    EXPECT_EQ(found.size, frame.size());
    EXPECT_EQ(static_cast<unsigned>(view->codec), frame[8]);
    EXPECT_EQ(view->payload.data(), frame.data() + 8);
    EXPECT_EQ(base::to_hex(framed(view->payload)), text);
  }
}

TEST(Framer, AFrameIsIncompleteUntilItsLastByte) {
  for (const std::string_view text : all_frames_hex) {
    const Bytes frame = hex(text);
    for (std::size_t size = 0; size < frame.size(); ++size) {
      const Found found = next_frame(ByteView(frame).first(size));
      EXPECT_TRUE(std::holds_alternative<NeedMore>(found.what)) << size;
      EXPECT_EQ(found.size, 0u);
    }
    const Bytes more = test::join({frame, hex("00ff")});
    EXPECT_EQ(next_frame(more).size, frame.size());
  }
}

TEST(Framer, EveryChangedByteIsSeen) {
  for (const std::string_view text : all_frames_hex) {
    const Bytes frame = hex(text);
    for (std::size_t at = 0; at < frame.size(); ++at) {
      Bytes broken = frame;
      broken[at] ^= 0x41;
      const Found found = next_frame(broken);
      EXPECT_FALSE(std::holds_alternative<FrameView>(found.what)) << at;
      if (at < 4) {
        EXPECT_NE(reason(found).find("four zero bytes"), std::string::npos) << reason(found);
        EXPECT_EQ(found.size, 0u);
      }
      if (at >= 8) {  // the link can go on behind it
        EXPECT_NE(reason(found).find("CRC"), std::string::npos) << reason(found);
        EXPECT_EQ(found.size, frame.size());
      }
    }
  }
}

TEST(Framer, AWrongPreambleIsSeenAtItsFirstByte) {
  for (const char* bytes : {"01", "0001", "000001", "00000001", "474554"}) {
    const Found found = next_frame(hex(bytes));
    EXPECT_NE(reason(found), "") << bytes;
    EXPECT_EQ(found.size, 0u);
  }
}

TEST(Framer, LengthsAreBounded) {
  for (const std::uint32_t length : {0U, 1U, 2U, static_cast<std::uint32_t>(max_payload_size + 1), 0xffffffffU}) {
    Bytes head(8);
    base::store_be(head.data() + 4, length);
    const Found found = next_frame(head);
    EXPECT_NE(reason(found).find(std::to_string(length)), std::string::npos) << reason(found);
    EXPECT_EQ(found.size, 0u);
  }
  Bytes longest(max_payload_size);
  longest[0] = 0x08;
  EXPECT_EQ(next_frame(framed(longest)).size, 64u * 1024u);
  EXPECT_TRUE(std::holds_alternative<FrameView>(next_frame(framed(hex("080000"))).what));
}

TEST(Framer, TheUpperHalfOfTheCrcCounts) {
  Bytes frame = hex(test::photo_hex);
  frame[frame.size() - 4] = 1;
  EXPECT_NE(reason(next_frame(frame)).find("01005e60"), std::string::npos);
}

TEST(Framer, AnUnknownCodecIsNamedAndPassedOver) {
  const Bytes frame = framed(hex("100000"));
  const Found found = next_frame(frame);
  EXPECT_NE(reason(found).find("codec 0x10"), std::string::npos) << reason(found);
  EXPECT_EQ(found.size, frame.size());
}

TEST(Framer, KeepAlive) {
  const Found found = next_frame(hex("ffff"));
  EXPECT_TRUE(std::holds_alternative<KeepAlive>(found.what));
  EXPECT_EQ(found.size, 1u);
}

TEST(Crc, EqualsTheDefinitionAtEveryLengthAndInPieces) {
  Bytes bytes(300);
  for (std::size_t n = 0; n < bytes.size(); ++n) bytes[n] = static_cast<std::uint8_t>(n * n + 7 * n + 3);
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    unsigned crc = 0;
    for (std::size_t n = 0; n < size; ++n) {
      crc ^= bytes[n];
      for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? crc >> 1 ^ 0xa001U : crc >> 1;
    }
    const ByteView in = ByteView(bytes).first(size);
    EXPECT_EQ(crc16_ibm(in), crc) << size;
    EXPECT_EQ(crc16_ibm(in.subspan(size / 3), crc16_ibm(in.first(size / 3))), crc) << size;
  }
  EXPECT_EQ(crc16_ibm(base::as_bytes("123456789")), 0xbb3d);  // the check value of CRC-16/ARC
}

}  // namespace
}  // namespace avl
