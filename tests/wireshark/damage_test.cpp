// Whatever bytes come: no Lua error, and an end.
#include <gtest/gtest.h>

#include <cstdint>
#include <random>

#include "storage/formats/format.hpp"
#include "tests/unit/dualcam/device.hpp"
#include "tests/wireshark/capture.hpp"
#include "tests/wireshark/tshark.hpp"

namespace tests {
namespace {

using base::Bytes;
namespace camera = dualcam::test;
using camera::hex;

// Frames that lie about their length, each behind an INIT, and each with every length from 0 to 64 and some large ones.
TEST(WiresharkDamage, LengthsThatLieAreNoLuaErrors) {
  NEEDS_TSHARK();
  Capture capture;
  for (std::uint16_t command = 0; command <= 0x10; ++command)
    for (std::uint32_t length = 0; length <= 0xffff; length = length < 64 ? length + 1 : length * 4 - 1)
      for (const bool device : {true, false}) {
        capture.connect();
        capture.device(camera::init(camera::photof, length % 2 == 0 ? 5 : 6));
        capture.server(hex("000800072570686f746f66"));
        Bytes frame = camera::frame(command, Bytes(std::min<std::uint32_t>(length, 2000), 0x31));
        base::store_be(frame.data() + 2, static_cast<std::uint16_t>(length));
        device ? capture.device(frame) : capture.server(frame);
        device ? capture.device(camera::sync(1)) : capture.server(hex("0002000400000001"));
      }
  Tshark tshark;
  const std::string shown = tshark.run(capture.file(), {"-2", "-V", "-O", "dualcam"});
  EXPECT_EQ(shown.find("Lua Error"), std::string::npos) << shown.substr(shown.find("Lua Error"), 400);
  EXPECT_NE(shown.find("START with a length of 7, which it cannot have"), std::string::npos);
}

TEST(WiresharkDamage, MutatedPacketsAreNoLuaErrors) {
  NEEDS_TSHARK();
  const camera::CameraFile file(700);
  Bytes video;
  storage::append_ptmf_record(video, {.type = 'I', .payload_size = 100}, Bytes(100, 1));
  storage::append_ptmf_record(video, {.type = 'A', .payload_size = 4}, Bytes(4, 1));
  const std::vector<std::pair<bool, Bytes>> frames{
      {true, camera::init(camera::photof)},
      {false, hex("000c00020000")},
      {true, camera::path("dsm/a.jpg")},
      {false, hex("000a00072570686f746f66")},
      {true, hex("000b002804100000019a7afd1e7b03000a140078404b57f4c2b51bd640394797460242d00000019a7afd1e00")},
      {false, hex("000800072570686f746f66")},
      {true, camera::start(1)},
      {false, hex("0002000400000001")},
      {true, camera::sync(1)},
      {true, camera::data(video, camera::reference_crc(0, video))},
      {true, file.packet(1)},
      {true, camera::enhanced(0, video, camera::reference_crc(0, video))},
      {true, camera::status(17)},
      {false, hex("0009")}};
  std::mt19937 random(8);  // NOLINT(cert-msc51-cpp): the same packets every time
  Capture capture;
  for (int round = 0; round < 400; ++round) {
    capture.connect();
    for (const auto& [device, original] : frames) {
      Bytes bytes = original;
      const auto what = random() % 8;
      if (what < 3) bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
      if (what == 3) bytes.resize(1 + random() % bytes.size());
      if (what == 4) bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(random() % bytes.size()), 0);
      if (what == 5 && bytes.size() > 3) bytes[random() % 4] ^= static_cast<std::uint8_t>(1U << random() % 8);
      device ? capture.device(bytes) : capture.server(bytes);
    }
  }
  Tshark tshark;
  ASSERT_GT(capture.packets(), 5000u);
  for (const Tshark::Words& passes : {Tshark::Words{}, Tshark::Words{"-2"}}) {
    Tshark::Words words = passes;
    words.insert(words.end(), {"-V", "-O", "dualcam,ptmf"});
    const std::string shown = tshark.run(capture.file(), words);
    EXPECT_EQ(shown.find("Lua Error"), std::string::npos) << shown.substr(shown.find("Lua Error"), 400);
    EXPECT_NE(shown.find("Complete file"), std::string::npos) << "some come through";
  }
}

// Packets of which the capture holds less than was sent.
TEST(WiresharkDamage, PacketsCutByTheCapture) {
  NEEDS_TSHARK();
  const camera::CameraFile file(1000);
  Capture capture;
  capture.device(camera::init(camera::photof));
  capture.device(file.packet(1));
  Bytes cut = capture.file();
  const std::size_t last = cut.size() - (16 + 40 + file.packet(1).size());  // where the last packet's own header is
  cut.resize(cut.size() - 500);
  const auto held = static_cast<std::uint32_t>(40 + file.packet(1).size() - 500);
  for (std::size_t i = 0; i < 4; ++i) cut[last + 8 + i] = static_cast<std::uint8_t>(held >> (8 * i));
  Tshark tshark;
  const auto rows = tshark.rows(cut, {"dualcam.name", "dualcam.expert.cut", "_ws.lua.error"});
  EXPECT_EQ(column(rows, "dualcam.name"), "INIT");
  EXPECT_EQ(column(rows, "dualcam.expert.cut"), "1");
  EXPECT_EQ(column(rows, "_ws.lua.error"), "");
}

}  // namespace
}  // namespace tests
