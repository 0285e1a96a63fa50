#include "tests/bench/avl_cameras.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "tests/support/eventually.hpp"

namespace bench {

namespace {
// Some MiB of each: more than one sends in the longest run.
constexpr unsigned files_of_each = 200;
constexpr double packet = 1024;

std::shared_ptr<const sim::FileMaker> make_files() {
  auto maker = sim::FileMaker::create({.media = sim::FileMaker::Media::synthetic, .videos = false});
  if (!maker) throw std::runtime_error(maker.error().message);
  return *maker;
}

sim::FleetOptions options(std::uint16_t port, const CameraPlan& plan) {
  const std::int64_t now_ms = base::utc_now().time_since_epoch().count();
  return {.port = std::to_string(port),
          .cameras = plan.cameras,
          .threads = 1,
          .ramp_up = std::chrono::seconds{1},
          .camera = {.bytes_per_second = plan.bytes_per_second},
          .plan = {.photos = files_of_each, .videos = 0, .first_capture_ms = now_ms}};
}
}  // namespace

Cameras::Cameras(std::uint16_t port, const CameraPlan& plan) : fleet_(options(port, plan), make_files()) {
  if (const auto begun = fleet_.start(); !begun) throw std::runtime_error(begun.error().message);
  const bool all_send = tests::eventually([&] { return fleet_.counts().acknowledged >= plan.cameras; });
  if (!all_send) throw std::runtime_error("The cameras do not get on. " + fleet_.connect_error());
}

CameraCount Cameras::count() const {
  const sim::FleetCounts counts = fleet_.counts();
  return {.frames = static_cast<double>(counts.file_bytes) / packet, .files = counts.acknowledged};
}

void Cameras::check() {
  if (fleet_.counts().done != 0) throw std::runtime_error("A camera has sent all it has: measure for a shorter time.");
  fleet_.request_stop();
  fleet_.wait();
  for (const sim::CameraReport& report : fleet_.reports())
    if (report.statistics.violations != 0)
      throw std::runtime_error(fmt::format("The server broke the protocol: {}.", report.statistics.violation));
}

}  // namespace bench
