// Catalog or object store slow, down or failing over, under cameras: those being read are not disturbed, new ones are
// taken, nothing is acknowledged that is not durable, /readyz says why, and nobody has to help it to recover.
#include <gmock/gmock.h>

#include "tests/e2e/fixture.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/postgres/postgres_cluster.hpp"
#include "tests/support/s3/ceph_store.hpp"

namespace e2e {
namespace {

using testing::HasSubstr;

struct Trouble {
  const char* name;
  const char* check;  // of /readyz that turns red
  void (*begin)();
  void (*end)();
};

tests::PostgresCluster& postgres() {
  return tests::PostgresCluster::shared();
}

const Trouble troubles[] = {
    {"postgres_hangs", "catalog", [] { postgres().freeze(); }, [] { postgres().thaw(); }},
    {"postgres_is_down", "catalog", [] { postgres().stop_hard(); }, [] { postgres().start(); }},
    {"disk_of_the_store_hangs", "objects", [] { tests::ceph_store().freeze_disk(); },
     [] { tests::ceph_store().thaw_disk(); }},
    {"gateway_is_down", "objects", [] { tests::ceph_store().kill_gateway(); },
     [] { tests::ceph_store().start_gateway(); }},
};

// Ends the trouble whatever the test does.
class Begun {
 public:
  explicit Begun(const Trouble& trouble) : trouble_(trouble) { trouble_.begin(); }
  Begun(const Begun&) = delete;
  Begun& operator=(const Begun&) = delete;
  ~Begun() { end(); }
  void end() {
    if (!std::exchange(over_, true)) trouble_.end();
  }

 private:
  const Trouble& trouble_;
  bool over_ = false;
};

class Degraded : public EndToEnd, public testing::WithParamInterface<Trouble> {
 protected:
  bool becomes(int readiness) {
    return tests::eventually([&] { return http_status("/readyz") == readiness; });
  }
  std::uintmax_t spooled() const {
    std::uintmax_t bytes = 0;
    for (const auto& entry : std::filesystem::directory_iterator(data_dir_ / "spool"))
      if (entry.path().extension() == ".part") bytes += entry.file_size();
    return bytes;
  }
  // Acknowledged where it is, or after having come back; never both not stored and acknowledged.
  void expect_stored(WireCamera& camera, std::uint64_t imei, const CameraFile& file) {
    if (!camera.acknowledged()) {
      EXPECT_TRUE(WireCamera(server(), imei).upload(file)) << server().log();
    }
    EXPECT_EQ(stored(imei), prints({file}));
  }
};

TEST_P(Degraded, CamerasAreServedAndNothingIsPromised) {
  start();
  ASSERT_TRUE(becomes(200));
  const CameraFile before = make_file(1);
  ASSERT_TRUE(WireCamera(server(), imei(1)).upload(before));
  const CameraFile under_way = make_file(2, 300'000);
  WireCamera reading(server(), imei(2));
  ASSERT_EQ(reading.offer(under_way), 1U);
  ASSERT_TRUE(reading.send_packets(under_way, 1, 50));

  Begun trouble(GetParam());
  EXPECT_TRUE(reading.send_packets(under_way, 51, 200));
  EXPECT_TRUE(tests::eventually([&] { return spooled() >= 128 * 1024; })) << "read as if nothing were";
  EXPECT_TRUE(becomes(503));
  EXPECT_THAT(http_body("/readyz"), HasSubstr(GetParam().check));
  EXPECT_EQ(http_status("/healthz"), 200) << "no reason to restart it";

  const CameraFile fresh = make_file(3);
  WireCamera beginning(server(), imei(3));
  ASSERT_EQ(beginning.offer(fresh), 1U) << "a new camera is served\n" << server().log();
  ASSERT_TRUE(beginning.send_rest(fresh, 1));
  ASSERT_TRUE(reading.send_rest(under_way, 201));
  EXPECT_FALSE(beginning.next(std::chrono::milliseconds{300})) << "nothing is durable yet";

  trouble.end();
  expect_stored(beginning, imei(3), fresh);
  expect_stored(reading, imei(2), under_way);
  EXPECT_EQ(stored(imei(1)), prints({before}));
  EXPECT_TRUE(becomes(200)) << "by itself";
}

INSTANTIATE_TEST_SUITE_P(Troubles, Degraded, testing::ValuesIn(troubles),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace e2e
