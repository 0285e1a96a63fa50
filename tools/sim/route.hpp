// A made-up drive: where a vehicle is, second by second, all from one seed.
#pragma once

#include <cstdint>

#include "tools/sim/camera.hpp"

namespace sim {

struct RoutePoint {
  std::int32_t longitude_e7 = 0;
  std::int32_t latitude_e7 = 0;
  std::int16_t altitude_m = 0;
  std::uint16_t angle_deg = 0;
  std::uint16_t speed_kmh = 0;
  std::uint8_t satellites = 0;
};

class Route {
 public:
  explicit Route(std::uint64_t seed);
  // Drives on for so long, in a straight line, then turns a little.
  RoutePoint drive(Time duration);

 private:
  std::uint64_t seed_;
  std::uint64_t legs_ = 0;
  double longitude_;
  double latitude_;
  double angle_;
  double speed_kmh_ = 0;
};

}  // namespace sim
