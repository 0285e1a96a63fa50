// How long to leave something alone that does not answer: longer each time, until it does.
#pragma once

#include <algorithm>
#include <chrono>

namespace capture {

class BackOff {
 public:
  static constexpr std::chrono::milliseconds first{250};
  static constexpr std::chrono::milliseconds longest{30'000};

  std::chrono::milliseconds again() {
    delay_ = std::clamp(delay_ * 2, first, longest);
    return delay_;
  }
  void reset() { delay_ = {}; }
  bool resting() const noexcept { return delay_.count() != 0; }

 private:
  std::chrono::milliseconds delay_{0};
};

}  // namespace capture
