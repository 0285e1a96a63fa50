// Files that are kept from an earlier connection: the overlap must prove that it is the same file, and a file pieced
// together from two captures must be impossible.
#include <gtest/gtest.h>

#include "tests/unit/dualcam/device.hpp"
#include "tests/unit/dualcam/script.hpp"

namespace dualcam::test {
namespace {

using base::Bytes;
using base::ByteView;

const CameraFile clip(4 * 1024 + 300);
const CameraFile another(4 * 1024 + 300, 2);

TEST(SessionResume, GoesOnBehindAProvenOverlap) {
  play(photo_announced(5) + Script{
                                {opened(clip.piece(0, 3072), 2048), {"send RESUME 3", "wait 2s"}},
                                {device(sync(3)), {"wait 15s"}},
                                {device(clip.packet(3, 3)), {"wait 15s"}},
                                {device(clip.packets(4, 5, 3)),
                                 {"write 3072+1024", "wait 15s", "write 4096+300", "wait 60s", "finish 4396"}},
                                {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
                            });
}

TEST(SessionResume, KeptBytesNeedNotEndWithAPacket) {
  play(photo_announced(5) + Script{
                                {opened(clip.piece(0, 2500), 1024), {"send RESUME 2", "wait 2s"}},
                                {device(sync(2)), {"wait 15s"}},
                                {device(clip.packet(2, 2)), {"wait 15s"}},
                                {device(clip.packet(3, 2)), {"write 2500+572", "wait 15s"}},
                                {device(clip.packets(4, 5, 2)),
                                 {"write 3072+1024", "wait 15s", "write 4096+300", "wait 60s", "finish 4396"}},
                                {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
                            });
}

TEST(SessionResume, OtherBytesStartOver) {
  play(photo_announced(5) +
       Script{
           {opened(clip.piece(0, 3072), 2048), {"send RESUME 3", "wait 2s"}},
           {device(sync(3), another.packet(3, 3)), {"wait 15s", "start over", "send RESUME 1", "wait 2s"}},
           {device(another.packets(4, 5, 3)), {}},
           {device(another.from(1)),
            {"wait 15s", "write 0+1024", "wait 15s", "write 1024+1024", "wait 15s", "write 2048+1024", "wait 15s",
             "write 3072+1024", "wait 15s", "write 4096+300", "wait 60s", "finish 4396"}},
           {stored(another.bytes), {"send INIT REPEAT", "wait 20s"}},
       });
}

TEST(SessionResume, OneDifferentBitAnywhereInTheOverlapStartsOver) {
  for (std::size_t at = 1024; at < 2500; ++at) {
    SCOPED_TRACE(at);
    Bytes kept(clip.bytes.begin(), clip.bytes.begin() + 2500);
    kept[at] ^= 1;
    const auto driver = play_once(photo_announced(5) + Script{{opened(kept, 1024), {"send RESUME 2", "wait 2s"}}});
    driver->feed(clip.from(2));
    driver->feed(clip.from(1));
    EXPECT_EQ(driver->session().state(), State::finishing);
    EXPECT_EQ(driver->file(), clip.bytes);
  }
}

// ---- What SYNC says counts.

TEST(SessionResume, SyncEarlierThanAsked) {
  play(
      photo_announced(5) +
      Script{
          {opened(clip.piece(0, 3072), 2048), {"send RESUME 3", "wait 2s"}},
          {device(sync(1), clip.packets(1, 3, 1)), {"wait 15s", "wait 15s", "wait 15s", "wait 15s"}},
          {device(clip.packets(4, 5, 1)), {"write 3072+1024", "wait 15s", "write 4096+300", "wait 60s", "finish 4396"}},
          {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
      });
}

TEST(SessionResume, SyncBehindTheOverlapProvesNothing) {
  play(photo_announced(5) +
       Script{
           {opened(clip.piece(0, 3072), 2048), {"send RESUME 3", "wait 2s"}},
           {device(sync(4), another.packet(4, 4)), {"send RESUME 3", "wait 2s"}},
           {device(clip.from(3)),
            {"wait 15s", "wait 15s", "write 3072+1024", "wait 15s", "write 4096+300", "wait 60s", "finish 4396"}},
           {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
       });
}

TEST(SessionResume, SyncTwice) {
  play(photo_announced(5) +
       Script{
           {opened(clip.piece(0, 3072), 2048), {"send RESUME 3", "wait 2s"}},
           {device(sync(3), clip.packet(3, 3)), {"wait 15s", "wait 15s"}},
           {device(sync(3), clip.packets(3, 4, 3)), {"wait 15s", "wait 15s", "write 3072+1024", "wait 15s"}},
           {device(clip.packet(5, 3)), {"write 4096+300", "wait 60s", "finish 4396"}},
           {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
       });
}

// A proof that was begun and not finished is begun anew: the RESUME asks for the overlap again.
TEST(SessionResume, ABadPacketWithinTheOverlap) {
  play(photo_announced(5) + Script{
                                {opened(clip.piece(0, 3072), 1024), {"send RESUME 2", "wait 2s"}},
                                {device(sync(2), clip.packet(2, 2), clip.bad_packet(3)),
                                 {"wait 15s", "wait 15s", "send RESUME 2", "wait 2s"}},
                                {device(clip.from(2)),
                                 {"wait 15s", "wait 15s", "wait 15s", "write 3072+1024", "wait 15s", "write 4096+300",
                                  "wait 60s", "finish 4396"}},
                                {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
                            });
}

// ---- The end of a kept file.

TEST(SessionResume, OnlyTheLastShortPacketIsMissing) {
  play(photo_announced(5) +
       Script{
           {opened(clip.piece(0, 4096), 3072), {"send RESUME 4", "wait 2s"}},
           {device(clip.from(4)), {"wait 15s", "wait 15s", "write 4096+300", "wait 60s", "finish 4396"}},
           {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
       });
}

TEST(SessionResume, ACompleteKeptFileNeedsOnlyItsEndAsProof) {
  play(photo_announced(5) + Script{
                                {opened(clip.bytes, 4096, true), {"send RESUME 5", "wait 2s"}},
                                {device(clip.from(5)), {"wait 15s", "wait 60s", "finish 4396"}},
                                {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
                            });
}

TEST(SessionResume, AnotherFileThanTheCompleteOne) {
  const CameraFile& same_size = another;
  const CameraFile shorter(4 * 1024 + 200);
  const CameraFile longer(4 * 1024 + 400);
  for (const CameraFile* sent : {&same_size, &shorter, &longer}) {
    SCOPED_TRACE(sent->bytes.size());
    const auto driver = play_once(photo_announced(5) +
                                  Script{
                                      {opened(clip.bytes, 4096, true), {"send RESUME 5", "wait 2s"}},
                                      {device(sent->from(5)), {"wait 15s", "start over", "send RESUME 1", "wait 2s"}},
                                  });
    driver->feed(sent->from(1));
    EXPECT_EQ(driver->session().state(), State::finishing);
    EXPECT_EQ(driver->file(), sent->bytes);
  }
}

TEST(SessionResume, ADeviceWithAnotherFileGetsNoCloseBehindItsLastByte) {
  const auto driver = play_once(photo_announced(5) +
                                Script{
                                    {opened(clip.bytes, 4096, true), {"send RESUME 5", "wait 2s"}},
                                    {device(another.from(5)), {"wait 15s", "start over", "send RESUME 1", "wait 2s"}},
                                });
  driver->run_out();
  driver->take_lines();
  Script script =
      photo_announced(5) + Script{
                               {opened(clip.bytes, 4096, true), {"send RESUME 5", "wait 2s"}},
                               {device(another.from(5)), {"wait 15s", "start over", "send RESUME 1", "wait 2s"}},
                               {shut_down(true), {"abandon", "close: the server stops"}},
                           };
  play_once(script);
}

// The kept file is longer than the last packet's end: its own end must have been something else.
TEST(SessionResume, TheFileEndsBeforeTheKeptOneDoes) {
  const CameraFile shorter(3 * 1024 + 100);
  play(photo_announced(4) + Script{
                                {opened(clip.piece(0, 3500), 3072), {"send RESUME 4", "wait 2s"}},
                                {device(shorter.from(4)), {"wait 15s", "start over", "send RESUME 1", "wait 2s"}},
                            });
}

// Nothing of it can be part of the announced file, whatever the driver thinks.
TEST(SessionResume, MoreIsKeptThanIsAnnounced) {
  play(photo_announced(3) + Script{
                                {opened(clip.piece(0, 4096), 3072), {"start over", "send RESUME 1", "wait 2s"}},
                                {device(sync(1), clip.packet(1)), {"wait 15s", "write 0+1024", "wait 15s"}},
                            });
}

TEST(SessionResume, WhatIsKeptWithoutAnOverlapIsNotTrusted) {
  play(photo_announced(3) + Script{
                                {opened(clip.piece(0, 2048), 2048), {"start over", "send RESUME 1", "wait 2s"}},
                                {device(sync(1), clip.packet(1)), {"wait 15s", "write 0+1024", "wait 15s"}},
                            });
}

// ---- Byte dialects.

Script path_announced(std::uint16_t protocol, std::uint32_t size) {
  return {{begins(), {"wait 60s"}},
          {device(init(by_path, protocol)), {"wait 60s", "identify"}},
          {admitted(), {"send PATH REQ", "wait 15s"}},
          {device(path("dsm/1.mp4")), {"send META REQ", "wait 15s"}},
          {deadline_passes(), {"send FILE REQ dsm/1.mp4\\x00", "wait 15s"}},
          {device(start(size)), {"wait 60s", "open"}}};
}

TEST(SessionResume, InBytes) {
  play(path_announced(5, 4396) +
       Script{
           {opened(clip.piece(0, 3072), 2048), {"send RESUME 2048", "wait 2s"}},
           {device(sync(2048), clip.chunk(2048, 1000, 2048)), {"wait 15s", "wait 15s"}},
           {device(clip.chunk(3048, 1000, 2048)), {"write 3072+976", "wait 15s"}},
           {device(clip.chunk(4048, 1000, 2048)), {"write 4048+348", "wait 60s", "finish 4396"}},
           {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
       });
}

TEST(SessionResume, InBytesAnotherFile) {
  play(path_announced(5, 4396) +
       Script{
           {opened(clip.piece(0, 3072), 2048), {"send RESUME 2048", "wait 2s"}},
           {device(sync(2048), clip.chunk(2048, 1000, 2048)), {"wait 15s", "wait 15s"}},
           // The first thousand bytes of the overlap are equal, the last 24 are not.
           {device(data(another.piece(3048, 100),
                        reference_crc(reference_crc(0, clip.piece(2048, 1000)), another.piece(3048, 100)))),
            {"start over", "send RESUME 0", "wait 2s"}},
       });
}

TEST(SessionResume, InEnhancedData) {
  play(path_announced(6, 4396) + Script{
                                     {opened(clip.piece(0, 3072), 2048), {"send RESUME 2048", "wait 2s"}},
                                     {device(sync(2048), clip.enhanced_chunk(2048, 512)), {"wait 15s", "wait 15s"}},
                                     // Not past what is proven.
                                     {device(clip.enhanced_chunk(3072, 512)), {"send RESUME 2048", "wait 2s"}},
                                     {device(sync(2048), clip.enhanced_chunk(2048, 2348)),
                                      {"wait 15s", "write 3072+1324", "wait 60s", "finish 4396"}},
                                     {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
                                 });
}

TEST(SessionResume, ACompleteFileInBytes) {
  play(path_announced(5, 4396) +
       Script{
           {opened(clip.bytes, 4096, true), {"send RESUME 4096", "wait 2s"}},
           {device(sync(4096), clip.chunk(4096, 300, 4096)), {"wait 15s", "wait 60s", "finish 4396"}},
           {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
       });
}

// Whatever two files share, and wherever the kept part ends: what is finished is one of them, whole.
TEST(SessionResume, NothingIsPiecedTogether) {
  for (std::size_t same = 0; same <= 4396; same += 157)
    for (const std::size_t kept : {1024U, 2048U, 2500U, 3072U, 4096U, 4396U}) {
      SCOPED_TRACE(testing::Message() << same << " equal bytes, " << kept << " kept");
      CameraFile mixed = another;
      std::copy_n(clip.bytes.begin(), same, mixed.bytes.begin());
      const std::size_t overlap_offset = (kept - 1) / 1024 * 1024;
      const auto driver = play_once(photo_announced(5));
      driver->open(Bytes(clip.bytes.begin(), clip.bytes.begin() + static_cast<std::ptrdiff_t>(kept)), overlap_offset,
                   kept == 4396);
      // Equal in the overlap, a device proves the kept bytes before it: that is what the overlap is for.
      const bool overlap_equal = std::equal(clip.bytes.begin() + static_cast<std::ptrdiff_t>(overlap_offset),
                                            clip.bytes.begin() + static_cast<std::ptrdiff_t>(kept),
                                            mixed.bytes.begin() + static_cast<std::ptrdiff_t>(overlap_offset));
      driver->feed(mixed.from(static_cast<std::uint32_t>(overlap_offset / 1024 + 1)));
      EXPECT_EQ(driver->session().state(), overlap_equal ? State::finishing : State::resyncing);
      driver->feed(mixed.from(1));
      EXPECT_EQ(driver->session().state(), State::finishing);
      EXPECT_EQ(driver->file(), mixed.bytes);
    }
}

}  // namespace
}  // namespace dualcam::test
