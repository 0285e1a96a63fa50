// How much of what a component sends arrives here, from gaps of its sequence numbers: for people, not for decisions.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "server/base/clock.hpp"

namespace mavlink::router {

class Loss {
 public:
  static constexpr std::chrono::seconds window{30};

  void hear(std::uint8_t sequence, base::SteadyTime now);
  // 0 to 1, over the last one or two windows. Nothing: nothing came.
  std::optional<double> share(base::SteadyTime now) const;

 private:
  struct Count {
    std::uint32_t heard = 0;
    std::uint32_t lost = 0;
  };
  void turn(base::SteadyTime now);

  Count now_;
  Count before_;
  std::optional<base::SteadyTime> begun_;
  std::optional<std::uint8_t> expected_;
};

}  // namespace mavlink::router
