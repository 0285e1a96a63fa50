// How long to leave a tracker, a gateway or the catalog alone that does not answer.
#pragma once

#include "server/base/back_off.hpp"

namespace capture {

class BackOff : public base::BackOff {
 public:
  static constexpr std::chrono::milliseconds first{250};
  static constexpr std::chrono::milliseconds longest{30'000};

  BackOff() : base::BackOff(first, longest) {}
};

}  // namespace capture
