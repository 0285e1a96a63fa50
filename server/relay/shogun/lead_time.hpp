// A notification tells by its delay when the capture begins; what is fired for that moment has a latency of its own,
// and what is passed on has lost time on the way.
#pragma once

#include <algorithm>
#include <chrono>

#include "server/base/clock.hpp"

namespace shogun {

constexpr base::SteadyTime event_time(base::SteadyTime received, std::chrono::milliseconds delay) noexcept {
  return received + std::max(delay, std::chrono::milliseconds{0});
}

// When to send to a target that fires `latency` later. In the past: it will be late, by as much.
constexpr base::SteadyTime fire_time(base::SteadyTime event, std::chrono::microseconds latency) noexcept {
  return event - latency;
}

// What is left of the delay for a notification that is passed on at `now`, in whole milliseconds, at least 0.
constexpr std::chrono::milliseconds remaining_delay(base::SteadyTime event, base::SteadyTime now) noexcept {
  return std::max(std::chrono::round<std::chrono::milliseconds>(event - now), std::chrono::milliseconds{0});
}

}  // namespace shogun
