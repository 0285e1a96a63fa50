// Both clocks of one moment: the steady one for what is to be done when, UTC for what is kept.
#pragma once

#include "server/base/clock.hpp"

namespace base {

struct Now {
  SteadyTime steady;
  UtcTime utc;
};

}  // namespace base
