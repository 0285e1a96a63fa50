// How long to rest before each further try to reach a server: twice as long each time, up to a longest one.
#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

namespace trigger {

class Rests {
 public:
  using Time = std::chrono::milliseconds;
  static constexpr Time longest{5'000};  // so soon is a server found that is back

  explicit Rests(Time first) : first_(std::min(first, longest)), next_(first_) {}

  // The server is well. `wished`: how long it wants to be left alone, if it said so; the first rest is no shorter.
  void begin_again(std::optional<Time> wished) { next_ = std::clamp(wished.value_or(first_), first_, longest); }
  Time next() { return std::exchange(next_, std::min(2 * next_, longest)); }

 private:
  Time first_;
  Time next_;
};

}  // namespace trigger
