// Where a UDP client sends to. One that is pointed at a broadcast address takes the first that answers, and looks for
// somebody else when that one falls silent, as other MAVLink routers do. No clock, no socket.
#pragma once

#include <asio/ip/udp.hpp>
#include <chrono>
#include <cstdint>
#include <optional>

#include "server/base/clock.hpp"

namespace net::mavlink {

class Aim {
 public:
  Aim(asio::ip::udp::endpoint target, bool broadcast, std::chrono::milliseconds silence)
      : target_(std::move(target)), broadcast_(broadcast), silence_(silence) {}

  // False: it is not from whom this client talks to.
  bool heard(const asio::ip::udp::endpoint& from, base::SteadyTime now);
  // True: who answered has been silent for too long; whoever answers next is another peer, with the next number.
  bool expire(base::SteadyTime now);
  std::optional<base::SteadyTime> next_expiry() const;

  const asio::ip::udp::endpoint& target() const noexcept { return answered_ ? *answered_ : target_; }
  std::uint32_t peer() const noexcept { return peer_; }
  std::optional<base::SteadyTime> last_heard() const noexcept { return heard_; }

 private:
  asio::ip::udp::endpoint target_;
  bool broadcast_;
  std::chrono::milliseconds silence_;
  std::uint32_t peer_ = 1;
  std::optional<asio::ip::udp::endpoint> answered_;  // to a broadcast
  std::optional<base::SteadyTime> heard_;
};

}  // namespace net::mavlink
