// The options of a UDP endpoint, checked and understood.
#pragma once

#include <asio/ip/address_v4.hpp>
#include <asio/ip/udp.hpp>
#include <vector>

#include "server/base/result.hpp"
#include "server/net/proxy_greeting.hpp"
#include "server/net/relay/interfaces.hpp"
#include "server/net/relay/udp_endpoint.hpp"

namespace net::relay {

struct UdpPlan {
  UdpOptions options;
  asio::ip::udp::endpoint listens_on;  // bound to the group where there is one only
  asio::ip::udp::endpoint sends_from;  // port 0: any
  std::vector<asio::ip::address_v4> groups;
  std::vector<asio::ip::udp::endpoint> destinations;
  Networks allow;

  // Sends through the socket that listens.
  bool one_socket() const noexcept { return options.listens && options.sends_from_its_port; }
  bool needs_interfaces() const;
};

base::Result<UdpPlan> plan_for(UdpOptions options);

// 255.255.255.255: it goes where an interface is named, as multicast does, and routes know nothing of it.
bool is_limited_broadcast(const asio::ip::address_v4& address);

// Those that are joined and sent through now.
Chosen interfaces_for(const UdpPlan& plan, const Interfaces& all);

}  // namespace net::relay
