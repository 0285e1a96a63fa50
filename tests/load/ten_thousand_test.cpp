// As many cameras as the process may have descriptors, all uploading at once as slowly as the slowest real ones.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "server/base/clock.hpp"
#include "tests/load/fleet_run.hpp"
#include "tests/support/environment.hpp"

namespace tests {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::minutes limit{15};
constexpr std::uint32_t slowest_link = 3'700;  // bytes per second: a packet of 1 KiB every 280 ms
constexpr unsigned video_seconds = 2;          // some 200 KB: most of a minute
constexpr double packet = 1024;

sim::FleetOptions fleet_options() {
  sim::FleetOptions fleet;
  fleet.cameras = from_environment("DUALCAM_LOAD_CAMERAS", 10'000U);
  fleet.mixed = true;
  fleet.spread_sources = true;
  fleet.ramp_up = sim::Time{1'000} * fleet.cameras;
  fleet.camera.bytes_per_second = slowest_link;
  const std::int64_t now_ms = base::utc_now().time_since_epoch().count();
  fleet.plan = {.photos = 0,
                .videos = 1,
                .seed = from_environment("DUALCAM_LOAD_SEED", static_cast<std::uint64_t>(now_ms)),
                .first_capture_ms = now_ms / 1000 * 1000};
  return fleet;
}

struct Moment {
  Clock::time_point time = Clock::now();
  ProcessUsage server;
  ProcessUsage cameras = usage_of(getpid());
  std::uint64_t file_bytes = 0;
};

Moment look(FleetRun& run) {
  return {.server = run.server_usage(), .file_bytes = run.fleet().counts().file_bytes};
}

void print_between(const Moment& from, const Moment& to, unsigned cameras) {
  const double time = seconds(to.time - from.time);
  const double frames = static_cast<double>(to.file_bytes - from.file_bytes) / packet;
  const double cpu = seconds(to.server.cpu - from.server.cpu);
  constexpr double mebibyte = 1 << 20;
  fmt::print("  with all {} cameras uploading, for {:.0f} s:\n", cameras, time);
  fmt::print("    {:.0f} frames/s; server {:.1f} % of one CPU, {:.1f} µs per frame; cameras {:.1f} % of one CPU\n",
             frames / time, 100 * cpu / time, 1e6 * cpu / frames,
             100 * seconds(to.cameras.cpu - from.cameras.cpu) / time);
  fmt::print("    server {:.0f} MiB resident, {:.1f} KiB per camera\n",
             static_cast<double>(to.server.resident_bytes) / mebibyte,
             static_cast<double>(to.server.resident_bytes) / cameras / 1024);
}

TEST(TenThousand, CamerasUploadAtOnce) {
  const sim::FleetOptions options = fleet_options();
  fmt::print("repeat with DUALCAM_LOAD_SEED={}\n", options.plan.seed);
  FleetRun run(options, video_seconds, {"--log-level", "warning"});
  run.start();
  ASSERT_TRUE(eventually([&] { return run.fleet().counts().connected == options.cameras; }, limit))
      << run.fleet().counts().connected << " of " << options.cameras << " cameras are connected.";
  const Moment all_connected = look(run);
  // Until the first camera is done: from there on there are fewer.
  ASSERT_TRUE(eventually([&] { return run.fleet().counts().done > 0; }, limit));
  print_between(all_connected, look(run), options.cameras);

  run.finish(limit);
  const ProcessUsage usage = run.server_usage();
  const sim::Summary summary = run.judge(false);
  fmt::print("{}  {:<14}{}\n", sim::as_table(summary), "server", described(usage));
  EXPECT_EQ(summary.outcome, sim::Outcome::identical);
  EXPECT_EQ(summary.verdict->identical, options.cameras);
  EXPECT_EQ(run.server().terminate(), 0);
}

}  // namespace
}  // namespace tests
