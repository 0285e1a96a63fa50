// How many files and bytes came in the last hour, or whatever the window is: a window that slides in steps of a
// sixtieth of its length. Holds only the steps in which something came. No clock and no lock in here.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

#include "server/base/clock.hpp"
#include "storage/catalog/intake_catalog.hpp"

namespace net {

struct Traffic {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

// The parts of a window, numbered from 1970 on: every node has the same ones.
class StormParts {
 public:
  static constexpr int per_window = 60;

  explicit StormParts(std::chrono::milliseconds window)
      : length_(std::max(std::chrono::milliseconds{1}, window / per_window)) {}

  std::chrono::milliseconds length() const noexcept { return length_; }
  std::int64_t at(base::UtcTime time) const noexcept { return time.time_since_epoch() / length_; }
  // The oldest part that counts at `now`.
  std::int64_t first(std::int64_t now) const noexcept { return now - per_window + 1; }
  base::UtcTime begin_of(std::int64_t part) const noexcept { return base::UtcTime{part * length_}; }

 private:
  std::chrono::milliseconds length_;
};

class StormWindow {
 public:
  void add(std::int64_t part, Traffic traffic);
  // What the catalog has of a part. Files of this node are in both: the higher count stands.
  void learn(const storage::ArrivedFiles& arrived);
  // From `first` up to `last`; clocks of several nodes differ, one that was set back leaves parts in the future.
  Traffic sum(std::int64_t first, std::int64_t last) const noexcept;
  void forget_before(std::int64_t first);

 private:
  struct Part {
    std::int64_t number;
    Traffic traffic;
  };
  Traffic& of(std::int64_t number);

  std::vector<Part> parts_;  // by number; a busy device's 60 take 1.5 KB
};

}  // namespace net
