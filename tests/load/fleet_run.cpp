#include "tests/load/fleet_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace tests {

namespace {
std::shared_ptr<const sim::FileMaker> make_files(const sim::FleetOptions& fleet, unsigned video_seconds) {
  auto maker = sim::FileMaker::create({.media = sim::FileMaker::Media::synthetic,
                                       .video_seconds = video_seconds,
                                       .videos = fleet.plan.videos > 0,
                                       .seed = fleet.plan.seed});
  if (!maker) throw std::runtime_error(maker.error().message);
  return *maker;
}

std::unique_ptr<ServerProcess> start_server(const TempFolder& folder, const sim::FleetOptions& fleet,
                                            std::vector<std::string> flags) {
  // Cameras that come back may find their old connection still open.
  const std::string places = std::to_string(std::max(10'000U, fleet.cameras + fleet.cameras / 10));
  flags.insert(flags.end(), {"--max-connections", places, "--max-connections-per-ip", places});
  auto server = std::make_unique<ServerProcess>(ServerStart{.data_dir = folder / "data", .flags = std::move(flags)});
  if (!server->wait_ready()) throw std::runtime_error("dualcamd does not start:\n" + server->log());
  return server;
}

sim::FleetOptions against(sim::FleetOptions fleet, const ServerProcess& server) {
  fleet.port = std::to_string(server.port());
  return fleet;
}
}  // namespace

FleetRun::FleetRun(sim::FleetOptions fleet, unsigned video_seconds, std::vector<std::string> server_flags)
    : maker_(make_files(fleet, video_seconds)),
      server_(start_server(folder_, fleet, std::move(server_flags))),
      options_(against(std::move(fleet), *server_)),
      fleet_(options_, maker_) {}

void FleetRun::start() {
  started_ = std::chrono::steady_clock::now();
  if (const auto begun = fleet_.start(); !begun) throw std::runtime_error(begun.error().message);
}

void FleetRun::finish(std::chrono::milliseconds limit) {
  eventually([&] { return fleet_.finished(); }, limit);
  fleet_.request_stop();
  fleet_.wait();
  elapsed_ = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_);
}

sim::Summary FleetRun::judge(bool content) const {
  sim::Summary summary{.reports = fleet_.reports(),
                       .elapsed = elapsed_,
                       .seed = options_.plan.seed,
                       .media = std::string(maker_->described())};
  auto verdict =
      sim::judge({.api = server_->http_url(), .token = {}, .content = content}, {}, *maker_, summary.reports);
  if (!verdict) throw std::runtime_error(verdict.error().message);
  summary.verdict = *std::move(verdict);
  if (!summary.verdict->problems.empty())
    summary.outcome = sim::Outcome::different;
  else if (std::ranges::any_of(summary.reports, [](const auto& report) { return !report.left.empty(); }))
    summary.outcome = sim::Outcome::unfinished;
  return summary;
}

std::string described(const ProcessUsage& usage) {
  constexpr double mebibyte = 1 << 20;
  return fmt::format("peak memory {:.0f} MiB; {:.1f} s of CPU ({:.1f} user, {:.1f} system)",
                     static_cast<double>(usage.peak_resident_bytes) / mebibyte, seconds(usage.cpu), seconds(usage.user),
                     seconds(usage.system));
}

}  // namespace tests
