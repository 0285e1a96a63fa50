// Heartbeats of our MAVLink cameras while thousands of cameras upload to the same server: ground stations drop a camera
// after five seconds without one, and a late one is the first sign of a thread that is held up.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "server/base/clock.hpp"
#include "tests/load/fleet_run.hpp"
#include "tests/load/heartbeat_listener.hpp"
#include "tests/support/environment.hpp"

namespace tests {
namespace {

using Gap = HeartbeatListener::Gap;

constexpr std::chrono::minutes limit{15};
constexpr std::size_t mavlink_cameras = 6;
constexpr std::size_t heard_components = mavlink_cameras + 1;  // and the ground station
constexpr Gap wanted = std::chrono::seconds{1};
constexpr Gap tolerance = std::chrono::milliseconds{100};
constexpr std::size_t least_gaps = 5 * heard_components;  // of each part

sim::FleetOptions fleet_options() {
  sim::FleetOptions fleet;
  fleet.cameras = from_environment("DUALCAM_LOAD_CAMERAS", 4'000U);
  fleet.mixed = true;
  fleet.spread_sources = true;
  fleet.ramp_up = sim::Time{1'000} * fleet.cameras;
  fleet.camera.bytes_per_second = from_environment("DUALCAM_LOAD_BYTES_PER_SECOND", 20'000U);
  const std::int64_t now_ms = base::utc_now().time_since_epoch().count();
  fleet.plan = {.photos = 0,
                .videos = 1,
                .seed = from_environment("DUALCAM_LOAD_SEED", static_cast<std::uint64_t>(now_ms)),
                .first_capture_ms = now_ms / 1000 * 1000};
  return fleet;
}

std::filesystem::path relay_file(const TempFolder& folder, std::uint16_t port) {
  const auto path = folder / "relay.toml";
  std::ofstream file(path);
  file << fmt::format(
      "[[mavlink]]\nname = \"air\"\nlink = [ {{ kind = \"udp-client\", address = \"127.0.0.1\", port = {} }} ]\n",
      port);
  for (std::size_t n = 1; n <= mavlink_cameras; ++n) file << fmt::format("[[mavlink.camera]]\nname = \"bars-{}\"\n", n);
  return path;
}

void judge(const char* when, const std::vector<Gap>& gaps) {
  ASSERT_GE(gaps.size(), least_gaps) << when;
  const auto at = [&gaps](std::size_t percent) {
    return static_cast<double>(gaps[(gaps.size() - 1) * percent / 100].count()) / 1000;
  };
  fmt::print("  {:<22}{:>6} gaps: min {:.1f}, p50 {:.1f}, p99 {:.1f}, max {:.1f} ms\n", when, gaps.size(), at(0),
             at(50), at(99), at(100));
  EXPECT_GE(gaps.front(), wanted - tolerance) << when;
  EXPECT_LE(gaps.back(), wanted + tolerance) << when;
}

TEST(Heartbeats, StayWithinATenthOfASecondWhileManyCamerasUpload) {
  const sim::FleetOptions options = fleet_options();
  fmt::print("repeat with DUALCAM_LOAD_SEED={}\n", options.plan.seed);
  HeartbeatListener listener;
  const TempFolder folder;
  FleetRun run(options, from_environment("DUALCAM_LOAD_VIDEO_SECONDS", 3U),
               {"--log-level", "warning", "--relay", relay_file(folder, listener.port()).string()});
  ASSERT_TRUE(eventually([&] { return listener.components() == heard_components; }));
  std::vector<Gap> alone;
  const auto heard = [&listener](std::vector<Gap>& gaps) {
    const std::vector<Gap> more = listener.take_gaps();
    gaps.insert(gaps.end(), more.begin(), more.end());
    std::ranges::sort(gaps);
    return gaps.size() >= least_gaps;
  };
  ASSERT_TRUE(eventually([&] { return heard(alone); }));
  judge("no other camera", alone);

  std::vector<Gap> beside;
  run.start();
  run.finish(limit);
  heard(beside);
  judge("while cameras upload", beside);

  const sim::Summary summary = run.judge(false);
  fmt::print("{}  {:<14}{}\n", sim::as_table(summary), "server", described(run.server_usage()));
  EXPECT_EQ(summary.outcome, sim::Outcome::identical);
  EXPECT_EQ(run.server().terminate(), 0);
}

}  // namespace
}  // namespace tests
