// How long to leave something alone that does not answer: longer each time, until it does.
#pragma once

#include <algorithm>
#include <chrono>

namespace base {

class BackOff {
 public:
  constexpr BackOff(std::chrono::milliseconds first, std::chrono::milliseconds longest)
      : first_(first), longest_(longest) {}

  std::chrono::milliseconds again() {
    delay_ = std::clamp(delay_ * 2, first_, longest_);
    return delay_;
  }
  void reset() { delay_ = {}; }
  bool resting() const noexcept { return delay_.count() != 0; }

 private:
  std::chrono::milliseconds first_;
  std::chrono::milliseconds longest_;
  std::chrono::milliseconds delay_{0};
};

}  // namespace base
