// A fleet with broken links that uploads through an installation's balancer, and what it cost.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tools/sim/fleet.hpp"

namespace tests {

struct Load {
  unsigned cameras = 40;
  std::uint32_t bytes_per_second = 32'000;  // of each camera
  unsigned seconds = 8;                     // what the cameras have on their cards takes a little longer than that
  std::uint64_t seed = 1;

  // DUALCAM_CAMPAIGN_CAMERAS, …_RATE, …_SECONDS and …_SEED; the time is the seed of a run that is given none.
  static Load from_environment();
  std::string described() const;
};

class Uploads {
 public:
  Uploads(const Load& load, std::uint16_t port);

  void start();  // throws std::runtime_error where the fleet cannot
  // False when cameras still have files after a time that would do for sending everything again.
  bool drain();

  sim::FleetCounts counts() const { return fleet_->counts(); }
  const sim::FileMaker& maker() const noexcept { return *maker_; }
  std::vector<sim::CameraReport> reports() const { return fleet_->reports(); }  // after drain()
  // After drain(): files, connections, resumes, and the share of bytes that were sent twice, in a line.
  std::string described() const;

 private:
  const Load load_;
  std::shared_ptr<const sim::FileMaker> maker_;
  std::atomic<std::uint64_t> resumes_ = 0;
  std::unique_ptr<sim::Fleet> fleet_;
};

}  // namespace tests
