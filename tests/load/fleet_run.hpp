// A server, a fleet against it, and what both did: the frame of every test in this folder.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process_usage.hpp"
#include "tests/support/server_process.hpp"
#include "tests/support/temp_folder.hpp"
#include "tools/sim/fleet.hpp"
#include "tools/sim/summary.hpp"

namespace tests {

class FleetRun {
 public:
  // Starts the server, with a place for every camera. Throws std::runtime_error where it, or the files, cannot be made.
  FleetRun(sim::FleetOptions fleet, unsigned video_seconds, std::vector<std::string> server_flags = {});

  sim::Fleet& fleet() noexcept { return fleet_; }
  ServerProcess& server() noexcept { return *server_; }

  void start();
  // Until every camera is done; the rest of them is stopped after `limit`.
  void finish(std::chrono::milliseconds limit);
  // What the cameras did and, asked through the API, what the server has. `content`: every byte is fetched.
  sim::Summary judge(bool content) const;
  ProcessUsage server_usage() const { return usage_of(server_->pid()); }

 private:
  TempFolder folder_;
  std::shared_ptr<const sim::FileMaker> maker_;
  std::unique_ptr<ServerProcess> server_;
  sim::FleetOptions options_;
  sim::Fleet fleet_;
  std::chrono::steady_clock::time_point started_;
  std::chrono::milliseconds elapsed_{0};
};

// "peak memory 61 MiB; 12.3 s of CPU (4.1 user, 8.2 system)"
std::string described(const ProcessUsage& usage);

}  // namespace tests
