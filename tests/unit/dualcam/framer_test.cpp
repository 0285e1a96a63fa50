// Frames found in bytes, retransmissions found in broken frames, foreign traffic told by its first bytes.
#include "server/dualcam/framer.hpp"

#include <gtest/gtest.h>

#include "tests/unit/dualcam/device.hpp"

namespace dualcam {
namespace {

using base::Bytes;
using base::ByteView;
using test::CameraFile;
using test::hex;
using test::join;

TEST(Framer, AFrameIsIncompleteUntilItsLastByte) {
  const CameraFile file(1500);
  for (const Bytes& frame : {test::start(3), test::sync(1), test::status(4), test::photo_meta(),
                             test::path("dsm/1.jpg"), file.packet(1), file.packet(2), file.enhanced_chunk(0, 1500)}) {
    for (std::size_t size = 0; size < frame.size(); ++size)
      EXPECT_EQ(next_frame(ByteView(frame).first(size)).framing, Framing::incomplete);
    const Bytes and_more = join({frame, hex("ffff")});
    for (const ByteView in : {ByteView(frame), ByteView(and_more)}) {
      const FramingResult result = next_frame(in);
      ASSERT_EQ(result.framing, Framing::whole);
      EXPECT_EQ(result.frame.size, frame.size());
      EXPECT_EQ(static_cast<unsigned>(result.frame.command), frame[1]);
      EXPECT_EQ(result.frame.body.size(), frame.size() - 4);
      EXPECT_EQ(result.frame.body.data(), in.data() + 4);
    }
  }
}

TEST(Framer, LengthsAreCheckedAgainstTheCommand) {
  struct Row {
    std::uint16_t command;
    std::size_t lowest;
    std::size_t highest;
  };
  for (const Row& row : {Row{0x1, 6, 6}, Row{0x3, 4, 4}, Row{0x4, 2, 1026}, Row{0x5, 4, 4}, Row{0xb, 0, 4096},
                         Row{0xd, 1, 256}, Row{0xe, 6, 16390}}) {
    for (const std::size_t length :
         {std::size_t{0}, row.lowest - 1, row.lowest, row.highest, row.highest + 1, std::size_t{0xffff}}) {
      if (length > 0xffff) continue;
      Bytes frame(4 + length);
      base::store_be(frame.data(), row.command);
      base::store_be(frame.data() + 2, static_cast<std::uint16_t>(length));
      const bool good = length >= row.lowest && length <= row.highest;
      EXPECT_EQ(next_frame(frame).framing, good ? Framing::whole : Framing::lost) << row.command << ' ' << length;
    }
  }
}

TEST(Framer, AnythingElseIsLostFromItsSecondByteOn) {
  for (const char* bytes : {"0000", "0002", "0006", "0008", "0009", "000a", "000c", "000f", "0100", "ffff"})
    EXPECT_EQ(next_frame(hex(bytes)).framing, Framing::lost) << bytes;
}

TEST(Framer, DataIsTakenApart) {
  const Bytes plain = hex("0004 0005 aabbcc 1234");
  const DataView plain_data = data_of(next_frame(plain).frame);
  EXPECT_EQ(plain_data.offset, std::nullopt);
  EXPECT_EQ(base::to_hex(plain_data.bytes), "aabbcc");
  EXPECT_EQ(plain_data.crc, 0x1234);
  const Bytes placed = hex("000e 0007 00000400 cc 1234");
  const DataView placed_data = data_of(next_frame(placed).frame);
  EXPECT_EQ(placed_data.offset, 0x400u);
  EXPECT_EQ(base::to_hex(placed_data.bytes), "cc");
  EXPECT_EQ(placed_data.crc, 0x1234);
  for (const Bytes& empty : {hex("0004 0002 0000"), hex("000e 0006 00000000 0000")})
    EXPECT_TRUE(data_of(next_frame(empty).frame).bytes.empty());
}

TEST(Framer, TheChainOfPlainDataAndTheOwnCrcOfEnhanced) {
  const CameraFile file(2048);
  const Bytes second = file.packet(2);
  const DataView data = data_of(next_frame(second).frame);
  const std::uint16_t running = test::reference_crc(0, file.packet_bytes(1));
  EXPECT_TRUE(continues(data, {.running_crc = running}));
  EXPECT_FALSE(continues(data, {.running_crc = 0}));
  const Bytes chunk = file.enhanced_chunk(1024, 1024);
  EXPECT_TRUE(continues(data_of(next_frame(chunk).frame), {.running_crc = running}));
}

TEST(Framer, FindsBytes) {
  EXPECT_EQ(find_bytes(hex("0102030405"), hex("0304")), 2u);
  EXPECT_EQ(find_bytes(hex("01020304"), hex("0405")), 4u);
  EXPECT_EQ(find_bytes({}, hex("04")), 0u);
}

// ---- Retransmissions.

const CameraFile file(2 * 1024 + 300);
const WantedData second_packet{.min_length = 1024, .running_crc = test::reference_crc(0, file.packet_bytes(1))};

Bytes broken(std::size_t at) {
  const Bytes packet = file.packet(2);
  return join({Bytes(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(at)), packet});
}

TEST(Framer, FindsTheRetransmission) {
  const Bytes in = broken(580);
  const SearchResult result = find_retransmission(in, 1030, second_packet);
  EXPECT_EQ(result.search, Search::found);
  EXPECT_EQ(result.at, 580u);
}

TEST(Framer, WaitsForTheRestOfARetransmission) {
  const Bytes in = broken(580);
  for (std::size_t size = 1030; size < in.size(); ++size) {
    const SearchResult result = find_retransmission(ByteView(in).first(size), 1030, second_packet);
    ASSERT_EQ(result.search, Search::incomplete) << size;
  }
}

TEST(Framer, NeverLooksAtTheFrontNorWaitsBehindTheRange) {
  EXPECT_EQ(find_retransmission(file.packet(2), 0, second_packet).search, Search::none);
  const Bytes bad = file.bad_packet(2);
  EXPECT_EQ(find_retransmission(join({bad, hex("0004")}), bad.size(), second_packet).search, Search::none);
  // Right behind it is looked at.
  EXPECT_EQ(find_retransmission(join({bad, file.packet(2)}), bad.size(), second_packet).at, bad.size());
}

TEST(Framer, TakesOnlyWhatContinuesAndFits) {
  const Bytes in = broken(580);
  WantedData other_chain = second_packet;
  other_chain.running_crc ^= 1;
  EXPECT_EQ(find_retransmission(in, 1030, other_chain).search, Search::none);
  WantedData shorter = second_packet;
  shorter.min_length = 1;
  shorter.max_length = 1023;
  EXPECT_EQ(find_retransmission(in, 1030, shorter).search, Search::none);
  WantedData longer = second_packet;
  longer.min_length = 1025;
  EXPECT_EQ(find_retransmission(in, 1030, longer).search, Search::none);
}

TEST(Framer, EnhancedRetransmissionsMustBeOfTheirPlace) {
  const Bytes chunk = file.enhanced_chunk(1024, 1024);
  const Bytes in = join({Bytes(chunk.begin(), chunk.begin() + 100), chunk});
  WantedData wanted{.command = Command::enhanced_data, .offset = 1024};
  EXPECT_EQ(find_retransmission(in, chunk.size(), wanted).at, 100u);
  wanted.offset = 1025;
  EXPECT_EQ(find_retransmission(in, chunk.size(), wanted).search, Search::none);
}

TEST(Framer, FalseHeadersAreTriedOnlySoOften) {
  Bytes in;
  for (int i = 0; i < 8; ++i) in = join({in, hex("0004 0003 ee 1234")});
  EXPECT_EQ(find_retransmission(join({hex("ff"), in, file.packet(1)}), 4096, {.min_length = 1}).search, Search::none);
  in.resize(in.size() - 7);
  EXPECT_EQ(find_retransmission(join({hex("ff"), in, file.packet(1)}), 4096, {.min_length = 1}).search, Search::found);
}

// ---- Foreign traffic.

TEST(Framer, ForeignTrafficNeedsFourBytes) {
  EXPECT_EQ(recognise_foreign_traffic(base::as_bytes("GET")), "");
  EXPECT_EQ(recognise_foreign_traffic(base::as_bytes("GET ")), "HTTP");
  EXPECT_EQ(recognise_foreign_traffic({}), "");
}

TEST(Framer, RecordsAreToldByTheirCodec) {
  EXPECT_EQ(recognise_foreign_traffic(hex("00000000 00000036")), "");
  EXPECT_EQ(recognise_foreign_traffic(hex("00000000 00000036 08")), "AVL traffic (tracker records)");
  EXPECT_EQ(recognise_foreign_traffic(hex("00000000 00000036 07")), "");
  EXPECT_EQ(recognise_foreign_traffic(hex("00000005 0001440f 08 b21735")), "");
}

}  // namespace
}  // namespace dualcam
