// Two servers on one catalog and one store: a camera goes on where it was, whichever it reaches.
#include <algorithm>

#include "storage/catalog/catalog.hpp"
#include "tests/e2e/fixture.hpp"

namespace e2e {
namespace {

class TwoNodes : public EndToEnd {
 protected:
  TwoNodes() {
    start();
    other_ = std::make_unique<tests::ServerProcess>(other_settings());
    EXPECT_TRUE(other_->wait_ready()) << other_->log();
  }
  tests::ServerStart other_settings() const {
    return {.data_dir = folder_ / "other", .flags = backend_, .log_file = folder_ / "other.log"};
  }
  void restart_other() {
    other_->kill_hard();
    other_ = std::make_unique<tests::ServerProcess>(other_settings());
    ASSERT_TRUE(other_->wait_ready()) << other_->log();
  }
  // A camera at the other node with the first 150 packets of `file` sent; they are in its spool but for the last ones.
  void begin_at_other(WireCamera& camera) {
    ASSERT_EQ(camera.offer(file), 1U);
    ASSERT_TRUE(camera.send_packets(file, 1, 150));
    ASSERT_TRUE(tests::eventually([&] { return spooled() >= 128 * 1024; }));
  }
  std::uintmax_t spooled() const {
    std::uintmax_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ / "other/spool"))
      if (entry.path().extension() == ".part") bytes += entry.file_size();
    return bytes;
  }
  // Uploads the rest here; the packet that was asked for first.
  std::uint32_t finish_here() {
    WireCamera camera(server(), imei(1));
    const auto wanted = camera.offer(file);
    EXPECT_TRUE(wanted && camera.send_rest(file, *wanted) && camera.acknowledged()) << server().log();
    EXPECT_EQ(stored(imei(1)), prints({file}));
    return wanted.value_or(0);
  }

  // Those that the catalog takes for alive.
  std::size_t nodes_alive() const {
    const auto url = std::ranges::find(backend_, "--catalog");
    const auto catalog = storage::open_catalog(*(url + 1));
    EXPECT_TRUE(catalog) << catalog.error().message;
    return (*catalog)->nodes()->alive().value().size();
  }

  const CameraFile file = make_file(1, 200'000);
  std::unique_ptr<tests::ServerProcess> other_;
};

TEST_F(TwoNodes, ABrokenUploadGoesOnAtTheOtherNode) {
  {
    WireCamera camera(*other_, imei(1));
    begin_at_other(camera);
  }
  EXPECT_TRUE(tests::eventually([&] { return spooled() == 0; })) << "left for the others";
  EXPECT_EQ(finish_here(), 150U) << "the last packet again, as proof";
}

TEST_F(TwoNodes, AConnectionThatLooksAliveIsEndedAtTheOtherNode) {
  WireCamera camera(*other_, imei(1));
  begin_at_other(camera);
  EXPECT_EQ(finish_here(), 150U);
  EXPECT_TRUE(camera.ended());
}

TEST_F(TwoNodes, AKilledNodeIsKnownToBeDeadWhenItIsBack) {
  EXPECT_EQ(nodes_alive(), 2U);
  restart_other();
  EXPECT_EQ(nodes_alive(), 2U) << "its lease has not ended, and nobody waits for it";
}

TEST_F(TwoNodes, WhatAKilledNodeHadIsLeftWhenItIsBack) {
  WireCamera camera(*other_, imei(1));
  begin_at_other(camera);
  restart_other();
  EXPECT_TRUE(tests::eventually([&] { return spooled() == 0; })) << other_->log();
  EXPECT_GE(finish_here(), 128U);
}

}  // namespace
}  // namespace e2e
