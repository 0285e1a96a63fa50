// The multicast groups one socket has joined, each on each interface.
#pragma once

#include <set>
#include <utility>

#include "server/base/result.hpp"
#include "server/net/relay/udp_plan.hpp"

namespace net::relay {

class Memberships {
 public:
  // Joins what is missing on these interfaces, leaves what was on others. The error is the first; the rest is done.
  base::Result<> follow(int socket, const UdpPlan& plan, const Interfaces& interfaces);

 private:
  std::set<std::pair<unsigned, std::uint32_t>> joined_;  // index of the interface, group
};

}  // namespace net::relay
