// Moments a fixed time apart. What is done on them never drifts, however late somebody wakes up for it.
#pragma once

#include <chrono>
#include <cstdint>

#include "server/base/clock.hpp"

namespace mavlink::camera {

struct Grid {
  base::SteadyTime next;
  std::chrono::microseconds period;  // more than 0

  // How many moments have come since the last call: those but one are missed.
  std::uint64_t take(base::SteadyTime now) noexcept {
    if (now < next) return 0;
    const auto passed = (now - next) / period + 1;
    next += passed * period;
    return static_cast<std::uint64_t>(passed);
  }
};

}  // namespace mavlink::camera
