// One campaign: a server that is killed at random moments and started again at once, and a fleet that uploads through
// all of it, in this process.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "tests/crash/catalog_audit.hpp"
#include "tests/crash/sent_again.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temp_folder.hpp"
#include "tools/sim/fleet.hpp"
#include "tools/sim/verdict.hpp"

namespace tests {

struct CampaignOptions {
  unsigned rounds = 15;
  unsigned cameras = 60;
  std::uint32_t bytes_per_second = 64'000;  // of each camera: a kill meets most of them in the middle of a file
  std::uint64_t seed = 1;

  // DUALCAM_CRASH_ROUNDS, …_CAMERAS, …_RATE and …_SEED; the time is the seed of a run that is given none.
  static CampaignOptions from_environment();
};

class Campaign {
 public:
  explicit Campaign(const CampaignOptions& options);

  // Throws std::runtime_error where the server does not start or the fleet cannot.
  void run();
  // False when cameras still have files after a time that would do for sending everything again.
  bool let_cameras_finish();
  sim::Verdict ask_server() const;  // through the API
  CatalogAudit stop_and_audit();    // ends the server by SIGTERM first

  const SentAgain& sent_again() const noexcept { return sent_again_; }
  std::uint64_t acknowledgements() const noexcept { return acknowledgements_; }
  unsigned rounds_under_load() const noexcept { return rounds_under_load_; }  // a kill hit connected cameras
  std::vector<sim::CameraReport> reports() const { return fleet_->reports(); }
  std::size_t files_in_spool() const;

 private:
  void start_server();
  void kill_server();
  std::chrono::milliseconds next_uptime();

  const CampaignOptions options_;
  TempFolder folder_;
  std::shared_ptr<const sim::FileMaker> maker_;
  std::mt19937_64 random_;
  SentAgain sent_again_;
  std::atomic<std::uint64_t> acknowledgements_ = 0;
  unsigned rounds_under_load_ = 0;
  const std::uint16_t camera_port_;  // the same through all restarts
  std::unique_ptr<ServerProcess> server_;
  std::optional<sim::Fleet> fleet_;
};

}  // namespace tests
