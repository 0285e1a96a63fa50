#include "tools/sim/route.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "tools/sim/random.hpp"

namespace sim {

namespace {
constexpr double metres_per_degree = 111'320;
constexpr double fastest_kmh = 90;
constexpr double radians = std::numbers::pi / 180;

// From low to high, by the key.
double dice(std::uint64_t key, double low, double high) {
  return low + (high - low) * static_cast<double>(mix(key) % 1'000'000) / 1e6;
}
}  // namespace

Route::Route(std::uint64_t seed)
    : seed_(seed),
      longitude_(dice(mix(seed, 1), 23, 26)),
      latitude_(dice(mix(seed, 2), 54, 56)),
      angle_(dice(mix(seed, 3), 0, 360)) {}

RoutePoint Route::drive(Time duration) {
  const std::uint64_t leg = mix(seed_, 100 + legs_++);
  const double metres = speed_kmh_ / 3.6 * std::chrono::duration<double>(duration).count();
  latitude_ += metres * std::cos(angle_ * radians) / metres_per_degree;
  longitude_ += metres * std::sin(angle_ * radians) / (metres_per_degree * std::cos(latitude_ * radians));
  // Nobody drives to the pole: whoever comes too far turns round.
  if (latitude_ < 53 || latitude_ > 57) angle_ += 180;
  latitude_ = std::clamp(latitude_, 53.0, 57.0);
  angle_ = std::fmod(angle_ + dice(leg, -20, 20) + 360, 360);
  speed_kmh_ = std::clamp(speed_kmh_ + dice(leg + 1, -15, 18), 0.0, fastest_kmh);
  return {.longitude_e7 = static_cast<std::int32_t>(std::lround(longitude_ * 1e7)),
          .latitude_e7 = static_cast<std::int32_t>(std::lround(latitude_ * 1e7)),
          .altitude_m = static_cast<std::int16_t>(120 + mix(leg, 2) % 40),
          .angle_deg = static_cast<std::uint16_t>(angle_),
          .speed_kmh = static_cast<std::uint16_t>(speed_kmh_),
          .satellites = static_cast<std::uint8_t>(7 + mix(leg, 3) % 9)};
}

}  // namespace sim
