// A stand-in for a vehicle, component 1 of the cameras' system, off unless configured: some ground stations show a
// camera only where a vehicle of the same system is. It drives nothing, has no parameters and refuses every command. It
// was not tried against such a ground station. Sans-IO, one thread.
#pragma once

#include <cstdint>
#include <optional>

#include "server/base/now.hpp"
#include "server/relay/mavlink/camera/actions.hpp"
#include "server/relay/mavlink/camera/grid.hpp"

namespace mavlink::camera {

class VehicleStub {
 public:
  VehicleStub(std::uint8_t system, base::Now now);

  // Only Actions::send and notes are used.
  void hear(const Received& received, base::Now now, Actions& out);
  void wake(base::Now now, Actions& out);
  std::optional<base::SteadyTime> next_wake() const noexcept { return heartbeat_.next; }

 private:
  Address address_;
  Grid heartbeat_;
};

}  // namespace mavlink::camera
