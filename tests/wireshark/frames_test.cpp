// Every frame of the protocol, from golden bytes: every field of its dissection.
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <string>
#include <vector>

#include "tests/unit/dualcam/device.hpp"
#include "tests/wireshark/capture.hpp"
#include "tests/wireshark/tshark.hpp"

namespace tests {
namespace {

using base::Bytes;
using dualcam::test::hex;

struct Golden {
  const char* what;
  bool device;
  std::vector<std::string> before;  // S or D, then the frame, of the same connection
  const char* frame;
  std::vector<std::pair<const char*, const char*>> fields;
};

const char* const dsm_init = "000000050001440f32b2173542000400";
const char* const v4 = "000b002804100000019a7afd1e7b03000a140078404b57f4c2b51bd640394797460242d00000019a7afd1e00";
const char* const path_frame = "000d001e64736d2f706963747572652f3236313132312f3130313530302e6a706700";
const char* const path_request = "0008001e64736d2f706963747572652f3236313132312f3130313530302e6a706700";

const std::vector<Golden> goldens{
    {"INIT, a photo waits",
     true,
     {},
     "000000050001440f32b2173544000400",
     {{"dualcam.cmd", "0x0000"},
      {"dualcam.name", "INIT"},
      {"dualcam.from", "device"},
      {"dualcam.protocol", "5"},
      {"dualcam.imei", "356307042441013"},
      {"dualcam.settings", "0x44000400"},
      {"dualcam.waiting.always", "1"},
      {"dualcam.waiting.photof", "1"},
      {"dualcam.waiting.photor", "0"},
      {"dualcam.waiting.videof", "0"},
      {"dualcam.waiting.videor", "0"},
      {"dualcam.waiting.path", "0"},
      {"dualcam.settings.low", "1024"}}},
    {"INIT, all four wait",
     true,
     {},
     "000000050001440f32b217357c000400",
     {{"dualcam.waiting.photof", "1"},
      {"dualcam.waiting.photor", "1"},
      {"dualcam.waiting.videof", "1"},
      {"dualcam.waiting.videor", "1"},
      {"dualcam.waiting.path", "0"}}},
    {"INIT, a path waits", true, {}, dsm_init, {{"dualcam.waiting.path", "1"}, {"dualcam.waiting.photof", "0"}}},
    {"CLOSE", false, {}, "00000000", {{"dualcam.name", "CLOSE"}, {"dualcam.from", "server"}, {"dualcam.len", "0"}}},
    {"START",
     true,
     {"S000800072570686f746f66"},
     "000100060000001e0000",
     {{"dualcam.name", "START"},
      {"dualcam.cmd", "0x0001"},
      {"dualcam.len", "6"},
      {"dualcam.size", "30"},
      {"dualcam.file_crc", "0x0000"},
      {"dualcam.file_name", "%photof"},
      {"dualcam.imei", "356307042441013"},
      {"dualcam.request_in", "2"},
      {"dualcam.answer_time", "0.010000000"}}},
    {"RESUME",
     false,
     {"S000800072570686f746f66"},
     "0002000400000003",
     {{"dualcam.name", "RESUME"}, {"dualcam.from", "server"}, {"dualcam.position", "3"}, {"dualcam.offset", "2048"}}},
    {"RESUME 0 is RESUME 1",
     false,
     {"S000800072570686f746f66"},
     "0002000400000000",
     {{"dualcam.position", "0"}, {"dualcam.offset", "0"}}},
    {"SYNC",
     true,
     {"S000800072570686f746f66", "S0002000400000001"},
     "0003000400000001",
     {{"dualcam.name", "SYNC"}, {"dualcam.position", "1"}, {"dualcam.offset", "0"}, {"dualcam.request_in", "3"}}},
    {"STATUS completed",
     false,
     {},
     "0005000400000000",
     {{"dualcam.name", "STATUS"}, {"dualcam.from", "server"}, {"dualcam.status", "0"}}},
    {"STATUS 17",
     true,
     {"S000800072570686f746f66"},
     "0005000400000011",
     {{"dualcam.status", "17"},
      {"dualcam.from", "device"},
      {"dualcam.request_in", "2"},
      {"dualcam.expert.status", "1"}}},
    {"FILE REQUEST",
     false,
     {},
     "000800072570686f746f66",
     {{"dualcam.name", "FILE REQUEST"}, {"dualcam.identifier", "%photof"}, {"dualcam.len", "7"}}},
    {"INIT REPEAT",
     false,
     {},
     "0009",
     {{"dualcam.name", "INIT REPEAT"}, {"dualcam.cmd", "0x0009"}, {"dualcam.len", ""}}},
    {"META REQUEST",
     false,
     {},
     "000a000725766964656f66",
     {{"dualcam.name", "META REQUEST"}, {"dualcam.identifier", "%videof"}}},
    {"META v1",
     true,
     {"S000a00072570686f746f66"},
     "000b000d01040000019a7afd1e7b090000",
     {{"dualcam.name", "META"},
      {"dualcam.meta.form", "dualcam"},
      {"dualcam.meta.version", "1"},
      {"dualcam.meta.type", "0x04"},
      {"dualcam.meta.captured", "Nov 13, 2025 02:13:20.123000000 UTC"},
      {"dualcam.meta.trigger", "9"},
      {"dualcam.meta.duration", "0"},
      {"dualcam.meta.frame_rate", ""}}},
    {"META v4",
     true,
     {"S000a000725766964656f66"},
     v4,
     {{"dualcam.meta.version", "4"},
      {"dualcam.meta.type", "0x10"},
      {"dualcam.meta.trigger", "3"},
      {"dualcam.meta.duration", "10"},
      {"dualcam.meta.frame_rate", "20"},
      {"dualcam.meta.time_zone", "120"},
      {"dualcam.meta.latitude", "54.687157"},
      {"dualcam.meta.longitude", "25.279652"},
      {"dualcam.meta.triggered", "Nov 13, 2025 02:13:20.000000000 UTC"}}},
    {"META ADAS",
     true,
     {"D000d000a6d646173392f612e6a00", "S000a0000"},
     "000b000f 69153e80 01 05 0342764a 0181bc40 07",
     {{"dualcam.meta.form", "adas"},
      {"dualcam.meta.captured", "Nov 13, 2025 02:12:16.000000000 UTC"},
      {"dualcam.meta.kind", "1"},
      {"dualcam.meta.trigger", "5"},
      {"dualcam.meta.latitude", "54.687306"},
      {"dualcam.meta.longitude", "25.279552"},
      {"dualcam.meta.duration", "7"}}},
    {"META DSM",
     true,
     {std::string("D") + path_frame, "S000a0000"},
     "000b001a 69153e80 00 0d 0342764a 0181bc40 0009 2020206e69746e656c61",
     {{"dualcam.meta.form", "dsm"},
      {"dualcam.meta.kind", "0"},
      {"dualcam.meta.trigger", "13"},
      {"dualcam.meta.events", "0x0009"},
      {"dualcam.meta.event.drowsiness", "1"},
      {"dualcam.meta.event.distraction", "0"},
      {"dualcam.meta.event.phone", "1"},
      {"dualcam.meta.driver", "alentin"}}},
    {"META JSON",
     true,
     {},
     "000b0010 7b226475726174696f6e223a20357d0a",
     {{"dualcam.meta.form", "json"}, {"dualcam.meta.json", "{\"duration\": 5}?"}}},
    {"PATH REQUEST", false, {}, "000c00020000", {{"dualcam.name", "PATH REQUEST"}, {"dualcam.len", "2"}}},
    {"PATH",
     true,
     {"S000c00020000"},
     path_frame,
     {{"dualcam.name", "PATH"}, {"dualcam.path", "dsm/picture/261121/101500.jpg"}, {"dualcam.request_in", "2"}}},
    {"FILE REQUEST by path",
     false,
     {std::string("D") + path_frame},
     path_request,
     {{"dualcam.identifier", "dsm/picture/261121/101500.jpg"}, {"dualcam.file_name", "dsm/picture/261121/101500.jpg"}}},
    {"RESUME by path counts bytes",
     false,
     {std::string("S") + path_request},
     "0002000400000400",
     {{"dualcam.position", "1024"}, {"dualcam.offset", "1024"}}},
    {"an empty DATA",
     true,
     {"S000800072570686f746f66", "D0003000400000001"},
     "000400020000",
     {{"dualcam.name", "DATA"}, {"dualcam.data_len", "0"}, {"dualcam.crc", "0x0000"}, {"dualcam.crc.ok", "1"}}},
    {"DATA",
     true,
     {"S000800072570686f746f66", "D000100060000001e0000", "D0003000400000002"},
     "0004000b 313233343536373839 2189",
     {{"dualcam.data", "313233343536373839"},
      {"dualcam.data_len", "9"},
      {"dualcam.offset", "1024"},
      {"dualcam.packet", "2"},
      {"dualcam.crc", "0x2189"},
      {"dualcam.crc.ok", "1"},
      {"dualcam.crc.expected", "0x2189"}}},
    {"ENHANCED DATA",
     true,
     {},
     "000e000f 00000800 313233343536373839 2189",
     {{"dualcam.name", "ENHANCED DATA"},
      {"dualcam.offset", "2048"},
      {"dualcam.data", "313233343536373839"},
      {"dualcam.data_len", "9"},
      {"dualcam.crc", "0x2189"},
      {"dualcam.crc.ok", "1"}}},
};

TEST(WiresharkFrames, EveryFieldOfEveryFrame) {
  NEEDS_TSHARK();
  Capture capture;
  std::vector<unsigned> packets;  // of each golden frame
  std::vector<std::string> fields{"frame.number"};
  for (const Golden& golden : goldens) {
    capture.connect();
    if (std::string(golden.what).find("INIT,") == std::string::npos) capture.device(hex(goldens[0].frame));
    for (const std::string& before : golden.before) {
      const Bytes bytes = hex(before.substr(1));
      before[0] == 'D' ? capture.device(bytes) : capture.server(bytes);
    }
    golden.device ? capture.device(hex(golden.frame)) : capture.server(hex(golden.frame));
    packets.push_back(capture.packets());
    for (const auto& [name, value] : golden.fields) fields.emplace_back(name);
  }
  Tshark tshark;
  // Two passes give what one gives.
  for (const Tshark::Words& passes : {Tshark::Words{}, Tshark::Words{"-2"}}) {
    const std::vector<Row> rows = tshark.rows(capture.file(), fields, passes);
    ASSERT_EQ(rows.size(), capture.packets());
    for (std::size_t i = 0; i < goldens.size(); ++i)
      for (const auto& [name, value] : goldens[i].fields) {
        std::string expected = value;
        if (name == std::string_view("dualcam.request_in"))  // counted from the connection's first packet
          expected = std::to_string(packets[i] - goldens[i].before.size() - 2 + std::stoul(expected));
        EXPECT_EQ(rows[packets[i] - 1].at(name), expected) << goldens[i].what << ": " << name;
      }
  }
}

}  // namespace
}  // namespace tests
