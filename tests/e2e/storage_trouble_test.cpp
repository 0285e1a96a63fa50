// Disks that are full or read-only: no acknowledgement, a reason in the log, /readyz says so, and work goes on without
// a restart when the disk does. Needs to mount, in a namespace of its own: skipped where that is not allowed.
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "tests/e2e/fixture.hpp"

namespace e2e {
namespace {

class StorageTrouble : public EndToEnd {
 protected:
  void SetUp() override {
    if (unshare(CLONE_NEWNS) != 0 || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
      GTEST_SKIP() << "cannot mount here: " << std::strerror(errno);
    std::filesystem::create_directory(data_dir_);
  }
  void TearDown() override {
    EndToEnd::TearDown();
    server_.reset();
    for (auto at = mounted_.rbegin(); at != mounted_.rend(); ++at) umount2(at->c_str(), MNT_DETACH);
  }

  void mount_small(const std::filesystem::path& at, const char* options = "size=2m") {
    std::filesystem::create_directories(at);
    ASSERT_EQ(mount("tmpfs", at.c_str(), "tmpfs", 0, options), 0) << std::strerror(errno);
    mounted_.push_back(at);
  }
  static void set_read_only(const std::filesystem::path& at, bool read_only) {
    unsigned long flags = MS_REMOUNT;
    if (read_only) flags |= MS_RDONLY;
    ASSERT_EQ(mount("tmpfs", at.c_str(), "tmpfs", flags, nullptr), 0) << std::strerror(errno);
  }

  void fill() const {
    std::ofstream filler(data_dir_ / "filler", std::ios::binary);
    for (std::size_t piece = 64 * 1024; piece > 0; piece /= 2)
      while (filler.clear(), filler.write(std::string(piece, 'x').data(), static_cast<std::streamsize>(piece)).flush());
  }
  void free_space() const { std::filesystem::remove(data_dir_ / "filler"); }

  bool becomes(int readiness) {
    return tests::eventually([&] { return http_status("/readyz") == readiness; });
  }
  // Whatever the camera is told, it is no acknowledgement.
  static void expect_no_acknowledgement(WireCamera& camera) {
    while (const auto request = camera.next()) {
      ASSERT_NE(request->command, dualcam::Command::init_repeat);
      if (request->command == dualcam::Command::close) camera.socket().shut_sending();
    }
    EXPECT_TRUE(camera.ended());
  }

  std::vector<std::filesystem::path> mounted_;
};

TEST_F(StorageTrouble, FullDiskBeforeAFile) {
  mount_small(data_dir_);
  start({"--linger", "500ms"});
  const CameraFile before = make_file(1);
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(before));
  fill();
  EXPECT_TRUE(becomes(503));
  const CameraFile file = make_file(2);
  WireCamera camera(server(), imei(1));
  if (const auto wanted = camera.offer(file)) camera.send_rest(file, *wanted);
  expect_no_acknowledgement(camera);
  EXPECT_TRUE(server().wait_log("No space left on device"));
  EXPECT_TRUE(server().log_has("the file cannot be kept"));
  EXPECT_EQ(stored(imei(1)), prints({before})) << "what is stored stays readable";

  free_space();
  EXPECT_TRUE(becomes(200));
  EXPECT_TRUE(WireCamera(server(), imei(1)).upload(file));
  EXPECT_EQ(stored(imei(1)), prints({file, before}));
}

TEST_F(StorageTrouble, FullDiskWithinAFile) {
  mount_small(data_dir_);
  start({"--linger", "500ms"});
  const CameraFile file = make_file(1, 200 * 1024);
  WireCamera camera(server(), imei(1));
  ASSERT_EQ(camera.offer(file), 1U);
  ASSERT_TRUE(camera.send_packets(file, 1, 100));
  ASSERT_TRUE(tests::eventually([&] { return newest_transfer(imei(1), "offset") == "102400"; }));
  fill();
  camera.send_packets(file, 101, file.packets());
  expect_no_acknowledgement(camera);
  EXPECT_TRUE(server().wait_log("No space left on device"));
  EXPECT_TRUE(stored(imei(1)).empty());

  free_space();
  EXPECT_TRUE(becomes(200));
  WireCamera again(server(), imei(1));
  const auto wanted = again.offer(file);
  ASSERT_TRUE(wanted);
  EXPECT_GT(*wanted, 64U) << "what was written before the disk was full is still there";
  EXPECT_TRUE(again.send_rest(file, *wanted) && again.acknowledged());
  EXPECT_EQ(stored(imei(1)), prints({file}));
}

TEST_F(StorageTrouble, ReadOnlySpool) {
  mount_small(data_dir_ / "spool");
  start({"--linger", "500ms"});
  set_read_only(data_dir_ / "spool", true);
  const CameraFile file = make_file(1);
  WireCamera camera(server(), imei(1));
  if (const auto wanted = camera.offer(file)) camera.send_rest(file, *wanted);
  expect_no_acknowledgement(camera);
  EXPECT_TRUE(server().wait_log("Read-only file system"));
  EXPECT_TRUE(becomes(503));
  set_read_only(data_dir_ / "spool", false);
  EXPECT_TRUE(becomes(200));
  EXPECT_TRUE(WireCamera(server(), imei(1)).upload(file));
  EXPECT_EQ(stored(imei(1)), prints({file}));
}

TEST_F(StorageTrouble, ReadOnlyObjects) {
  if (!backend_.empty()) GTEST_SKIP() << "the objects are not on a disk of this machine";
  mount_small(data_dir_ / "objects");
  start({"--linger", "500ms"});
  set_read_only(data_dir_ / "objects", true);
  const CameraFile file = make_file(1);
  WireCamera camera(server(), imei(1));
  ASSERT_EQ(camera.offer(file), 1U);
  ASSERT_TRUE(camera.send_rest(file, 1));
  expect_no_acknowledgement(camera);
  EXPECT_TRUE(server().wait_log("Read-only file system"));
  EXPECT_TRUE(becomes(503));
  set_read_only(data_dir_ / "objects", false);
  EXPECT_TRUE(becomes(200));
  WireCamera again(server(), imei(1));
  const auto wanted = again.offer(file);
  ASSERT_TRUE(wanted);
  EXPECT_GT(*wanted, 1U) << "the whole file was kept";
  EXPECT_TRUE(again.send_rest(file, *wanted) && again.acknowledged());
  EXPECT_EQ(stored(imei(1)), prints({file}));
}

TEST_F(StorageTrouble, ReadOnlyDataDirectoryAtTheStart) {
  mount_small(data_dir_);
  set_read_only(data_dir_, true);
  const tests::Ran ran = tests::run_dualcamd({"serve", "--data-dir", data_dir_, "--dualcam-listen", "127.0.0.1:0",
                                              "--avl-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(ran.err,
            "dualcamd: Cannot write to the data directory " + data_dir_.string() + ": Read-only file system\n");
}

TEST_F(StorageTrouble, FullDiskAtTheStart) {
  mount_small(data_dir_);
  fill();
  const tests::Ran ran = tests::run_dualcamd({"serve", "--data-dir", data_dir_, "--dualcam-listen", "127.0.0.1:0",
                                              "--avl-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0"});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_EQ(ran.out, "");
  EXPECT_NE(ran.err.find("\ndualcamd: "), std::string::npos) << ran.err;  // behind what the log says
}

}  // namespace
}  // namespace e2e
