// Commands that come twice although they were meant once: re-sent because the acknowledgement was lost, or told in two
// ways.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "server/base/clock.hpp"
#include "server/relay/mavlink/camera/command.hpp"

namespace mavlink::camera {

class Resent {
 public:
  // Whether the command is one that was remembered; it is then acknowledged as that was, and not carried out.
  bool is_known(const Command& command, base::SteadyTime now);
  // That it was carried out. At most limits::most_remembered; the oldest is forgotten first.
  void remember(const Command& command, base::SteadyTime now);

 private:
  struct Kept {
    Command command;
    base::SteadyTime at;
    bool told_twice = false;  // the other way of telling it was heard
  };
  bool is_other_telling(Kept& kept, const Command& command, base::SteadyTime now) const noexcept;

  std::deque<Kept> kept_;
};

// The number of a single capture, which the next capture of the same sender does not have; 0: none.
std::int32_t capture_number(const Command& command) noexcept;

}  // namespace mavlink::camera
