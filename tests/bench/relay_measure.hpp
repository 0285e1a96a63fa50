// How long a relay takes from a datagram in to the last datagram out, seen from outside: the time before the trigger is
// sent, and the kernel's time of arrival at each target, on one clock. Any program can be measured that sends something
// to every target for each trigger.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"

namespace bench {

// Where the relay's datagrams go: sockets on the loopback.
class RelayTargets {
 public:
  explicit RelayTargets(std::size_t count);
  ~RelayTargets();
  RelayTargets(const RelayTargets&) = delete;
  RelayTargets& operator=(const RelayTargets&) = delete;

  const std::vector<std::uint16_t>& ports() const noexcept { return ports_; }

  void drain();
  // When the last of them had its first datagram; 0 when not all have one within `limit`.
  std::chrono::nanoseconds last_arrival(std::chrono::milliseconds limit);

 private:
  std::vector<int> sockets_;
  std::vector<std::uint16_t> ports_;
  int epoll_ = -1;
};

struct RelayPlan {
  std::size_t shots = 2000;
  // Between the end of one and the next, by chance: the relay sleeps meanwhile, as it does in a studio.
  std::chrono::microseconds shortest_gap{200};
  std::chrono::microseconds longest_gap{2000};
};

struct RelayLatencies {
  std::vector<double> us;  // sorted
  std::size_t lost = 0;    // shots that did not reach every target
  double percentile(double part) const;
};

// `datagram`: what to send for shot 0, 1, …; a relay that drops duplicates wants each to be another one.
RelayLatencies measure_relay(const sockaddr_in& input, RelayTargets& targets, const RelayPlan& plan,
                             const std::function<base::Bytes(std::uint64_t shot)>& datagram);

}  // namespace bench
