#include "tests/campaign/uploads.hpp"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "server/base/clock.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/eventually.hpp"

namespace tests {

namespace {
constexpr unsigned video_seconds = 2;
constexpr double bytes_of_a_pair = 240'000;  // a photo and a video
// What links do. Not "abandon": each file is to arrive. More seldom than where faults are the subject: the trouble is
// at the other end here.
constexpr const char* link_faults = "corrupt,truncate,drop,stall,cut,abort,silent,split,join";
constexpr double link_faults_scale = 0.2;
constexpr unsigned seconds_between_faults = 20;  // of one kind and camera, at the most often

sim::FleetOptions fleet_options(const Load& load, std::uint16_t port) {
  sim::FleetOptions fleet;
  fleet.port = std::to_string(port);
  fleet.cameras = load.cameras;
  fleet.mixed = true;
  fleet.spread_sources = true;
  fleet.ramp_up = sim::Time{2'000} * load.cameras;
  fleet.camera.bytes_per_second = load.bytes_per_second;
  fleet.camera.reconnect_delay = sim::Time{400'000};
  fleet.camera.longest_delay = sim::Time{2'000'000};
  fleet.camera.longest_stall = sim::Time{1'000'000};
  fleet.faults = sim::FaultOptions::parse(link_faults).value();
  fleet.faults.scale(link_faults_scale);
  fleet.faults.cap = 2 + load.seconds / seconds_between_faults;
  const auto pairs = static_cast<unsigned>(load.seconds * load.bytes_per_second / bytes_of_a_pair);
  fleet.plan = {.photos = 1 + pairs,
                .videos = std::max(1U, pairs),
                .seed = load.seed,
                .first_capture_ms = base::utc_now().time_since_epoch().count() / 1000 * 1000};
  return fleet;
}

std::shared_ptr<const sim::FileMaker> make_files(const Load& load) {
  auto maker = sim::FileMaker::create(
      {.media = sim::FileMaker::Media::synthetic, .video_seconds = video_seconds, .seed = load.seed});
  if (!maker) throw std::runtime_error(maker.error().message);
  return *maker;
}
}  // namespace

Load Load::from_environment() {
  Load load;
  load.cameras = tests::from_environment("DUALCAM_CAMPAIGN_CAMERAS", load.cameras);
  load.bytes_per_second = tests::from_environment("DUALCAM_CAMPAIGN_RATE", load.bytes_per_second);
  load.seconds = tests::from_environment("DUALCAM_CAMPAIGN_SECONDS", load.seconds);
  load.seed = tests::from_environment("DUALCAM_CAMPAIGN_SEED",
                                      static_cast<std::uint64_t>(base::utc_now().time_since_epoch().count()));
  return load;
}

std::string Load::described() const {
  return fmt::format("{} cameras at {} bytes/s, trouble for {} s; repeat with DUALCAM_CAMPAIGN_SEED={}\n", cameras,
                     bytes_per_second, seconds, seed);
}

Uploads::Uploads(const Load& load, std::uint16_t port) : load_(load), maker_(make_files(load)) {
  sim::FleetHooks hooks;
  hooks.resumed = [this](std::uint32_t, const sim::FileSpec&, std::uint32_t, std::uint32_t) { ++resumes_; };
  fleet_ = std::make_unique<sim::Fleet>(fleet_options(load, port), maker_, std::move(hooks));
}

void Uploads::start() {
  if (const auto started = fleet_->start(); !started) throw std::runtime_error(started.error().message);
}

bool Uploads::drain() {
  const std::uint64_t bytes_of_a_camera = counts().planned_bytes / load_.cameras;
  constexpr std::chrono::seconds reserve{180};  // of links that stall, on a loaded machine
  const std::chrono::seconds limit = reserve + std::chrono::seconds(4 * bytes_of_a_camera / load_.bytes_per_second);
  const bool drained = eventually([&] { return fleet_->finished(); }, limit);
  fleet_->request_stop();
  fleet_->wait();
  return drained;
}

std::string Uploads::described() const {
  std::uint64_t files = 0, sent = 0, twice = 0, connects = 0;
  sim::FaultCounts faults{};
  for (const sim::CameraReport& report : reports()) {
    files += report.acknowledged.size();
    sent += report.statistics.file_bytes;
    twice += report.statistics.repeated_bytes;
    connects += report.statistics.connects;
    for (std::size_t kind = 0; kind < faults.size(); ++kind) faults[kind] += report.faults[kind];
  }
  std::uint64_t broken = 0;
  for (const std::uint32_t count : faults) broken += count;
  return fmt::format(
      "{} files of {} bytes; {} connections, {} faults of the links, {} resumes; {} bytes sent twice ({:.2f} %)\n",
      files, sent - twice, connects, broken, resumes_.load(), twice,
      100.0 * static_cast<double>(twice) / static_cast<double>(sent - twice));
}

}  // namespace tests
