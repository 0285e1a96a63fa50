// Datagrams that leave from here.
#pragma once

#include <string>
#include <vector>

#include "server/base/bytes.hpp"
#include "server/net/relay/udp_endpoint.hpp"

namespace trigger {

struct Shipment {
  std::vector<net::relay::UdpOptions::Destination> to;
  std::vector<std::string> interfaces;  // of multicast and broadcast; none: all, the loopback as well
  base::Bytes datagram;
  unsigned times = 1;  // with a few milliseconds between
};

// Errors: as of net::relay::UdpEndpoint.
base::Result<> send(const Shipment& shipment);

// "twice to 224.1.1.1:600 through all interfaces", "to 10.0.0.7:30".
std::string way_of(const Shipment& shipment);
// {"to":["…"],"interfaces":[],"times":2,"raw":"…"}
std::string as_json(const Shipment& shipment);

}  // namespace trigger
