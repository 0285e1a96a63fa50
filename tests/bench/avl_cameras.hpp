// Cameras that upload all the time, beside the trackers of the benchmark: the fleet of `dualcam sim`, which sends whole
// files and has each of them acknowledged.
#pragma once

#include <cstdint>
#include <string>

#include "tools/sim/fleet.hpp"

namespace bench {

struct CameraPlan {
  unsigned cameras = 0;
  std::uint32_t bytes_per_second = 19'000;  // of each: a good mobile link
};

struct CameraCount {
  double frames = 0;  // of 1 KiB
  std::uint32_t files = 0;
};

class Cameras {
 public:
  // When this returns, all of them are connected and send. Throws std::runtime_error where that fails.
  Cameras(std::uint16_t port, const CameraPlan& plan);
  CameraCount count() const;  // since then, of what the server has taken
  // Throws where one of them is through, or has found the server at fault.
  void check();

 private:
  sim::Fleet fleet_;
};

}  // namespace bench
