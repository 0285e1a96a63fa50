// Cameras of all dialects with every fault at once: all their files arrive byte for byte, once, and nothing else does.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "server/base/clock.hpp"
#include "tests/load/fleet_run.hpp"
#include "tests/support/environment.hpp"

namespace tests {
namespace {

constexpr std::chrono::minutes limit{20};  // of the long form; the short one needs seconds
constexpr unsigned video_seconds = 3;

sim::FleetOptions fleet_options() {
  sim::FleetOptions fleet;
  fleet.cameras = from_environment("DUALCAM_LOAD_CAMERAS", 100U);
  fleet.mixed = true;
  fleet.spread_sources = true;
  fleet.ramp_up = sim::Time{1'000} * fleet.cameras;
  fleet.faults = sim::FaultOptions::all();
  const std::int64_t now_ms = base::utc_now().time_since_epoch().count();
  fleet.plan = {.photos = 2,
                .videos = 1,
                .seed = from_environment("DUALCAM_LOAD_SEED", static_cast<std::uint64_t>(now_ms)),
                .first_capture_ms = now_ms / 1000 * 1000};
  return fleet;
}

TEST(Load, EveryFaultAtOnceAndEveryFileArrivesOnce) {
  const sim::FleetOptions options = fleet_options();
  fmt::print("repeat with DUALCAM_LOAD_SEED={}\n", options.plan.seed);
  FleetRun run(options, video_seconds);
  run.start();
  run.finish(limit);
  const ProcessUsage usage = run.server_usage();
  const sim::Summary summary = run.judge(true);
  fmt::print("{}  {:<14}{}\n", sim::as_table(summary), "server", described(usage));

  for (const sim::Problem& problem : summary.verdict->problems) ADD_FAILURE() << problem.text;
  EXPECT_EQ(summary.verdict->identical, options.cameras * (options.plan.photos + options.plan.videos));
  sim::FaultCounts faults{};
  for (const sim::CameraReport& report : summary.reports) {
    EXPECT_TRUE(report.left.empty()) << report.imei << " still has files.";
    EXPECT_EQ(report.statistics.violations, 0U) << report.imei << ": " << report.statistics.violation;
    for (std::size_t kind = 0; kind < faults.size(); ++kind) faults[kind] += report.faults[kind];
  }
  for (std::size_t kind = 0; kind < faults.size(); ++kind)
    EXPECT_GT(faults[kind], 0U) << "No " << to_string(static_cast<sim::Fault>(kind)) << " happened.";
  EXPECT_EQ(run.server().terminate(), 0);
}

}  // namespace
}  // namespace tests
