// What is known only over many packets: files put together, offsets, cuts, breaks, captures that begin in the middle.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "server/base/bytes.hpp"
#include "tests/unit/dualcam/device.hpp"
#include "tests/wireshark/capture.hpp"
#include "tests/wireshark/tshark.hpp"

namespace tests {
namespace {

using base::Bytes;
using base::ByteView;
namespace camera = dualcam::test;
using camera::CameraFile;
using camera::hex;

const Bytes ask_photo = hex("000800072570686f746f66");
const Bytes ask_video = hex("0008000725766964656f66");
const Bytes resume_1 = hex("0002000400000001");
const Bytes init_repeat = hex("0009");

struct Said {
  bool device;
  Bytes bytes;
};
using Dialogue = std::vector<Said>;

void play(Capture& capture, const Dialogue& dialogue) {
  for (const Said& said : dialogue) said.device ? capture.device(said.bytes) : capture.server(said.bytes);
}

// A photo, whole: identifiers, packets of 1024 bytes.
Dialogue photo(const CameraFile& file) {
  Dialogue all{{true, camera::init(camera::photof)},
               {false, ask_photo},
               {true, camera::start(file.packet_count())},
               {false, resume_1},
               {true, camera::sync(1)}};
  for (std::uint32_t number = 1; number <= file.packet_count(); ++number) all.push_back({true, file.packet(number)});
  all.push_back({false, init_repeat});
  all.push_back({true, camera::init(camera::nothing)});
  all.push_back({false, hex("00000000")});
  return all;
}

Dialogue by_path(const CameraFile& file, std::uint16_t protocol) {
  const std::string name = protocol >= 6 ? "dashcam/a.mp4" : "mdas9/a.mp4";
  Bytes ask = camera::path(name);
  ask[1] = 0x08;
  const auto size = static_cast<std::uint32_t>(file.bytes.size());
  Dialogue all{{true, camera::init(camera::by_path, protocol)},
               {false, hex("000c00020000")},
               {true, camera::path(name)},
               {false, ask},
               {true, camera::start(size)},
               {false, hex("0002000400000000")},
               {true, camera::sync(0)}};
  for (std::size_t at = 0; at < file.bytes.size(); at += 1000)
    all.push_back({true, protocol >= 6 ? file.enhanced_chunk(at, 1000) : file.chunk(at, 1000)});
  all.push_back({false, init_repeat});
  return all;
}

class WiresharkConversation : public testing::Test {
 protected:
  void SetUp() override { NEEDS_TSHARK(); }
  std::vector<Row> rows(const Tshark::Words& arguments = {}) {
    return tshark.rows(
        capture.file(),
        {"dualcam.name", "dualcam.offset", "dualcam.crc.ok", "dualcam.file", "dualcam.file_name",
         "dualcam.retransmission", "dualcam.broken", "dualcam.unframed", "dualcam.stray", "dualcam.expert.pieced",
         "dualcam.expert.gap", "dualcam.answer_in", "_ws.lua.error", "_ws.col.Info", "dualcam.expert.wrong_port"},
        arguments);
  }
  Capture capture;
  Tshark tshark;
};

TEST_F(WiresharkConversation, FilesOfEveryDialectComeOutWhole) {
  const CameraFile file(2500);
  capture.connect();
  play(capture, photo(file));
  for (const std::uint16_t protocol : std::to_array<std::uint16_t>({5, 6})) {
    capture.connect();
    play(capture, by_path(file, protocol));
  }
  const auto all = rows();
  const std::string whole = base::to_hex(file.bytes);
  EXPECT_EQ(column(all, "dualcam.file"), whole + "," + whole + "," + whole);
  EXPECT_EQ(column(all, "dualcam.crc.ok"), "1,1,1,1,1,1,1,1,1");
  EXPECT_EQ(column(all, "dualcam.unframed"), "");
}

TEST_F(WiresharkConversation, TheInfoColumnSaysItInPlainWords) {
  const CameraFile file(2500);
  capture.connect();
  play(capture, photo(file));
  capture.connect();
  play(capture, by_path(file, 6));
  const auto all = rows();
  EXPECT_EQ(all[0].at("_ws.col.Info"), "INIT of 356307042441013, protocol 5: %photof waits");
  EXPECT_EQ(all[2].at("_ws.col.Info"), "START 3 packets (%photof)");
  EXPECT_EQ(all[6].at("_ws.col.Info"), "DATA 1024 bytes at 1024, packet 2 of 3 (%photof)");
  EXPECT_EQ(all[10].at("_ws.col.Info"), "CLOSE");
  EXPECT_EQ(all[19].at("_ws.col.Info"), "ENHANCED DATA 1000 bytes at 1000 of 2500 (dashcam/a.mp4)");
}

TEST_F(WiresharkConversation, RequestsKnowTheirAnswers) {
  capture.connect();
  play(capture, photo(CameraFile(100)));
  const auto all = rows({"-2"});
  EXPECT_EQ(column(all, "dualcam.answer_in"), "3,5,8") << "FILE REQUEST, RESUME, INIT REPEAT";
}

TEST_F(WiresharkConversation, SeveralFilesInOneConnection) {
  const CameraFile first(1500, 1), second(1500, 2);
  capture.connect();
  Dialogue both = photo(first);
  both.pop_back();
  both.pop_back();
  const Dialogue next = photo(second);
  both.insert(both.end(), next.begin(), next.end());
  play(capture, both);
  const auto all = rows();
  EXPECT_EQ(column(all, "dualcam.file"), base::to_hex(first.bytes) + "," + base::to_hex(second.bytes));
  EXPECT_EQ(column(all, "dualcam.retransmission"), "");
}

// Each frame of each dialogue, cut in two segments at every byte: the same as uncut.
TEST_F(WiresharkConversation, AnyCutGivesTheSame) {
  const CameraFile file(60);
  for (const Dialogue& dialogue : {photo(file), by_path(file, 5), by_path(file, 6)}) {
    Capture cuts;
    play(cuts, dialogue);
    unsigned expected = 1;
    for (std::size_t frame = 0; frame < dialogue.size(); ++frame)
      for (std::size_t at = 1; at < dialogue[frame].bytes.size(); ++at) {
        cuts.connect();
        ++expected;
        for (std::size_t i = 0; i < dialogue.size(); ++i) {
          const auto& [device, bytes] = dialogue[i];
          if (i != frame)
            device ? cuts.device(bytes) : cuts.server(bytes);
          else
            device ? cuts.device_cut(bytes, at) : cuts.server_cut(bytes, at);
        }
      }
    const Tshark::Words fields{"tcp.stream",     "dualcam.name",     "dualcam.from",          "dualcam.len",
                               "dualcam.size",   "dualcam.position", "dualcam.offset",        "dualcam.data",
                               "dualcam.crc",    "dualcam.crc.ok",   "dualcam.path",          "dualcam.imei",
                               "dualcam.packet", "dualcam.file",     "dualcam.identifier",    "dualcam.unframed",
                               "_ws.lua.error",  "dualcam.cut",      "dualcam.retransmission"};
    std::map<std::string, std::vector<Row>> streams;
    for (Row& row : tshark.rows(cuts.file(), fields)) streams[row.at("tcp.stream")].push_back(std::move(row));
    ASSERT_EQ(streams.size(), expected);
    ASSERT_NE(column(streams["0"], "dualcam.file"), "");
    for (const auto& [stream, packets] : streams)
      for (auto field = fields.begin() + 1; field != fields.end(); ++field)
        ASSERT_EQ(column(packets, *field), column(streams["0"], *field)) << "stream " << stream << ", " << *field;
  }
}

TEST_F(WiresharkConversation, AllInOneSegmentGivesTheSame) {
  const CameraFile file(5000);
  Bytes together = camera::sync(1);
  for (std::uint32_t number = 1; number <= file.packet_count(); ++number)
    together = camera::join({together, file.packet(number)});
  capture.device(camera::init(camera::photof));
  capture.server(ask_photo);
  capture.device(camera::start(file.packet_count()));
  capture.server(resume_1);
  capture.device(together);
  const auto all = rows();
  EXPECT_EQ(column(all, "dualcam.offset"), "0,0,0,1024,2048,3072,4096");
  EXPECT_EQ(column(all, "dualcam.file"), base::to_hex(file.bytes));
}

TEST_F(WiresharkConversation, ABadChecksumIsFlaggedAndWhatIsSentAgainToo) {
  const CameraFile file(3000);
  play(capture, {{true, camera::init(camera::photof)},
                 {false, ask_photo},
                 {true, camera::start(3)},
                 {false, resume_1},
                 {true, camera::sync(1)},
                 {true, file.packet(1)},
                 {true, file.bad_packet(2)},
                 {false, hex("0002000400000002")},
                 {true, file.packet(3)},
                 {true, camera::sync(1)},
                 {true, file.packets(1, 3, 1)}});
  const auto all = rows();
  EXPECT_EQ(column(all, "dualcam.crc.ok"), "1,0,1,1,1,1") << "the one in flight chains from what it followed";
  EXPECT_EQ(all[8].at("dualcam.offset"), "") << "nobody knows where the one in flight belongs";
  EXPECT_EQ(all[6].at("_ws.col.Info"), "DATA 1024 bytes at 1024, packet 2 of 3, BAD CRC (%photof)");
  EXPECT_EQ(all[10].at("dualcam.retransmission"), "1,1");
  EXPECT_EQ(column(all, "dualcam.file"), base::to_hex(file.bytes));
}

TEST_F(WiresharkConversation, AFrameBrokenOffIsToldFromItsRetransmission) {
  const CameraFile file(3000);
  Bytes broken = file.packet(2);
  broken.resize(580);
  play(capture, {{true, camera::init(camera::photof)},
                 {false, ask_photo},
                 {true, camera::start(3)},
                 {false, resume_1},
                 {true, camera::join({camera::sync(1), file.packet(1)})},
                 {true, broken},
                 {true, file.packets(2, 3, 1)}});
  const auto all = rows();
  EXPECT_EQ(column(all, "dualcam.broken"), base::to_hex(broken));
  EXPECT_EQ(column(all, "dualcam.crc.ok"), "1,0,1,1");
  EXPECT_EQ(column(all, "dualcam.file"), base::to_hex(file.bytes));
}

TEST_F(WiresharkConversation, AFileThatGoesOnInTheNextConnection) {
  const CameraFile file(4000);
  play(capture, {{true, camera::init(camera::photof)},
                 {false, ask_photo},
                 {true, camera::start(4)},
                 {false, resume_1},
                 {true, camera::sync(1)},
                 {true, file.packets(1, 2, 1)}});
  capture.connect();
  play(capture, {{true, camera::init(camera::photof)},
                 {false, ask_photo},
                 {true, camera::start(4)},
                 {false, hex("0002000400000002")},
                 {true, file.from(2)}});
  const auto all = rows();
  EXPECT_EQ(column(all, "dualcam.file"), base::to_hex(file.bytes));
  EXPECT_EQ(column(all, "dualcam.expert.pieced"), "1");
  EXPECT_EQ(column(all, "dualcam.retransmission"), "1") << "the overlap of one packet";
}

TEST_F(WiresharkConversation, TheEndOfAFileAloneIsNoFile) {
  const CameraFile file(4000);
  play(capture, {{true, camera::init(camera::photof)},
                 {false, ask_photo},
                 {true, camera::start(4)},
                 {false, hex("0002000400000003")},
                 {true, file.from(3)}});
  const auto all = rows();
  EXPECT_EQ(column(all, "dualcam.file"), "");
  EXPECT_EQ(column(all, "dualcam.expert.gap"), "1");
}

TEST_F(WiresharkConversation, AByteMoreThanMetaSays) {
  play(capture, {{true, camera::init(camera::photof)},
                 {false, hex("000a00072570686f746f66")},
                 {true, hex("000b000d 02 04 0000019a7afd1e7b 09 0000 00")},
                 {false, ask_photo},
                 {true, camera::start(1)}});
  const auto all = rows();
  EXPECT_EQ(column(all, "dualcam.stray"), "0");
  EXPECT_EQ(column(all, "dualcam.name"), "INIT,META REQUEST,META,FILE REQUEST,START");
}

// From the middle of a DATA on, at a port nobody knows.
TEST_F(WiresharkConversation, ACaptureThatBeginsInTheMiddle) {
  const CameraFile file(5000);
  const Bytes second = file.packet(2);
  capture.connect(9999);
  capture.device(ByteView(second).subspan(300));
  capture.device(file.packet(3));
  capture.device(file.packet(4));
  capture.server(init_repeat);
  EXPECT_EQ(column(rows(), "dualcam.name"), "") << "no INIT, and nobody said what it is";
  const auto all = rows({"-d", "tcp.port==9999,dualcam"});
  EXPECT_EQ(column(all, "dualcam.name"), "DATA,DATA,INIT REPEAT");
  EXPECT_EQ(column(all, "dualcam.unframed"), base::to_hex(ByteView(second).subspan(300)));
  EXPECT_EQ(column(all, "dualcam.crc.ok"), "1") << "the first chains from what nobody saw";
}

TEST_F(WiresharkConversation, AnyPortIsFoundByItsInit) {
  const CameraFile file(1500);
  capture.connect(40'123);
  play(capture, photo(file));
  EXPECT_EQ(column(rows(), "dualcam.file"), base::to_hex(file.bytes));
}

TEST_F(WiresharkConversation, BytesThatTheCaptureLacksCostNoMoreThanTheirFile) {
  const CameraFile file(4000);
  play(capture, {{true, camera::init(camera::photof)},
                 {false, ask_photo},
                 {true, camera::start(4)},
                 {false, resume_1},
                 {true, camera::sync(1)},
                 {true, file.packet(1)}});
  capture.device_unseen(file.packet(2).size() + 30);
  capture.device(ByteView(file.packet(3)).subspan(30));
  play(capture, {{true, file.packet(4)}, {false, init_repeat}, {true, camera::init(camera::nothing)}});
  const auto all = rows();
  EXPECT_EQ(column(all, "dualcam.name").substr(column(all, "dualcam.name").size() - 21), "DATA,INIT REPEAT,INIT");
  EXPECT_EQ(column(all, "dualcam.file"), "");
}

TEST_F(WiresharkConversation, PreferencesAreHeeded) {
  const CameraFile file(1500);
  capture.connect(9999);
  play(capture, {{true, camera::sync(1)}, {true, file.bad_packet(1)}});
  EXPECT_EQ(column(rows({"-o", "dualcam.ports:9000-9999"}), "dualcam.crc.ok"), "0");
  const auto unverified = rows({"-o", "dualcam.ports:9999", "-o", "dualcam.verify:FALSE"});
  EXPECT_EQ(column(unverified, "dualcam.name"), "SYNC,DATA");
  EXPECT_EQ(column(unverified, "dualcam.crc.ok"), "");
}

TEST_F(WiresharkConversation, TrackersAtTheCameraPortAreNamed) {
  capture.device(hex("000f333536333037303432343431303133"));
  const auto all = rows();
  EXPECT_EQ(column(all, "dualcam.expert.wrong_port"), "1");
  EXPECT_EQ(all[0].at("_ws.col.Info"), "AVL traffic on the camera port: a tracker's login");
}

}  // namespace
}  // namespace tests
