#include <gtest/gtest.h>

#include <random>
#include <set>

#include "server/relay/mavlink/wire/crc.hpp"
#include "tests/unit/relay/mavlink/wire/golden.hpp"
#include "tests/unit/relay/mavlink/wire/reading.hpp"

namespace mavlink::test {
namespace {

constexpr Address autopilot{42, 1};

base::Bytes bytes_of(const Message& message, int version = 2, std::uint8_t sequence = 7) {
  const FrameBytes made = encode(message, autopilot, sequence, version);
  return {made.view().begin(), made.view().end()};
}

// A frame of a message nobody here knows: its CRC says nothing.
base::Bytes stranger(std::size_t payload = 5) {
  base::Bytes made{0xfd, static_cast<std::uint8_t>(payload), 0, 0, 9, 42, 1, 0x10, 0x27, 0x03};
  made.insert(made.end(), payload + 2, 0x11);
  return made;
}

base::Bytes all_golden() {
  base::Bytes all;
  for (const Golden& g : golden()) all.insert(all.end(), g.bytes.begin(), g.bytes.end());
  return all;
}

const Message heartbeat = Heartbeat{.custom_mode = 1, .type = 30, .autopilot = 8, .system_status = 4};

TEST(FrameReader, FindsTheSameFramesHoweverTheStreamIsCut) {
  const base::Bytes all = all_golden();
  for (std::size_t piece = 1; piece <= 700; piece = piece < 300 ? piece + 1 : piece + 41) {
    const Read got = read(all, piece);
    ASSERT_EQ(got.frames.size(), golden().size()) << piece;
    ASSERT_TRUE(got.refused.empty()) << piece;
    for (std::size_t i = 0; i < got.frames.size(); ++i) ASSERT_EQ(got.frames[i].bytes, golden()[i].bytes) << piece;
  }
}

TEST(FrameReader, FindsFramesCutInTwoAnywhere) {
  for (const Golden& g : golden())
    for (std::size_t cut = 0; cut <= g.bytes.size(); ++cut) {
      Read got;
      FrameReader reader;
      const base::ByteView bytes(g.bytes);
      reader.feed(bytes.first(cut), got.on_frame(), got.on_garbage());
      ASSERT_EQ(got.frames.size(), cut == bytes.size() ? 1u : 0u);
      reader.feed(bytes.subspan(cut), got.on_frame(), got.on_garbage());
      ASSERT_EQ(got.frames.size(), 1u) << g.name << " cut at " << cut;
      ASSERT_EQ(got.frames[0].bytes, g.bytes);
      ASSERT_TRUE(got.refused.empty());
    }
}

TEST(FrameReader, StepsOverGarbageBetweenFrames) {
  const base::Bytes beat = bytes_of(heartbeat);
  const base::Bytes garbage{0x00, 0x55, 0xaa, 0xfd, 0x03, 0x00, 0xfe, 0xfe};
  const base::Bytes all = joined({garbage, beat, garbage, garbage, bytes_of(Ping{.seq = 3}, 1), beat, garbage});
  for (std::size_t piece = 1; piece <= all.size(); ++piece) {
    const Read got = read(all, piece);
    ASSERT_EQ(got.frames.size(), 3u) << piece;
    EXPECT_EQ(got.frames[0].bytes, beat);
    EXPECT_EQ(as<Ping>(got.frames[1].message)->seq, 3u);
    EXPECT_EQ(got.frames[2].bytes, beat);
    EXPECT_EQ(got.bytes(), all.size());
  }
}

TEST(FrameReader, EveryByteIsInOneFrameOrRefusedOnce) {
  std::mt19937 random(1);
  const base::Bytes clean = all_golden();
  for (int round = 0; round < 50; ++round) {
    base::Bytes all = clean;
    for (int i = 0; i < 40; ++i)
      all[random() % all.size()] = random() % 3 == 0 ? 0xfd : static_cast<std::uint8_t>(random());
    const Read whole = read(all);
    const Read pieces = read(all, 1 + random() % 400);
    EXPECT_EQ(whole.bytes(), all.size());
    EXPECT_EQ(pieces.bytes(), all.size());
    ASSERT_EQ(whole.frames.size(), pieces.frames.size());
    EXPECT_GT(whole.frames.size(), 20u);
    for (std::size_t i = 0; i < whole.frames.size(); ++i) EXPECT_EQ(whole.frames[i].bytes, pieces.frames[i].bytes);
  }
}

// Whatever bit is wrong, the message does not come through; the next frame does.
TEST(FrameReader, RefusesAFrameWithOneWrongBit) {
  const base::Bytes next = bytes_of(Ping{.seq = 5}, 2, 8);
  const CommandLong command{.param1 = 0, .command = 2000, .target_system = 42, .target_component = 100};
  for (const int version : {1, 2}) {
    const base::Bytes good = bytes_of(command, version);
    for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
      base::Bytes bad = good;
      bad[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      Read got;
      FrameReader reader;
      reader.feed(bad, got.on_frame(), got.on_garbage());
      reader.end(got.on_garbage());
      for (const auto& whole : got.frames) {
        // Only a number that is not in the table hides that the CRC is wrong, and such a message is not read.
        EXPECT_FALSE(whole.frame.checked) << bit;
        EXPECT_FALSE(known(whole.frame.message_id)) << bit;
        EXPECT_FALSE(whole.message) << bit;
        EXPECT_EQ(whole.target, Address{}) << bit;
      }
      EXPECT_EQ(got.bytes(), bad.size());
      reader.feed(next, got.on_frame(), got.on_garbage());
      ASSERT_FALSE(got.frames.empty());
      EXPECT_TRUE(as<Ping>(got.frames.back().message)) << bit;
    }
  }
}

TEST(FrameReader, TakesUnknownFlagsThatDoNotMatterAndNoOthers) {
  base::Bytes frame = bytes_of(heartbeat);
  const auto seal = [&] {
    const std::size_t covered = frame.size() - 3;
    base::store_le(frame.data() + 1 + covered, crc_of_frame({frame.data() + 1, covered}, Heartbeat::info.crc_extra));
  };
  frame[3] = 0x81;  // compat_flags
  seal();
  ASSERT_EQ(read(frame).frames.size(), 1u);
  EXPECT_TRUE(read(frame).frames[0].message);
  for (int flag = 0x02; flag <= 0x80; flag <<= 1) {
    frame[2] = static_cast<std::uint8_t>(flag);  // incompat_flags
    seal();
    const Read got = read(frame);
    EXPECT_TRUE(got.frames.empty());
    EXPECT_EQ(got.refused.at(0).first, FrameFault::incompatible);
  }
}

TEST(FrameReader, NobodyIsSystemOrComponent0) {
  for (const Address from : {Address{0, 1}, Address{1, 0}, Address{0, 0}})
    for (const int version : {1, 2}) {
      const Read got = read(encode(heartbeat, from, 0, version).view());
      EXPECT_TRUE(got.frames.empty());
      EXPECT_EQ(got.refused.at(0).first, FrameFault::bad_source);
    }
}

TEST(FrameReader, PassesUnknownMessagesUncheckedAndUnread) {
  const Read got = read(joined({bytes_of(heartbeat), stranger(), bytes_of(heartbeat)}));
  ASSERT_EQ(got.frames.size(), 3u);
  const auto& passed = got.frames[1];
  EXPECT_EQ(passed.bytes, stranger());
  EXPECT_EQ(passed.frame.message_id, 0x032710u);
  EXPECT_FALSE(passed.frame.checked);
  EXPECT_FALSE(passed.message);
  EXPECT_EQ(passed.target, Address{});
}

// What looks like an unknown message in garbage may have good frames in it.
TEST(FrameReader, BehindGarbageOnlyACheckedFrameIsOne) {
  base::Bytes trap = stranger(60);
  trap.resize(12);
  const base::Bytes all =
      joined({base::Bytes{0x33}, trap, bytes_of(heartbeat), bytes_of(heartbeat), stranger(), bytes_of(heartbeat)});
  const Read got = read(all);
  ASSERT_EQ(got.frames.size(), 4u);
  EXPECT_EQ(got.frames[0].bytes, bytes_of(heartbeat));
  EXPECT_EQ(got.frames[2].bytes, stranger());  // in step again
  ASSERT_EQ(got.refused.size(), 2u);
  EXPECT_EQ(got.refused[0].first, FrameFault::no_magic);
  EXPECT_EQ(got.refused[1].first, FrameFault::bad_crc);
}

TEST(FrameReader, ADatagramEndsWhatWasBegun) {
  const base::Bytes beat = bytes_of(heartbeat);
  Read got;
  FrameReader reader;
  reader.feed(joined({beat, base::ByteView(beat).first(11)}), got.on_frame(), got.on_garbage());
  reader.end(got.on_garbage());
  ASSERT_EQ(got.refused.size(), 1u);
  EXPECT_EQ(got.refused[0].first, FrameFault::bad_length);
  EXPECT_EQ(got.refused[0].second.size(), 11u);
  // The rest of it in another datagram is garbage, and a new datagram may begin with an unknown message.
  reader.feed(base::ByteView(beat).subspan(11), got.on_frame(), got.on_garbage());
  reader.end(got.on_garbage());
  reader.feed(stranger(), got.on_frame(), got.on_garbage());
  reader.end(got.on_garbage());
  ASSERT_EQ(got.frames.size(), 2u);
  EXPECT_EQ(got.frames[1].bytes, stranger());
}

TEST(FrameReader, LooksForFramesBehindWhatADatagramDidNotEnd) {
  const base::Bytes too_long{0xfd, 200, 0, 0, 1, 42, 1, 0, 0, 0};
  const base::Bytes all = joined({too_long, bytes_of(heartbeat), too_long, bytes_of(Ping{}), too_long});
  const Read got = read(all);
  ASSERT_EQ(got.frames.size(), 2u);
  EXPECT_TRUE(as<Ping>(got.frames[1].message));
  EXPECT_EQ(got.bytes(), all.size());
}

TEST(FrameReader, TakesTheLongestFrame) {
  for (const Golden& g : golden()) {
    if (g.id != CameraImageCaptured::info.id || !g.signature) continue;
    ASSERT_EQ(g.bytes.size(), longest_frame);
    const base::Bytes twice = joined({g.bytes, g.bytes, base::ByteView(g.bytes).first(279)});
    for (const std::size_t piece : {1u, 279u, 280u, 281u, 559u, 560u, 561u})
      EXPECT_EQ(read(twice, piece).frames.size(), 2u);
  }
}

TEST(FrameReader, FaultsHaveWords) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < frame_faults; ++i) words.insert(to_string(static_cast<FrameFault>(i)));
  EXPECT_EQ(words.size(), frame_faults);
  EXPECT_FALSE(words.contains(""));
  EXPECT_EQ(to_string(static_cast<FrameFault>(99)), "");
}

}  // namespace
}  // namespace mavlink::test
