// Sends one datagram to many in one system call: each destination, and of multicast and 255.255.255.255 each interface.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"
#include "server/net/relay/udp_plan.hpp"

namespace net::relay {

class UdpOutlet {
 public:
  UdpOutlet() = default;
  UdpOutlet(const UdpOutlet&) = delete;
  UdpOutlet& operator=(const UdpOutlet&) = delete;

  // 0, or errno.
  static int prepare(int socket, const UdpOptions& options);

  void aim(const UdpPlan& plan, const Interfaces& interfaces);

  struct Sent {
    std::size_t sent = 0;
    std::size_t not_sent = 0;
    std::optional<base::Error> first_error;
  };
  Sent send(int socket, base::ByteView datagram);

 private:
  struct Target {
    sockaddr_in address{};
    alignas(cmsghdr) std::array<std::uint8_t, CMSG_SPACE(sizeof(in_pktinfo))> note{};
    std::string shown;
    std::string interface;  // empty: as the routes say
  };
  void add(const asio::ip::udp::endpoint& to, const Interface* through);

  std::string name_;
  std::vector<Target> targets_;
  std::vector<mmsghdr> heads_;        // of the targets
  iovec span_{};                      // of all heads
  std::vector<std::string> nowhere_;  // destinations that no interface leads to
};

}  // namespace net::relay
