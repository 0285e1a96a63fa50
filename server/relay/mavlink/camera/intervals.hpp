// Messages that somebody wants regularly. Each peer that asks has one interval of a message.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "server/base/clock.hpp"
#include "server/relay/mavlink/camera/command.hpp"
#include "server/relay/mavlink/camera/grid.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::camera {

struct Wanted {
  std::uint32_t message = 0;
  Recipient to;
};

class Intervals {
 public:
  // Shorter ones than limits::shortest_message_interval become that. False: too many already.
  bool set(const Wanted& wanted, std::chrono::microseconds interval, base::SteadyTime now);
  void stop(const Wanted& wanted);
  void forget(Peer peer);

  std::optional<std::chrono::microseconds> interval(std::uint32_t message, Peer asker) const noexcept;
  std::vector<Wanted> take(base::SteadyTime now);
  std::optional<base::SteadyTime> next_wake() const noexcept;

 private:
  struct Entry {
    Wanted wanted;
    Grid grid;
  };
  const Entry* find(std::uint32_t message, Peer asker) const noexcept;

  std::vector<Entry> entries_;
};

// The earlier one, where there is one.
std::optional<base::SteadyTime> earlier(std::optional<base::SteadyTime> a, std::optional<base::SteadyTime> b) noexcept;

}  // namespace mavlink::camera
