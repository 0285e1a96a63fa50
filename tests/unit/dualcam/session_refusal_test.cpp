// Who and what is turned away at the door: traffic of other protocols, bad INITs, the device policy.
#include <gtest/gtest.h>

#include "tests/unit/dualcam/device.hpp"
#include "tests/unit/dualcam/script.hpp"

namespace dualcam::test {
namespace {

base::Bytes text(std::string_view words) {
  return {words.begin(), words.end()};
}

// Plays the bytes as the first of a connection, cut everywhere, and gives the reason of the close.
std::string reason_for(const base::Bytes& bytes) {
  const Script script{{begins(), {"wait 60s"}}, {device(bytes), {"close"}}};
  play_cut(script);
  return play_once(script)->close_reason();
}

TEST(SessionRefusal, NamesForeignTraffic) {
  EXPECT_EQ(reason_for(hex("000f 333536333037303432343431303133")),
            "AVL traffic (a tracker's login) on the camera port");
  for (const char* codec : {"08", "8e", "0c", "0d", "0e"})
    EXPECT_EQ(reason_for(join({hex("00000000 00000036"), hex(codec), base::Bytes(45, 0x11)})),
              "AVL traffic (tracker records) on the camera port");
  for (const char* request : {"GET / HTTP/1.1\r\n", "POST /x", "HEAD /", "PUT /x", "DELETE /", "OPTIONS *", "CONNECT a",
                              "PATCH /", "PRI * HTTP/2.0\r\n"})
    EXPECT_EQ(reason_for(text(request)), "HTTP on the camera port");
  for (const char* version : {"160301", "160303"})
    EXPECT_EQ(reason_for(join({hex(version), hex("0200 010001fc0303")})),
              "a TLS handshake (this listener is plain) on the camera port");
  EXPECT_EQ(reason_for(text("SSH-2.0-OpenSSH_9.2\r\n")), "SSH on the camera port");
}

TEST(SessionRefusal, QuotesBytesOfNoKnownProtocol) {
  EXPECT_EQ(reason_for(hex("deadbeef 00112233")), "the first bytes are no INIT: deadbeef");
  EXPECT_EQ(reason_for(text("SSH ")), "the first bytes are no INIT: 53534820");
  // Not a login, although it begins like one.
  EXPECT_EQ(reason_for(hex("000f 4142 434445")), "the first bytes are no INIT: 000f4142");
  EXPECT_EQ(reason_for(hex("000f 3142 434445")), "the first bytes are no INIT: 000f3142");
  EXPECT_EQ(reason_for(hex("160201 00112233")), "the first bytes are no INIT: 16020100");
  EXPECT_EQ(reason_for(hex("160305 00112233")), "the first bytes are no INIT: 16030500");
  // A frame of the device's, but not its first one.
  EXPECT_EQ(reason_for(sync(1)), "the first bytes are no INIT: 00030004");
}

TEST(SessionRefusal, ProtocolZero) {
  EXPECT_EQ(reason_for(init(photof, 0)), "INIT with protocol id 0");
}

TEST(SessionRefusal, ImeisThatAreNone) {
  for (const std::uint64_t imei : {std::uint64_t{0}, device_imei + 1, device_imei / 10, device_imei * 10,
                                   ~std::uint64_t{0}, std::uint64_t{1'000'000'000'000'000}}) {
    SCOPED_TRACE(imei);
    EXPECT_EQ(reason_for(init(photof, 5, imei)),
              "INIT with " + std::to_string(imei) + ", which is no IMEI (15 digits, Luhn check)");
  }
}

TEST(SessionRefusal, NumbersOfTheRelaysCamerasAreNoDevices) {
  EXPECT_EQ(reason_for(init(photof, 5, 1'234'567'890'128)),
            "INIT with 001234567890128, a number that no device has (it begins with 00)");
}

TEST(SessionRefusal, EveryOtherProtocolIdIsTaken) {
  for (const std::uint16_t protocol : std::initializer_list<std::uint16_t>{1, 4, 5, 6, 7, 0xffff})
    play_cut({{begins(), {"wait 60s"}}, {device(init(photof, protocol)), {"wait 60s", "identify"}}});
}

TEST(SessionRefusal, ByTheDevicePolicy) {
  play({{begins(), {"wait 60s"}},
        {device(init(photof)), {"wait 60s", "identify"}},
        {refused(), {"send CLOSE", "wait 5s"}},
        {device_leaves(), {"close: the device is not on the list"}}});
}

TEST(SessionRefusal, AnotherImeiOnTheSameConnection) {
  const CameraFile photo(100);
  const Script acknowledged =
      photo_in_transfer(1) + Script{
                                 {device(photo.packet(1)), {"write 0+100", "wait 60s", "finish 100"}},
                                 {stored(photo.bytes), {"send INIT REPEAT", "wait 20s"}},
                             };
  play_cut(acknowledged + Script{{device(init(photof, 5, other_imei)),
                                  {"close: INIT with another IMEI than before on the same connection"}}});
  play_cut(acknowledged + Script{{device(init(photof, 0)), {"close: INIT with protocol id 0"}}});
  play_cut(acknowledged + Script{{device(init(photof, 5, 12345)), {"close"}}});
}

TEST(SessionRefusal, FramingLostInTheDialogue) {
  const Script asked{{begins(), {"wait 60s"}},
                     {device(init(photof)), {"wait 60s", "identify"}},
                     {admitted(), {"send META REQ %photof", "wait 15s"}}};
  for (const char* bytes : {"ffff 0000", "000f 0004 00000000", "0001 0007 00000000000000", "0003 0003 000000",
                            "0005 0005 0000000000", "0004 0001 00", "0004 0403 00", "000e 0005 0000", "000b 1001 00",
                            "0008 0007 2570686f746f66", "000a 0000", "0000 0000 0000 0000 0000 0000 0000 0000"})
    play_cut(asked + Script{{device(hex(bytes)), {"close"}}});
}

TEST(SessionRefusal, FramesThatNobodyAskedForAreIgnoredUpToABound) {
  const CameraFile photo(3000);
  // Everything a device may have in flight does no harm, whatever the state.
  const base::Bytes chatter =
      join({sync(1), photo.packet(1), path("dsm/1.jpg"), photo.enhanced_chunk(0, 100), status(0)});
  play({{begins(), {"wait 60s"}},
        {device(init(photof)), {"wait 60s", "identify"}},
        {admitted(), {"send META REQ %photof", "wait 15s"}},
        {device(chatter, start(3)), {}},
        {device(photo_meta(), chatter), {"send FILE REQ %photof", "wait 15s"}},
        {device(start(3)), {"wait 60s", "open"}},
        {opened(), {"send RESUME 1", "wait 2s"}},
        {device(photo.packet(1), path("dsm/1.jpg"), photo_meta()), {}},
        {device(sync(1)), {"wait 15s"}}});
  const auto driver = play_once({{begins(), {"wait 60s"}},
                                 {device(init(photof)), {"wait 60s", "identify"}},
                                 {admitted(), {"send META REQ %photof", "wait 15s"}}});
  for (int i = 0; i < max_unexpected_frames; ++i) driver->feed(sync(1));
  EXPECT_EQ(driver->take_lines(), Lines{});
  driver->feed(sync(1));
  EXPECT_EQ(driver->take_lines(), (Lines{"send CLOSE", "wait 5s"}));
  driver->run_out();
  EXPECT_EQ(driver->close_reason(), "more than 64 frames that nobody asked for");
}

// What was in flight behind a file's last packet comes between 0009 and the next INIT.
TEST(SessionRefusal, LateFramesBeforeTheNextInitAreIgnored) {
  const CameraFile photo(100);
  play(photo_in_transfer(1) + Script{
                                  {device(photo.packet(1)), {"write 0+100", "wait 60s", "finish 100"}},
                                  {stored(photo.bytes), {"send INIT REPEAT", "wait 20s"}},
                                  {device(photo.from(1)), {}},
                                  {device(init(photof)), {"send META REQ %photof", "wait 15s"}},
                              });
}

}  // namespace
}  // namespace dualcam::test
