// A timer wheel for many coarse timers that are mostly set again before long: one system timer for all of them.
// Not thread-safe: one wheel per thread.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "tools/sim/camera.hpp"

namespace sim {

class Wheel {
 public:
  static constexpr Time tick{10'000};  // a camera's packets are 50 ms apart and more

  // Calls visit(id) for everything due at `now`.
  template <class Visit>
  void advance(Time now, Visit visit) {
    for (const std::uint64_t last = ticks(now); next_ <= last; ++next_) {
      due_.clear();
      due_.swap(slots_[next_ % slots_.size()]);
      for (const Entry& entry : due_) {
        if (entry.tick > next_)
          slots_[entry.tick % slots_.size()].push_back(entry);  // a later round
        else
          visit(entry.id);
      }
    }
  }

  // Rounded up to the next tick. Returns the tick it is due at.
  std::uint64_t add(std::uint32_t id, Time at) {
    const std::uint64_t due = due_tick(at);
    slots_[due % slots_.size()].push_back({due, id});
    return due;
  }
  std::uint64_t due_tick(Time at) const { return std::max(ticks(at + tick - Time{1}), next_); }

 private:
  struct Entry {
    std::uint64_t tick;
    std::uint32_t id;
  };
  static std::uint64_t ticks(Time time) { return static_cast<std::uint64_t>(time / tick); }

  std::array<std::vector<Entry>, 1024> slots_;  // 10 s a round; longer waits go round again
  std::vector<Entry> due_;
  std::uint64_t next_ = 0;
};

}  // namespace sim
