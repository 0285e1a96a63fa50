// One file over several connections and restarts: nothing twice, nothing lost, and never two captures in one file.
#include <algorithm>

#include "tests/e2e/fixture.hpp"

namespace e2e {
namespace {

constexpr std::size_t one_block = 16 * 1024;  // of the spool

class Resume : public EndToEnd {
 protected:
  // Sends packets 1..`count`, waits until the server has them, and breaks the connection by a reset.
  void break_off_after(const CameraFile& file, std::uint32_t count) {
    WireCamera camera(server(), imei(1));
    ASSERT_EQ(camera.offer(file), 1U);
    ASSERT_TRUE(camera.send_packets(file, 1, count));
    wait_for_offset(count * dualcam::packet_size);
    camera.socket().close(true);
    ASSERT_TRUE(tests::eventually([&] { return newest_transfer(imei(1), "live") == "false"; }));
  }
  void wait_for_offset(std::size_t bytes) {
    ASSERT_TRUE(tests::eventually([&] { return newest_transfer(imei(1), "offset") == std::to_string(bytes); }))
        << newest_transfer(imei(1), "offset");
  }
  std::uintmax_t spooled_bytes() const {
    std::uintmax_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(data_dir_ / "spool"))
      if (entry.path().extension() == ".part") bytes += entry.file_size();
    return bytes;
  }
  // Bytes a camera sends again that asks to go on at packet `wanted`, when it had sent `sent` packets.
  static std::size_t sent_again(std::uint32_t sent, std::uint32_t wanted) {
    return std::size_t{sent + 1 - wanted} * dualcam::packet_size;
  }
};

TEST_F(Resume, OnTheNextConnection) {
  start();
  const CameraFile file = make_file(1, 100 * 1024 + 77);
  break_off_after(file, 50);
  WireCamera camera(server(), imei(1));
  const auto wanted = camera.offer(file);
  ASSERT_TRUE(wanted);
  EXPECT_EQ(*wanted, 50U) << "all is kept; one packet is the proof that it is the same file";
  EXPECT_TRUE(camera.send_rest(file, *wanted) && camera.acknowledged());
  EXPECT_EQ(stored(imei(1)), prints({file}));
  EXPECT_TRUE(tests::eventually([&] { return newest_transfer(imei(1), "state") == "stored"; }));
  EXPECT_EQ(newest_transfer(imei(1), "offset_start"), std::to_string(50 * 1024));
  EXPECT_EQ(newest_transfer(imei(1), "bytes_received"), std::to_string(file.bytes.size() - 49 * 1024));
}

TEST_F(Resume, AfterKillAndRestart) {
  start();
  const CameraFile file = make_file(1, 200 * 1024);
  WireCamera camera(server(), imei(1));
  ASSERT_EQ(camera.offer(file), 1U);
  ASSERT_TRUE(camera.send_packets(file, 1, 150));
  // Whole blocks are written at once; the one begun is in memory.
  ASSERT_TRUE(tests::eventually([&] { return spooled_bytes() >= 150 * 1024 / one_block * one_block; }));
  server().kill_hard();
  start();
  WireCamera again(server(), imei(1));
  const auto wanted = again.offer(file);
  ASSERT_TRUE(wanted);
  EXPECT_LT(sent_again(150, *wanted), one_block + dualcam::packet_size);
  EXPECT_TRUE(again.send_rest(file, *wanted) && again.acknowledged());
  EXPECT_EQ(stored(imei(1)), prints({file}));
}

TEST_F(Resume, AfterTermAndRestart) {
  start({"--drain-timeout", "100ms"});
  const CameraFile file = make_file(1, 200 * 1024);
  WireCamera camera(server(), imei(1));
  ASSERT_EQ(camera.offer(file), 1U);
  ASSERT_TRUE(camera.send_packets(file, 1, 150));
  wait_for_offset(150 * 1024);
  EXPECT_EQ(server().terminate(), 0);
  start();
  WireCamera again(server(), imei(1));
  EXPECT_EQ(again.offer(file), 150U);
  EXPECT_TRUE(again.send_rest(file, 150) && again.acknowledged());
  EXPECT_EQ(stored(imei(1)), prints({file}));
}

TEST_F(Resume, AcrossManyConnections) {
  start();
  const CameraFile file = make_file(1, 64 * 1024 + 1);
  std::uint32_t sent = 0;
  for (unsigned connection = 0; sent < file.packets(); ++connection) {
    ASSERT_LT(connection, 100U);
    WireCamera camera(server(), imei(1));
    const auto wanted = camera.offer(file);
    ASSERT_TRUE(wanted);
    ASSERT_LE(*wanted, sent + 1) << "never more than what was sent";
    ASSERT_LE(sent_again(sent, *wanted), one_block + dualcam::packet_size);
    const std::uint32_t last = std::min(*wanted + 7, file.packets());
    ASSERT_TRUE(camera.send_packets(file, *wanted, last));
    sent = last;
    if (last == file.packets()) {
      EXPECT_TRUE(camera.acknowledged());
      continue;
    }
    wait_for_offset(std::size_t{last} * dualcam::packet_size);
    camera.socket().close();
    ASSERT_TRUE(tests::eventually([&] { return newest_transfer(imei(1), "live") == "false"; }));
  }
  EXPECT_EQ(stored(imei(1)), prints({file}));
}

// Equal in everything but their bytes: same device, class, size and time of capture.
TEST_F(Resume, TwoCapturesAreNeverPiecedTogether) {
  start();
  const CameraFile first = make_file(1, 80 * 1024);
  CameraFile second = make_file(2, 80 * 1024);
  second.captured_ms = first.captured_ms;
  break_off_after(first, 40);
  WireCamera camera(server(), imei(1));
  const auto wanted = camera.offer(second);
  ASSERT_EQ(wanted, 40U);
  ASSERT_TRUE(camera.send_packets(second, 40, 41));
  const auto resume = camera.next();
  ASSERT_TRUE(resume);
  EXPECT_EQ(resume->command, dualcam::Command::resume);
  EXPECT_EQ(resume->body, (base::Bytes{0, 0, 0, 1})) << "from the beginning";
  EXPECT_TRUE(camera.send_rest(second, 1) && camera.acknowledged());
  EXPECT_EQ(stored(imei(1)), prints({second}));
  EXPECT_TRUE(server().log_has("starting the file over"));
}

// The same, where only bytes differ that are asked for again by nobody: they must not survive.
TEST_F(Resume, SameEndOtherBeginningIsAnotherFile) {
  start();
  const CameraFile first = make_file(1, 80 * 1024);
  CameraFile later = make_file(2, 80 * 1024);  // another capture of a time of its own
  break_off_after(first, 40);
  EXPECT_TRUE(WireCamera(server(), imei(1)).upload(later));
  EXPECT_EQ(stored(imei(1)), prints({later}));
  WireCamera camera(server(), imei(1));
  EXPECT_EQ(camera.offer(first), 40U) << "still kept beside it";
  EXPECT_TRUE(camera.send_rest(first, 40) && camera.acknowledged());
  EXPECT_EQ(stored(imei(1)), prints({first, later}));
}

// The acknowledgement got lost: the camera offers the file again.
TEST_F(Resume, StoredFileIsAcknowledgedWithoutASecondCopy) {
  start();
  const CameraFile file = make_file(1, 50 * 1024);
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(file));
  for (const bool restart : {false, true}) {
    if (restart) {
      EXPECT_EQ(server().terminate(), 0);
      start();
    }
    WireCamera camera(server(), imei(1));
    const auto wanted = camera.offer(file);
    EXPECT_EQ(wanted, file.packets()) << "only the end, as proof";
    EXPECT_TRUE(camera.send_rest(file, *wanted) && camera.acknowledged());
    EXPECT_EQ(stored(imei(1)), prints({file}));
  }
  EXPECT_TRUE(tests::eventually([&] { return newest_transfer(imei(1), "reason") == "the file was stored already"; }));
}

TEST_F(Resume, StoredFileWithOtherBytesIsAnotherFile) {
  start();
  const CameraFile file = make_file(1, 50 * 1024);
  CameraFile twin = make_file(2, 50 * 1024);
  twin.captured_ms = file.captured_ms;
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(file));
  WireCamera camera(server(), imei(1));
  const auto wanted = camera.offer(twin);
  ASSERT_TRUE(wanted);
  ASSERT_TRUE(camera.send_rest(twin, *wanted));
  const auto resume = camera.next();
  ASSERT_TRUE(resume && resume->command == dualcam::Command::resume);
  EXPECT_TRUE(camera.send_rest(twin, 1) && camera.acknowledged());
  EXPECT_EQ(stored(imei(1)), prints({twin, file}));
}

// A camera whose link broke is back while its old connection still looks alive.
TEST_F(Resume, NewerConnectionTakesTheFileOver) {
  start();
  const CameraFile file = make_file(1, 100 * 1024);
  WireCamera old(server(), imei(1));
  ASSERT_EQ(old.offer(file), 1U);
  ASSERT_TRUE(old.send_packets(file, 1, 33));
  wait_for_offset(33 * 1024);
  WireCamera camera(server(), imei(1));
  const auto wanted = camera.offer(file);
  EXPECT_EQ(wanted, 33U) << "what the old one brought is kept";
  EXPECT_TRUE(old.ended());
  EXPECT_TRUE(camera.send_rest(file, *wanted) && camera.acknowledged());
  EXPECT_EQ(stored(imei(1)), prints({file}));
  EXPECT_TRUE(server().wait_log("a newer connection of the device brings the same file"));
}

TEST_F(Resume, ManyConnectionsWithOneFileStoreItOnce) {
  start({"--max-connections-per-device", "100"});
  const CameraFile file = make_file(1, 30 * 1024);
  std::vector<WireCamera> cameras;
  constexpr int connections = 20;
  for (int i = 0; i < connections; ++i) {
    cameras.emplace_back(server(), imei(1));
    ASSERT_TRUE(cameras.back().init({file.file_class}));
  }
  unsigned acknowledged = 0;
  for (auto& camera : cameras) {
    const auto wanted = camera.answer_requests(file);
    if (wanted && camera.send_rest(file, *wanted) && camera.acknowledged()) ++acknowledged;
  }
  EXPECT_GT(acknowledged, 0U);
  EXPECT_EQ(stored(imei(1)), prints({file}));
}

// Two cameras under one IMEI, each with a file of its own.
TEST_F(Resume, TwoConnectionsOfOneDeviceWithTwoFiles) {
  start();
  const CameraFile front = make_file(1, 60 * 1024, dualcam::FileClass::photo_front);
  const CameraFile rear = make_file(2, 60 * 1024, dualcam::FileClass::photo_rear);
  WireCamera one(server(), imei(1));
  WireCamera two(server(), imei(1));
  ASSERT_EQ(one.offer(front), 1U);
  ASSERT_EQ(two.offer(rear), 1U);
  ASSERT_TRUE(one.send_packets(front, 1, 20));
  ASSERT_TRUE(two.send_rest(rear, 1));
  EXPECT_TRUE(two.acknowledged());
  ASSERT_TRUE(one.send_packets(front, 21, front.packets()));
  EXPECT_TRUE(one.acknowledged());
  EXPECT_EQ(stored(imei(1)), prints({front, rear}));
}

}  // namespace
}  // namespace e2e
