// Damage on the wire: what a broken frame costs, how the device is brought back, and when it is given up.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>

#include "tests/unit/dualcam/device.hpp"
#include "tests/unit/dualcam/script.hpp"

namespace dualcam::test {
namespace {

using base::Bytes;

const CameraFile clip(5 * 1024 + 300);

Bytes first_bytes(const Bytes& bytes, std::size_t count) {
  return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count)};
}

Lines writes(std::uint32_t first, std::uint32_t last) {
  Lines lines;
  for (std::uint32_t number = first; number <= last; ++number) {
    const std::size_t offset = (number - 1) * 1024;
    lines.push_back(fmt::format("write {}+{}", offset, clip.packet_bytes(number).size()));
    lines.emplace_back(number == clip.packet_count() ? "wait 60s" : "wait 15s");
  }
  if (last == clip.packet_count()) lines.push_back(fmt::format("finish {}", clip.bytes.size()));
  return lines;
}

Lines operator+(Lines front, const Lines& back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

Script clip_up_to(std::uint32_t last) {
  return photo_in_transfer(clip.packet_count()) + Script{{device(clip.packets(1, last, 1)), writes(1, last)}};
}

// ---- A frame that breaks off, and its whole retransmission right behind.

// A real session: of 1030 bytes of a packet 580 come, then the packet whole, its CRC chained from the last good one.
TEST(SessionRecovery, ARealTruncationIsHealedWithoutResume) {
  const Script script = clip_up_to(2) + Script{
                                            {device(first_bytes(clip.packet(3), 580), clip.packet(3)), writes(3, 3)},
                                            {device(clip.packets(4, 6, 1)), writes(4, 6)},
                                            {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
                                        };
  play(script);
  const auto driver = play_once(script);
  EXPECT_EQ(driver->session().counters().salvaged, 1u);
  EXPECT_EQ(driver->session().counters().bad_crcs, 1u);
  EXPECT_EQ(driver->session().counters().resumes, 0u);
  EXPECT_EQ(driver->session().counters().received, clip.bytes.size());
}

// What a 16-bit CRC takes for good once in 65,536 times: the beginning of a packet and the beginning of its whole
// retransmission, read as one packet. The stream is out of step behind it, and that gives it away.
TEST(SessionRecovery, APacketReadOutOfTwoIsFoundOut) {
  constexpr std::size_t arrived = 400;  // of the bytes of packet 3
  CameraFile file(6 * 1024);
  const Bytes whole_head = first_bytes(file.packet(3), 4);
  const base::ByteView third = file.packet_bytes(3);
  Bytes read = join({first_bytes(Bytes(third.begin(), third.end()), arrived), whole_head});
  const std::size_t rest = 1024 - read.size();
  read = join({read, first_bytes(Bytes(third.begin(), third.end()), rest)});
  // The two bytes of the retransmission that are taken for the CRC are made to be it.
  const std::uint16_t crc = reference_crc(reference_crc(0, base::ByteView(file.bytes).first(2048)), read);
  base::store_be(file.bytes.data() + 2048 + rest, crc);

  const Bytes sent = join({first_bytes(file.packet(3), 4 + arrived), file.packet(3), file.packets(4, 5, 1)});
  const Script script = photo_in_transfer(6) + Script{{device(file.packets(1, 2, 1)),
                                                       {"write 0+1024", "wait 15s", "write 1024+1024", "wait 15s"}}};
  const auto driver = play_once(script);
  driver->feed(sent);
  EXPECT_EQ(driver->file(), join({Bytes(file.bytes.begin(), file.bytes.begin() + 2048), read})) << "it was believed";
  Lines lines = driver->take_lines();
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines.at(lines.size() - 2), "send RESUME 3") << "but is asked for again";
  driver->feed(file.from(3));
  lines = driver->take_lines();
  EXPECT_NE(std::ranges::find_if(lines, [](const auto& line) { return line.starts_with("start over"); }), lines.end());
  driver->feed(file.from(1));
  EXPECT_EQ(driver->file(), file.bytes);
}

// The packet `number` breaks off behind each of its bytes; `rest` are the frames that follow its retransmission.
struct Truncation {
  const char* name;
  Script before;
  Bytes packet;
  Bytes rest;
  std::size_t written;
};

void heal_at_every_byte(const Truncation& each) {
  for (std::size_t at = 1; at < each.packet.size() && !testing::Test::HasFailure(); ++at) {
    SCOPED_TRACE(fmt::format("{} broken off behind byte {}", each.name, at));
    const Bytes sent = join({first_bytes(each.packet, at), each.packet, each.rest});
    for (const std::size_t cut : {sent.size(), at, at + 1, at + 3, std::size_t{3}, each.packet.size()}) {
      const auto driver = play_once(each.before);
      driver->feed(base::ByteView(sent).first(std::min(cut, sent.size())));
      driver->feed(base::ByteView(sent).subspan(std::min(cut, sent.size())));
      for (const std::string& line : driver->take_lines()) EXPECT_FALSE(line.starts_with("send")) << line;
      EXPECT_EQ(driver->file().size(), each.written);
      EXPECT_EQ(driver->session().counters().salvaged, 1u);
    }
  }
}

TEST(SessionRecovery, ATruncationIsHealedWhereverItIs) {
  heal_at_every_byte({"a full packet", clip_up_to(2), clip.packet(3), clip.packets(4, 6, 1), clip.bytes.size()});
  heal_at_every_byte({"the first packet", clip_up_to(0), clip.packet(1), clip.packets(2, 6, 1), clip.bytes.size()});
  heal_at_every_byte({"the packet before the last", clip_up_to(4), clip.packet(5), {}, 5 * 1024});
  heal_at_every_byte({"the short last packet", clip_up_to(5), clip.packet(6), {}, clip.bytes.size()});
}

TEST(SessionRecovery, ATruncationInBytesIsHealedWhereverItIs) {
  const CameraFile picture(2500);
  const Script before{{begins(), {"wait 60s"}},
                      {device(init(by_path)), {"wait 60s", "identify"}},
                      {admitted(), {"send PATH REQ", "wait 15s"}},
                      {device(path("dsm/1.jpg")), {"send META REQ", "wait 15s"}},
                      {deadline_passes(), {"send FILE REQ dsm/1.jpg\\x00", "wait 15s"}},
                      {device(start(2500)), {"wait 60s", "open"}},
                      {opened(), {"send RESUME 0", "wait 2s"}},
                      {device(sync(0), picture.chunk(0, 1000)), {"wait 15s", "write 0+1000", "wait 15s"}}};
  heal_at_every_byte({"DATA of a path file", before, picture.chunk(1000, 1024), picture.chunk(2024, 1024), 2500});
}

TEST(SessionRecovery, ATruncationOfEnhancedDataIsHealedWhereverItIs) {
  const CameraFile video(2500);
  const Script before{{begins(), {"wait 60s"}},
                      {device(init(by_path, 6)), {"wait 60s", "identify"}},
                      {admitted(), {"send PATH REQ", "wait 15s"}},
                      {device(path("dashcam/1.mp4")), {"send META REQ", "wait 15s"}},
                      {device(meta("{}")), {"send FILE REQ dashcam/1.mp4\\x00", "wait 15s"}},
                      {device(start(2500)), {"wait 60s", "open"}},
                      {opened(), {"send RESUME 0", "wait 2s"}},
                      {device(sync(0), video.enhanced_chunk(0, 1024)), {"wait 15s", "write 0+1024", "wait 15s"}}};
  heal_at_every_byte(
      {"ENHANCED DATA", before, video.enhanced_chunk(1024, 1024), video.enhanced_chunk(2048, 1024), 2500});
  heal_at_every_byte({"the last ENHANCED DATA", before, video.enhanced_chunk(1024, 1476), {}, 2500});
}

TEST(SessionRecovery, TheRestOfATruncationThatDoesNotComeIsAskedFor) {
  const Script script =
      clip_up_to(2) + Script{
                          {device(first_bytes(clip.packet(3), 580), first_bytes(clip.packet(3), 700)), {"wait 2s"}},
                          {deadline_passes(), {"send RESUME 3", "wait 2s"}},
                          {device(clip.from(3)), Lines{"wait 15s"} + writes(3, 6)},
                          {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
                      };
  play(script);
}

// Bytes made to look like headers must not multiply the work.
TEST(SessionRecovery, ManyFalseHeadersInABadPacket) {
  Bytes body(1024);
  for (std::size_t i = 0; i + 4 <= body.size(); i += 8)
    std::ranges::copy(hex("00040402"), body.begin() + static_cast<std::ptrdiff_t>(i));
  const Script script = clip_up_to(2) + Script{{device(data(body, 0x1234), data(body, 0x1234), data(body, 0x1234)),
                                                {"send RESUME 3", "wait 2s"}}};
  play_once(script);
}

// Damaged in the middle and of full length: the retransmission behind it is taken when it is there already.
TEST(SessionRecovery, ARetransmissionRightBehindABadPacket) {
  play_once(clip_up_to(2) + Script{{device(clip.bad_packet(3), clip.packet(3)), writes(3, 3)},
                                   {device(clip.packets(4, 6, 1)), writes(4, 6)}});
}

// ---- A bad CRC without a retransmission.

TEST(SessionRecovery, ABadCrcAsksForThePacketAndDropsWhatIsInFlight) {
  const Script script = clip_up_to(1) + Script{
                                            {device(clip.bad_packet(2)), {"send RESUME 2", "wait 2s"}},
                                            {device(clip.packets(3, 5, 1)), {}},
                                            {device(clip.from(2)), Lines{"wait 15s"} + writes(2, 6)},
                                            {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
                                        };
  play(script);
  const auto driver = play_once(script);
  EXPECT_EQ(driver->session().counters().bad_crcs, 1u);
  EXPECT_EQ(driver->session().counters().resumes, 1u);
}

// The same real session behind its RESUME: four whole packets in flight, SYNC at an earlier packet, one DATA, and SYNC
// again because RESUME had been repeated.
TEST(SessionRecovery, SyncEarlierThanAskedAndTwice) {
  play(clip_up_to(3) + Script{
                           {device(clip.bad_packet(4)), {"send RESUME 4", "wait 2s"}},
                           {device(clip.packets(5, 6, 1)), {}},
                           {deadline_passes(), {"send RESUME 4", "wait 2s"}},
                           {device(clip.packet(6)), {}},
                           {device(sync(2)), {"wait 15s"}},
                           {device(clip.packet(2, 2)), {"wait 15s"}},
                           {device(sync(2)), {"wait 15s"}},
                           {device(clip.packets(2, 3, 2)), {"wait 15s", "wait 15s"}},
                           {device(clip.packets(4, 6, 2)), writes(4, 6)},
                           {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
                       });
}

TEST(SessionRecovery, TheCrcChainBeginsAnewAtEverySync) {
  play(clip_up_to(2) + Script{{device(clip.from(3)), Lines{"wait 15s"} + writes(3, 6)}});
  // A CRC that goes on with the old chain behind a SYNC is a bad one.
  play_cut(clip_up_to(2) + Script{{device(sync(3), clip.packet(3, 1)), {"wait 15s", "send RESUME 3", "wait 2s"}}});
}

TEST(SessionRecovery, EverySyncOfARepeatedResumeMayBeAnswered) {
  auto driver = play_once(clip_up_to(2) + Script{{device(clip.bad_packet(3)), {"send RESUME 3", "wait 2s"}}});
  // The device stalls, then answers each of the RESUMEs it has meanwhile.
  for (int i = 1; i < max_resumes; ++i) driver->pass_deadline();
  for (int i = 0; i < max_resumes; ++i) driver->feed(join({sync(3), clip.packet(3, 3)}));
  EXPECT_EQ(driver->session().state(), State::receiving);
  driver->feed(clip.packets(4, 6, 3));
  EXPECT_EQ(driver->session().state(), State::finishing);
  EXPECT_EQ(driver->file(), clip.bytes);
}

TEST(SessionRecovery, GoingBackWithoutEndIsNotAccepted) {
  for (const Bytes& again : {join({sync(1), clip.packet(1)}), sync(1), sync(3)}) {
    auto driver = play_once(clip_up_to(2));
    for (int i = 0; i < 100; ++i) driver->feed(again);
    driver->run_out();
    EXPECT_EQ(driver->close_reason(), "the device goes back again and again without getting further");
    EXPECT_EQ(driver->file().size(), 2048u);
  }
}

TEST(SessionRecovery, EnhancedDataMayGoBackButNotWithoutEnd) {
  const CameraFile video(2500);
  const Script begun{{begins(), {"wait 60s"}},
                     {device(init(photof, 6)), {"wait 60s", "identify"}},
                     {admitted(), {"send META REQ %photof", "wait 15s"}},
                     {device(meta("{}")), {"send FILE REQ %photof", "wait 15s"}},
                     {device(start(2500)), {"wait 60s", "open"}},
                     {opened(), {"send RESUME 0", "wait 2s"}},
                     {device(sync(0), video.enhanced_chunk(0, 1024)), {"wait 15s", "write 0+1024", "wait 15s"}}};
  play(begun + Script{
                   {device(video.enhanced_chunk(500, 1000)), {"write 1024+476", "wait 15s"}},
                   {device(video.enhanced_chunk(0, 1024)), {"wait 15s"}},
                   {device(video.enhanced_chunk(1500, 1000)), {"write 1500+1000", "wait 60s", "finish 2500"}},
                   {stored(video.bytes), {"send INIT REPEAT", "wait 20s"}},
               });
  // A gap, also behind the end.
  play(begun + Script{{device(video.enhanced_chunk(1025, 100)), {"send RESUME 1024", "wait 2s"}},
                      {device(sync(1024), video.enhanced_chunk(1024, 1476)),
                       {"wait 15s", "write 1024+1476", "wait 60s", "finish 2500"}},
                      {stored(video.bytes), {"send INIT REPEAT", "wait 20s"}}});
  play_cut(begun + Script{{device(enhanced(2500, {}, 0x1111)), {"send RESUME 1024", "wait 2s"}}});
  play_cut(begun + Script{{device(enhanced(0xffffffff, video.piece(0, 10), 0x1111)), {"send RESUME 1024", "wait 2s"}}});
  // More than is left.
  play_cut(begun + Script{{device(enhanced(1024, video.piece(0, 1477), reference_crc(0, video.piece(0, 1477)))),
                           {"send RESUME 1024", "wait 2s"}}});
  const auto driver = play_once(begun);
  for (int i = 0; i < 100; ++i) driver->feed(video.enhanced_chunk(0, 1024));
  driver->run_out();
  EXPECT_EQ(driver->close_reason(), "the device goes back again and again without getting further");
}

TEST(SessionRecovery, DataOfTheOldKindIsTakenFromProtocol6Too) {
  const CameraFile video(1500);
  play_cut({{begins(), {"wait 60s"}},
            {device(init(photof, 6)), {"wait 60s", "identify"}},
            {admitted(), {"send META REQ %photof", "wait 15s"}},
            {device(meta("{}")), {"send FILE REQ %photof", "wait 15s"}},
            {device(start(1500)), {"wait 60s", "open"}},
            {opened(), {"send RESUME 0", "wait 2s"}},
            {device(sync(0), video.chunk(0, 1000)), {"wait 15s", "write 0+1000", "wait 15s"}},
            {device(first_bytes(video.chunk(1000, 500), 77), video.chunk(1000, 500)),
             {"write 1000+500", "wait 60s", "finish 1500"}}});
}

TEST(SessionRecovery, EnhancedDataOfProtocol5IsADamagedFrame) {
  play_cut(clip_up_to(1) + Script{{device(clip.enhanced_chunk(1024, 1024)), {"send RESUME 2", "wait 2s"}}});
}

// ---- What is dropped may look like anything.

TEST(SessionRecovery, FalseSyncsInDroppedBytes) {
  const Bytes no_place = sync(0x7fffffff);
  const Bytes gap = sync(4);
  const Bytes cut_short = first_bytes(sync(3), 5);
  play(clip_up_to(2) + Script{
                           {device(clip.bad_packet(3)), {"send RESUME 3", "wait 2s"}},
                           {device(data(no_place, 1), gap, data(gap, 2), hex("0003 0003 0004"), cut_short), {}},
                           {device(hex("ffffff"), clip.from(3)), Lines{"wait 15s"} + writes(3, 6)},
                       });
}

TEST(SessionRecovery, AFalseSyncThatFitsCostsOneMoreResume) {
  Bytes in_flight = clip.packet(4);
  std::ranges::copy(sync(1), in_flight.begin() + 100);
  play(clip_up_to(2) + Script{
                           {device(clip.bad_packet(3)), {"send RESUME 3", "wait 2s"}},
                           {device(in_flight), {"wait 15s", "send RESUME 3", "wait 2s"}},
                           {device(clip.packet(5)), {}},
                           {device(clip.from(3)), Lines{"wait 15s"} + writes(3, 6)},
                           {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
                       });
}

TEST(SessionRecovery, StatusIsHeardWhileBytesAreDropped) {
  play(clip_up_to(2) + Script{{device(clip.bad_packet(3)), {"send RESUME 3", "wait 2s"}},
                              {device(clip.packet(4), status(0), status(6)), {"abandon", "wait 5s"}},
                              {device_leaves(), {"close: the device sent STATUS 6: invalid answer to RESUME"}}});
}

// What looks like STATUS 0 may share its last byte with the SYNC that counts.
TEST(SessionRecovery, SyncRightBehindHalfAStatus) {
  play_cut(clip_up_to(2) + Script{{device(clip.bad_packet(3)), {"send RESUME 3", "wait 2s"}},
                                  {device(hex("0005 0004 0000 00"), clip.from(3)), Lines{"wait 15s"} + writes(3, 6)}});
}

TEST(SessionRecovery, FramesThatAreNoDataAreDamage) {
  for (const Bytes& odd : {photo_meta(), path("dsm/1.jpg"), start(6)}) {
    SCOPED_TRACE(base::to_hex(odd));
    play_once(clip_up_to(2) + Script{{device(odd, clip.packet(5)), {"send RESUME 3", "wait 2s"}},
                                     {device(clip.from(3)), Lines{"wait 15s"} + writes(3, 6)}});
  }
}

TEST(SessionRecovery, ThePacketBeforeNoFrameAtAllIsAskedForAgain) {
  for (const Bytes& odd : {hex("ffff0000"), hex("00040403"), hex("0000 0000 0000 0000 0000 0000 0000 0000")}) {
    SCOPED_TRACE(base::to_hex(odd));
    const Script asked = clip_up_to(2) + Script{{device(odd, clip.packet(5)), {"send RESUME 2", "wait 2s"}}};
    play_once(asked + Script{{device(clip.from(2)), Lines{"wait 15s", "wait 15s"} + writes(3, 6)}});
    play_once(asked + Script{{device(clip.from(1)), Lines{"wait 15s", "wait 15s", "wait 15s"} + writes(3, 6)}});
    // A device that does not go back so far has not shown that packet yet.
    play_once(asked + Script{{device(sync(3)), {}}});
  }
}

TEST(SessionRecovery, PacketsOfAWrongLengthAreDamage) {
  const auto with_crc = [](std::size_t begin, std::size_t length) {
    return data(clip.piece(begin, length), reference_crc(0, clip.piece(0, begin + length)));
  };
  // Only the last packet may be short.
  play_cut(clip_up_to(2) + Script{{device(with_crc(2048, 1023)), {"send RESUME 3", "wait 2s"}}});
  play_cut(clip_up_to(2) + Script{{device(with_crc(2048, 1)), {"send RESUME 3", "wait 2s"}}});
  // In bytes, not more than is left.
  const CameraFile picture(1500);
  play_cut({{begins(), {"wait 60s"}},
            {device(init(by_path)), {"wait 60s", "identify"}},
            {admitted(), {"send PATH REQ", "wait 15s"}},
            {device(path("dsm/1.jpg")), {"send META REQ", "wait 15s"}},
            {deadline_passes(), {"send FILE REQ dsm/1.jpg\\x00", "wait 15s"}},
            {device(start(1499)), {"wait 60s", "open"}},
            {opened(), {"send RESUME 0", "wait 2s"}},
            {device(sync(0), picture.chunk(0, 1000)), {"wait 15s", "write 0+1000", "wait 15s"}},
            {device(picture.chunk(1000, 500)), {"send RESUME 1000", "wait 2s"}}});
}

TEST(SessionRecovery, EmptyDataIsValidAndBringsNothing) {
  play(photo_in_transfer(6) + Script{{device(data({}, 0)), {}},
                                     {device(clip.packet(1)), writes(1, 1)},
                                     {device(data({}, reference_crc(0, clip.packet_bytes(1)))), {}},
                                     {device(clip.packets(2, 6, 1)), writes(2, 6)}});
  // With any other CRC it is a bad frame.
  play_cut(photo_in_transfer(6) + Script{{device(data({}, 1)), {"send RESUME 1", "wait 2s"}}});
}

TEST(SessionRecovery, SyncWithAGapIsAnsweredWithResume) {
  play(photo_announced(6) + Script{{opened(), {"send RESUME 1", "wait 2s"}},
                                   {device(sync(2)), {"send RESUME 1", "wait 2s"}},
                                   {device(clip.from(1)), Lines{"wait 15s"} + writes(1, 6)}});
  play(clip_up_to(2) + Script{{device(sync(4)), {"send RESUME 3", "wait 2s"}},
                              {device(clip.from(3)), Lines{"wait 15s"} + writes(3, 6)}});
  play(clip_up_to(2) + Script{{device(sync(7)), {"send RESUME 3", "wait 2s"}}});
}

// ---- A device that is silent in the middle of a file.

// The last packet was lost, and the device waits for its acknowledgement.
TEST(SessionRecovery, ADeviceThatBelievesItHasSentEverythingIsAskedForTheRest) {
  const Script script = clip_up_to(5) + Script{{deadline_passes(), {"send RESUME 6", "wait 30s"}},
                                               {device(clip.from(6)), Lines{"wait 15s"} + writes(6, 6)},
                                               {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}}};
  play(script);
  EXPECT_EQ(play_once(script)->session().counters().resumes, 1u);
}

// The same, and a part of the packet came: the answer fills what its header promised.
TEST(SessionRecovery, ADeviceThatIsSilentWithinItsLastPacket) {
  for (const std::size_t came : {1U, 5U, 100U, 305U}) {
    SCOPED_TRACE(came);
    const auto driver = play_once(clip_up_to(5) + Script{{device(first_bytes(clip.packet(6), came)), {}},
                                                         {deadline_passes(), {"send RESUME 6", "wait 30s"}}});
    driver->feed(clip.from(6));
    // Out of step behind packet 5, that is asked for once more.
    if (driver->session().state() != State::finishing) driver->feed(clip.from(5));
    EXPECT_EQ(driver->session().state(), State::finishing);
    EXPECT_EQ(driver->file(), clip.bytes);
  }
}

TEST(SessionRecovery, ASlowLinkGoesOnWhereItIs) {
  play(clip_up_to(2) + Script{
                           {deadline_passes(), {"send RESUME 3", "wait 30s"}},
                           {device(clip.packets(3, 4, 1)), writes(3, 4)},
                           // The RESUME is answered late, and costs what was sent meanwhile.
                           {device(sync(3), clip.packet(3, 3)), {"wait 15s", "wait 15s"}},
                           {device(clip.packets(4, 6, 3)), Lines{"wait 15s"} + writes(5, 6)},
                           {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}},
                       });
}

TEST(SessionRecovery, EverySilenceIsAskedAboutOnce) {
  Script script = photo_in_transfer(6);
  for (std::uint32_t number = 1; number <= 5; ++number) {
    script.push_back({deadline_passes(), {fmt::format("send RESUME {}", number), "wait 30s"}});
    script.push_back({device(clip.packet(number)), writes(number, number)});
  }
  script.push_back({deadline_passes(), {"send RESUME 6", "wait 30s"}});
  script.push_back({deadline_passes(), {"abandon", "close: no DATA came in time"}});
  play_once(script);
}

// A device that answers and sends nothing is not waited for without end.
TEST(SessionRecovery, SyncAloneIsNoProgress) {
  const auto driver = play_once(clip_up_to(2));
  int rounds = 0;
  for (; driver->session().state() == State::receiving && rounds < 100; ++rounds) {
    driver->pass_deadline();
    driver->feed(sync(3));
  }
  EXPECT_EQ(rounds, max_rewinds + 1);
  driver->run_out();
  EXPECT_EQ(driver->close_reason(), "the device goes back again and again without getting further");
}

// What does not bring the file forward does not put the question off.
TEST(SessionRecovery, EmptyDataIsNoProgress) {
  play(clip_up_to(2) + Script{{device(data({}, reference_crc(0, clip.piece(0, 2048)))), {}},
                              {deadline_passes(), {"send RESUME 3", "wait 30s"}},
                              {device(data({}, reference_crc(0, clip.piece(0, 2048)))), {}},
                              {deadline_passes(), {"abandon", "close: no DATA came in time"}}});
}

TEST(SessionRecovery, WithinAShortDataDeadlineNobodyAsks) {
  Terms terms;
  using std::chrono::seconds;
  terms.options.data_deadline = terms.options.nudge_after = seconds(7);
  play({{begins(), {"wait 60s"}},
        {device(init(photof)), {"wait 60s", "identify"}},
        {admitted(), {"send META REQ %photof", "wait 15s"}},
        {device(photo_meta()), {"send FILE REQ %photof", "wait 15s"}},
        {device(start(6)), {"wait 60s", "open"}},
        {opened(), {"send RESUME 1", "wait 2s"}},
        {device(sync(1)), {"wait 7s"}},
        {device(clip.packet(1)), {"write 0+1024", "wait 7s"}},
        {deadline_passes(), {"abandon", "close: no DATA came in time"}}},
       terms);
}

// ---- The first RESUME of a file.

TEST(SessionRecovery, AFirstResumeThatIsLostIsRepeated) {
  const Script script = photo_announced(6) + Script{{opened(), {"send RESUME 1", "wait 2s"}},
                                                    {deadline_passes(), {"send RESUME 1", "wait 2s"}},
                                                    {device(clip.from(1)), Lines{"wait 15s"} + writes(1, 6)},
                                                    {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}}};
  play(script);
  EXPECT_EQ(play_once(script)->session().counters().resumes, 1u);
}

// A slow device hears them all, and answers each.
TEST(SessionRecovery, EverySyncOfTheFirstResumesMayBeAnswered) {
  play(photo_announced(6) + Script{{opened(), {"send RESUME 1", "wait 2s"}},
                                   {deadline_passes(), {"send RESUME 1", "wait 2s"}},
                                   {deadline_passes(), {"send RESUME 1", "wait 2s"}},
                                   {device(sync(1), clip.packet(1)), {"wait 15s", "write 0+1024", "wait 15s"}},
                                   {device(sync(1), clip.packet(1)), {"wait 15s", "wait 15s"}},
                                   {device(clip.from(1)), Lines{"wait 15s", "wait 15s"} + writes(2, 6)},
                                   {stored(clip.bytes), {"send INIT REPEAT", "wait 20s"}}});
}

TEST(SessionRecovery, TheFirstResumeOfAKeptFileAsksForTheOverlapAgain) {
  play(photo_announced(6) + Script{{opened(clip.piece(0, 3072), 2048), {"send RESUME 3", "wait 2s"}},
                                   {deadline_passes(), {"send RESUME 3", "wait 2s"}},
                                   {device(clip.from(3)), Lines{"wait 15s", "wait 15s"} + writes(4, 6)}});
}

TEST(SessionRecovery, TheFirstResumeIsRepeatedNoLongerThanTheSyncDeadline) {
  Terms terms;
  using std::chrono::seconds;
  terms.options.sync_deadline = seconds(5);
  play(photo_announced(100) + Script{{opened(), {"send RESUME 1", "wait 2s"}},
                                     {deadline_passes(), {"send RESUME 1", "wait 2s"}},
                                     {deadline_passes(), {"send RESUME 1", "wait 1s"}},
                                     {deadline_passes(), {"abandon", "send CLOSE", "wait 5s"}}},
       terms);
  terms.options.sync_deadline = seconds(1);
  play(photo_announced(100) +
           Script{{opened(), {"send RESUME 1", "wait 1s"}}, {deadline_passes(), {"abandon", "send CLOSE", "wait 5s"}}},
       terms);
}

TEST(SessionRecovery, SyncZeroAndSyncOneAreTheSamePacket) {
  play_cut(photo_announced(6) + Script{{opened(), {"send RESUME 1", "wait 2s"}},
                                       {device(sync(0), clip.packets(1, 6, 1)), Lines{"wait 15s"} + writes(1, 6)}});
}

// ---- Giving up.

TEST(SessionRecovery, ResumeIsRepeatedFastThenSlowlyThenNoMore) {
  Script script = clip_up_to(2) + Script{{device(clip.bad_packet(3)), {"send RESUME 3", "wait 2s"}}};
  for (int i = 1; i < fast_resumes; ++i) script.push_back({deadline_passes(), {"send RESUME 3", "wait 2s"}});
  for (int i = fast_resumes; i < max_resumes; ++i) script.push_back({deadline_passes(), {"send RESUME 3", "wait 4s"}});
  script.push_back({deadline_passes(), {"abandon", "close: RESUME is not answered"}});
  const auto driver = play_once(script);
  EXPECT_EQ(driver->session().counters().resumes, static_cast<std::uint32_t>(max_resumes));
}

TEST(SessionRecovery, TenFailuresOnOnePacketEndTheSession) {
  Script script = clip_up_to(2);
  for (int i = 1; i < max_failures_on_packet; ++i)
    script.push_back({device(clip.bad_packet(3), sync(3)), {"send RESUME 3", "wait 2s", "wait 15s"}});
  const Script healed = script + Script{{device(clip.packets(3, 6, 3)), writes(3, 6)}};
  play_once(healed);
  // Close to the end of the file CLOSE could be taken for an acknowledgement.
  script.push_back({device(clip.bad_packet(3)), {"abandon", "close: 10 failures at 3: bad CRC or framing at 3"}});
  play_once(script);
}

TEST(SessionRecovery, TenFailuresInTheMiddleOfALongFileEndItWithClose) {
  Script script = photo_in_transfer(100);
  for (int i = 1; i < max_failures_on_packet; ++i)
    script.push_back({device(clip.bad_packet(1), sync(1)), {"send RESUME 1", "wait 2s", "wait 15s"}});
  script.push_back({device(clip.bad_packet(1)), {"abandon", "send CLOSE", "wait 5s"}});
  script.push_back({device_leaves(), {"close: 10 failures at 1: bad CRC or framing at 1"}});
  play_once(script);
}

TEST(SessionRecovery, FailuresAreCountedByPacket) {
  Script script = photo_in_transfer(6);
  for (std::uint32_t number = 1; number <= 5; ++number) {
    for (int i = 1; i < max_failures_on_packet; ++i)
      script.push_back({device(clip.bad_packet(number), sync(number)),
                        {fmt::format("send RESUME {}", number), "wait 2s", "wait 15s"}});
    script.push_back({device(clip.packet(number, number)), writes(number, number)});
  }
  play_once(script);
}

}  // namespace
}  // namespace dualcam::test
