// How fast a recording is replayed against a server, and for how long that may be silent.
#pragma once

#include <chrono>
#include <optional>

#include "tools/sim/camera.hpp"

namespace replay {

using sim::Step;
using sim::Time;  // microseconds since the replay began

struct Pace {
  std::optional<double> speed = 1;  // of the recording's; nothing: as fast as possible
  Time wait{30'000'000};            // for the server, beyond what the recorded one took

  Time scaled(std::chrono::microseconds gap) const {
    return speed ? Time{static_cast<Time::rep>(static_cast<double>(gap.count()) / *speed)} : Time{0};
  }
};

}  // namespace replay
