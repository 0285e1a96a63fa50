// What is no camera, or a camera gone mad: each gets a reason in the log and an end, and another camera that uploads
// meanwhile notices nothing.
#include <algorithm>
#include <random>

#include "tests/e2e/fixture.hpp"

namespace e2e {
namespace {

using dualcam::FileClass;

base::Bytes text(std::string_view words) {
  const auto bytes = base::as_bytes(words);
  return {bytes.begin(), bytes.end()};
}

base::Bytes hex(std::string_view digits) {
  return base::from_hex(digits).value();
}

base::Bytes random_bytes(std::size_t size) {
  std::mt19937 random(7);
  base::Bytes bytes(size);
  std::ranges::generate(bytes, [&] { return static_cast<std::uint8_t>(random()); });
  return bytes;
}

class BadInput : public EndToEnd {
 protected:
  // A peer that says `bytes` is put out, and the log has `reason`.
  void expect_put_out(const base::Bytes& bytes, std::string_view reason) {
    Bystander other(server());
    tests::ClientSocket peer(server().port());
    ASSERT_TRUE(peer.connected());
    peer.send(bytes);  // may break off: the server need not hear it out
    EXPECT_TRUE(peer.ended());
    EXPECT_TRUE(server().wait_log(reason)) << "wanted: " << reason;
    other.expect_undisturbed();
  }

  // A camera that gives this path to PATH REQ.
  void expect_path_refused(std::string_view path) {
    SCOPED_TRACE(base::printable(base::as_bytes(path)));
    WireCamera camera(server(), imei(1));
    ASSERT_TRUE(camera.init({FileClass::path}));
    const auto request = camera.next();
    ASSERT_TRUE(request && request->command == dualcam::Command::path_request);
    ASSERT_TRUE(camera.socket().send(dualcam::encode_path(base::as_bytes(path)).view()));
    EXPECT_TRUE(camera.told_to_leave());
    camera.socket().shut_sending();
    EXPECT_TRUE(camera.ended());
  }
};

TEST_F(BadInput, RandomBytes) {
  start();
  expect_put_out(random_bytes(4096), "the first bytes are no INIT");
}

TEST_F(BadInput, RandomBytesWhereAFrameIsDue) {
  start();
  Bystander other(server());
  WireCamera camera(server(), imei(1));
  ASSERT_TRUE(camera.init({FileClass::photo_front}));
  camera.socket().send(random_bytes(200'000));
  EXPECT_TRUE(camera.ended());
  EXPECT_TRUE(server().wait_log("unexpected bytes while awaiting META"));
  other.expect_undisturbed();
}

TEST_F(BadInput, RandomBytesInPlaceOfData) {
  start({"--data-timeout", "1s"});
  Bystander other(server());
  WireCamera camera(server(), imei(1));
  const CameraFile file = make_file(1);
  ASSERT_TRUE(camera.offer(file));
  ASSERT_TRUE(camera.send_packets(file, 1, 2));
  camera.socket().send(random_bytes(1'000'000));
  camera.socket().shut_sending();
  EXPECT_TRUE(camera.ended());
  other.expect_undisturbed();
  EXPECT_TRUE(stored(imei(1)).empty());
}

TEST_F(BadInput, AvlLoginAndRecords) {
  start();
  expect_put_out(hex("000f333536333037303432343431303133"), "AVL traffic (a tracker's login) on the camera port");
  expect_put_out(hex("000000000000003608010000016b40d8ea30010000000000000000000000000000000105021503010101425e0f"),
                 "AVL traffic (tracker records) on the camera port");
}

TEST_F(BadInput, HttpRequest) {
  start();
  expect_put_out(text("GET / HTTP/1.1\r\nHost: here\r\n\r\n"), "HTTP on the camera port");
}

TEST_F(BadInput, TlsHelloOnThePlainPort) {
  start();
  Bystander other(server());
  tests::ClientSocket peer(server().port());
  EXPECT_FALSE(peer.start_tls());
  EXPECT_TRUE(server().wait_log("a TLS handshake (this listener is plain) on the camera port"));
  other.expect_undisturbed();
}

TEST_F(BadInput, ImeiThatFailsLuhn) {
  start();
  const dualcam::Frame init =
      dualcam::encode_init({.protocol = 5, .imei = imei(1) + 1, .settings = dualcam::settings_always});
  expect_put_out({init.view().begin(), init.view().end()}, "which is no IMEI");
}

TEST_F(BadInput, ProtocolZero) {
  start();
  const dualcam::Frame init =
      dualcam::encode_init({.protocol = 0, .imei = imei(1), .settings = dualcam::settings_always});
  expect_put_out({init.view().begin(), init.view().end()}, "protocol id 0");
}

TEST_F(BadInput, SizeOfFourGigabytes) {
  start();
  Bystander other(server());
  const std::uint64_t before = server().resident_bytes();
  for (const std::uint32_t packets : {0xffffffffU, 4U << 20}) {
    WireCamera camera(server(), imei(1));
    ASSERT_TRUE(camera.init({FileClass::photo_front}));
    ASSERT_TRUE(camera.next());
    base::Bytes meta;
    dualcam::append_meta(meta, hex("010400000199aabbccdd000000"));
    ASSERT_TRUE(camera.socket().send(meta));
    ASSERT_TRUE(camera.next());
    ASSERT_TRUE(camera.socket().send(dualcam::encode_start({.size = packets, .file_crc = 0}).view()));
    EXPECT_TRUE(camera.told_to_leave());
  }
  EXPECT_TRUE(server().wait_log("START announces 4294967296 bytes, at most 268435456 are taken"));
  constexpr std::uint64_t little = 64 << 20;
  EXPECT_LT(server().resident_bytes(), before + little);
  other.expect_undisturbed();
}

TEST_F(BadInput, FrameThatNeverEnds) {
  start({"--data-timeout", "1s", "--reply-timeout", "1s", "--linger", "500ms"});
  Bystander other(server());
  const CameraFile file = make_file(1);
  WireCamera in_data(server(), imei(1));
  ASSERT_TRUE(in_data.offer(file));
  ASSERT_TRUE(in_data.send_packets(file, 1, 1));
  ASSERT_TRUE(in_data.socket().send(hex("00040402aabbcc")));
  WireCamera in_meta(server(), imei(2));
  ASSERT_TRUE(in_meta.init({FileClass::photo_front}));
  ASSERT_TRUE(in_meta.next());
  ASSERT_TRUE(in_meta.socket().send(hex("000b1000aa")));  // promises 4096 bytes
  WireCamera in_init(server(), imei(3));
  ASSERT_TRUE(in_init.socket().send(hex("00000005")));
  EXPECT_TRUE(in_data.ended());
  EXPECT_TRUE(server().wait_log("no DATA came in time"));
  EXPECT_TRUE(server().wait_log("no START came in time"));
  in_init.socket().close();
  other.expect_undisturbed();
}

TEST_F(BadInput, PathsThatLeadElsewhere) {
  start({"--linger", "1s"});
  Bystander other(server());
  using namespace std::string_view_literals;
  expect_path_refused("../../etc/passwd\0"sv);
  expect_path_refused("/mnt/../../etc/passwd\0"sv);
  expect_path_refused("/mnt/a\0b.jpg\0"sv);
  expect_path_refused("/mnt/\x1b[2J.jpg\0"sv);
  expect_path_refused("\0"sv);
  other.expect_undisturbed();
  EXPECT_TRUE(server().wait_log("/etc/passwd"));
  // Nothing outside the places where things belong.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path()))
    EXPECT_NE(entry.path().filename(), "passwd");
}

TEST_F(BadInput, CameraThatAsksNothing) {
  start({"--init-timeout", "1s", "--linger", "500ms"});
  Bystander other(server());
  tests::ClientSocket silent(server().port());
  EXPECT_TRUE(silent.ended());
  EXPECT_TRUE(server().wait_log("no INIT came in time"));
  WireCamera nothing_waiting(server(), imei(1));
  ASSERT_TRUE(nothing_waiting.init({}));
  EXPECT_TRUE(nothing_waiting.told_to_leave());
  EXPECT_TRUE(server().wait_log("no file is waiting"));
  other.expect_undisturbed();
}

// Each INIT again is a fresh start, so no deadline of the dialogue ever passes: the connection still must not last.
TEST_F(BadInput, CameraThatBeginsAgainForEver) {
  start({"--linger", "500ms"});
  Bystander other(server());
  WireCamera camera(server(), imei(1));
  unsigned requests = 0;
  std::optional<Request> answer;
  do {
    camera.init({FileClass::photo_front});
    answer = camera.next();
  } while (answer && answer->command == dualcam::Command::meta_request && ++requests < 1000);
  EXPECT_LT(requests, 100U);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->command, dualcam::Command::close);
  EXPECT_TRUE(server().wait_log("the device begins again and again with INIT"));
  other.expect_undisturbed();
}

TEST_F(BadInput, OneByteASecond) {
  start({"--data-timeout", "30s", "--min-progress", "4KiB", "--progress-window", "1s", "--linger", "500ms"});
  Bystander other(server());
  WireCamera camera(server(), imei(1));
  const CameraFile file = make_file(1);
  ASSERT_TRUE(camera.offer(file));
  ASSERT_TRUE(camera.send_packets(file, 1, 1));
  ASSERT_TRUE(camera.socket().send(hex("00040402")));
  // One byte at a time until it is put out: never silent, never fast enough.
  EXPECT_TRUE(tests::eventually([&] {
    const auto request = camera.next(std::chrono::milliseconds{50});
    return (request && request->command == dualcam::Command::close) || !camera.socket().send(hex("00"));
  }));
  EXPECT_TRUE(server().wait_log("too slow"));
  EXPECT_EQ(newest_transfer(imei(1), "state"), "interrupted");
  other.expect_undisturbed();
}

TEST_F(BadInput, ThousandConnectionsFromOneAddress) {
  start({"--max-connections-per-ip", "50"});
  Bystander other(server());
  std::vector<tests::ClientSocket> flood;
  constexpr int connections = 1000;
  for (int i = 0; i < connections; ++i) flood.emplace_back(server().port(), "127.0.0.2");
  unsigned refused = 0;
  for (auto& each : flood)
    if (each.connected() && each.read_some(16, std::chrono::milliseconds{1}) == hex("00000000")) ++refused;
  EXPECT_TRUE(tests::eventually([&] {
    for (auto& each : flood)
      if (each.connected() && each.read_some(16, std::chrono::milliseconds{0}) == hex("00000000")) ++refused;
    return refused >= connections - 50;
  })) << refused;
  EXPECT_EQ(refused, connections - 50U);
  EXPECT_TRUE(server().wait_log("the address has its 50 connections"));
  other.expect_undisturbed();
  flood.clear();
  // The places come back.
  EXPECT_TRUE(tests::eventually([&] {
    WireCamera camera(server(), imei(1), {.tls = false, .from = "127.0.0.2"});
    return camera.upload(make_file(1));
  }));
}

TEST_F(BadInput, ThousandConnectionsOfOneDevice) {
  start({"--max-connections-per-device", "3"});
  Bystander other(server());
  std::vector<WireCamera> flood;
  constexpr int connections = 300;
  for (int i = 0; i < connections; ++i) {
    flood.emplace_back(server(), imei(1));
    ASSERT_TRUE(flood.back().init({FileClass::photo_front}));
    ASSERT_TRUE(flood.back().next()) << i;  // the newest is always served
  }
  for (int i = 0; i < connections - 3; ++i) EXPECT_TRUE(flood[static_cast<std::size_t>(i)].ended()) << i;
  for (std::size_t i = connections - 3; i < connections; ++i)
    EXPECT_TRUE(flood[i].socket().read_some(1, std::chrono::milliseconds{0}).empty() &&
                flood[i].init({FileClass::photo_front}) && flood[i].next());
  EXPECT_TRUE(server().wait_log("the device has opened newer connections"));
  other.expect_undisturbed();
}

TEST_F(BadInput, NonsenseIsNotLoggedWithoutEnd) {
  start();
  for (unsigned i = 0; i < 200; ++i) {
    tests::ClientSocket peer(server().port());
    const std::array<std::uint8_t, 4> bytes{0xff, 0xee, static_cast<std::uint8_t>(i), 0x01};
    peer.send(bytes);
    EXPECT_TRUE(peer.ended());
  }
  EXPECT_TRUE(server().wait_log("the first bytes are no INIT"));
  const std::string log = server().log();
  EXPECT_LT(std::ranges::count(log, '\n'), 50);
}

TEST_F(BadInput, DescriptorLimitIsAPoliteRefusal) {
  tests::ServerStart begin = settings();
  begin.max_descriptors = 256;
  server_ = std::make_unique<tests::ServerProcess>(begin);
  ASSERT_TRUE(server().wait_ready()) << server().log();
  EXPECT_TRUE(server().wait_log("the descriptor limit is too low"));
  std::vector<tests::ClientSocket> flood;
  for (int i = 0; i < 300; ++i) flood.emplace_back(server().port());
  EXPECT_EQ(flood.back().read_exactly(4), hex("00000000"));
  EXPECT_TRUE(flood.back().ended());
  EXPECT_EQ(http_status("/readyz"), 200);
}

}  // namespace
}  // namespace e2e
