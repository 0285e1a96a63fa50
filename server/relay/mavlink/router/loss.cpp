#include "server/relay/mavlink/router/loss.hpp"

namespace mavlink::router {

namespace {
// Of 256 numbers the later half is behind, not ahead: overtaken or doubled, not lost.
constexpr std::uint8_t ahead = 128;
}  // namespace

void Loss::turn(base::SteadyTime now) {
  if (begun_ && now - *begun_ < window) return;
  before_ = begun_ && now - *begun_ < 2 * window ? now_ : Count{};
  now_ = {};
  begun_ = now;
}

void Loss::hear(std::uint8_t sequence, base::SteadyTime now) {
  turn(now);
  ++now_.heard;
  const auto gap = static_cast<std::uint8_t>(sequence - expected_.value_or(sequence));
  if (gap >= ahead) {
    if (now_.lost > 0) --now_.lost;
    return;
  }
  now_.lost += gap;
  expected_ = static_cast<std::uint8_t>(sequence + 1);
}

std::optional<double> Loss::share(base::SteadyTime now) const {
  if (!begun_ || now - *begun_ >= 2 * window) return {};
  const double lost = now_.lost + before_.lost;
  const double all = lost + now_.heard + before_.heard;
  return lost / all;
}

}  // namespace mavlink::router
