#include "tests/crash/campaign.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "server/base/clock.hpp"
#include "tests/crash/unread.hpp"
#include "tests/support/environment.hpp"
#include "tests/support/ports.hpp"

namespace tests {

namespace {
using std::chrono::milliseconds;

// Long enough for cameras to come back and get into their files; short enough for many rounds.
constexpr milliseconds longest_uptime{1500};
// One kill in four comes while the server still recovers or the cameras still come back.
constexpr milliseconds longest_short_uptime{50};
constexpr unsigned one_short_uptime_in = 4;
// What a camera brings over in a round, with its share of reconnecting: what the plan of files is made from.
constexpr double sending_seconds_per_round = 0.8;
constexpr double bytes_of_a_video_second = 100'000;
constexpr unsigned video_seconds = 3;
constexpr std::uint32_t first_source_address = 0x7f010001;  // 127.1.0.1: camera 0 of a fleet that spreads its sources

unsigned videos_for(const CampaignOptions& options) {
  const double bytes = options.rounds * sending_seconds_per_round * options.bytes_per_second;
  return 1 + static_cast<unsigned>(bytes / (bytes_of_a_video_second * video_seconds));
}

std::shared_ptr<const sim::FileMaker> make_files(const CampaignOptions& options) {
  auto maker = sim::FileMaker::create(
      {.media = sim::FileMaker::Media::synthetic, .video_seconds = video_seconds, .seed = options.seed});
  if (!maker) throw std::runtime_error(maker.error().message);
  return *maker;
}

sim::FleetOptions fleet_options(const CampaignOptions& options, std::uint16_t port) {
  sim::FleetOptions fleet;
  fleet.port = std::to_string(port);
  fleet.cameras = options.cameras;
  fleet.mixed = true;
  fleet.spread_sources = true;
  fleet.camera.bytes_per_second = options.bytes_per_second;
  fleet.camera.reconnect_delay = sim::Time{50'000};
  fleet.camera.longest_delay = sim::Time{200'000};
  fleet.plan = {.photos = 2,
                .videos = videos_for(options),
                .seed = options.seed,
                .first_capture_ms = base::utc_now().time_since_epoch().count() / 1000 * 1000};
  return fleet;
}
}  // namespace

CampaignOptions CampaignOptions::from_environment() {
  CampaignOptions options;
  options.rounds = tests::from_environment("DUALCAM_CRASH_ROUNDS", options.rounds);
  options.cameras = tests::from_environment("DUALCAM_CRASH_CAMERAS", options.cameras);
  options.bytes_per_second = tests::from_environment("DUALCAM_CRASH_RATE", options.bytes_per_second);
  options.seed = tests::from_environment("DUALCAM_CRASH_SEED",
                                         static_cast<std::uint64_t>(base::utc_now().time_since_epoch().count()));
  return options;
}

Campaign::Campaign(const CampaignOptions& options)
    : options_(options), maker_(make_files(options)), random_(options.seed), camera_port_(lasting_port(options.seed)) {
  start_server();
  sim::FleetHooks hooks;
  hooks.acknowledged = [this](std::uint32_t camera, const sim::FileSpec&) {
    ++acknowledgements_;
    sent_again_.acknowledged(camera);
  };
  hooks.resumed = [this](std::uint32_t camera, const sim::FileSpec&, std::uint32_t offset, std::uint32_t sent) {
    sent_again_.resumed(camera, offset, sent);
  };
  fleet_.emplace(fleet_options(options, camera_port_), maker_, std::move(hooks));
}

void Campaign::start_server() {
  server_ = std::make_unique<ServerProcess>(ServerStart{
      .data_dir = folder_ / "data", .flags = {"--dualcam-listen", fmt::format("127.0.0.1:{}", camera_port_)}});
  if (!server_->wait_ready()) throw std::runtime_error("dualcamd does not start:\n" + server_->log());
}

// Everything stands still first: what the server's memory holds at this moment is lost, what its sockets hold it never
// had.
void Campaign::kill_server() {
  server_->signal(SIGSTOP);
  fleet_->while_still([this] {
    for (const auto& [address, bytes] : unread_bytes(camera_port_))
      sent_again_.unread(address - first_source_address, bytes);
    server_->kill_hard();
  });
}

milliseconds Campaign::next_uptime() {
  const bool brief = random_() % one_short_uptime_in == 0;
  const milliseconds longest = brief ? longest_short_uptime : longest_uptime;
  return milliseconds(random_() % static_cast<std::uint64_t>(longest.count()));
}

void Campaign::run() {
  if (const auto started = fleet_->start(); !started) throw std::runtime_error(started.error().message);
  for (unsigned round = 1; round <= options_.rounds; ++round) {
    const milliseconds uptime = next_uptime();
    std::this_thread::sleep_for(uptime);
    const sim::FleetCounts counts = fleet_->counts();
    kill_server();
    if (counts.connected > 0) ++rounds_under_load_;
    const base::SteadyTime killed = base::steady_now();
    start_server();
    fmt::print(
        "round {:>3} of {}: killed after {:>4} ms with {:>3} cameras connected and {:>5} of {} files "
        "acknowledged; ready again in {} ms\n",
        round, options_.rounds, uptime.count(), counts.connected, counts.acknowledged, counts.planned,
        std::chrono::duration_cast<milliseconds>(base::steady_now() - killed).count());
    std::fflush(stdout);
  }
}

bool Campaign::let_cameras_finish() {
  const sim::FleetCounts counts = fleet_->counts();
  const std::uint64_t bytes_of_a_camera = counts.planned_bytes / options_.cameras;
  constexpr milliseconds reserve{60'000};
  const milliseconds limit = reserve + milliseconds(2000 * bytes_of_a_camera / options_.bytes_per_second);
  const bool finished = eventually([&] { return fleet_->finished(); }, limit);
  fleet_->request_stop();
  fleet_->wait();
  return finished;
}

sim::Verdict Campaign::ask_server() const {
  const auto verdict = sim::judge({.api = server_->http_url(), .token = {}}, {}, *maker_, fleet_->reports());
  if (!verdict) throw std::runtime_error(verdict.error().message);
  return *verdict;
}

CatalogAudit Campaign::stop_and_audit() {
  if (server_->terminate() != 0) throw std::runtime_error("dualcamd does not end well:\n" + server_->log());
  return audit_catalog(folder_ / "data/catalog.db");
}

std::size_t Campaign::files_in_spool() const {
  const std::filesystem::directory_iterator spool(folder_ / "data/spool");
  return static_cast<std::size_t>(
      std::ranges::count_if(spool, [](const auto& entry) { return entry.path().extension() == ".part"; }));
}

}  // namespace tests
