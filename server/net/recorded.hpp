// Between connections and the recorder: who talks to whom, as a recording has it.
#pragma once

#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <string>

#include "server/pcapng/conversation.hpp"

namespace net {

pcapng::Address recorded_address(const asio::ip::address& address);

template <class Protocol>
pcapng::Endpoint recorded_endpoint(const asio::ip::basic_endpoint<Protocol>& endpoint) {
  return {recorded_address(endpoint.address()), endpoint.port()};
}

// `address:port` as the log has it: behind a balancer it is none of the socket's. What is no address is 0.0.0.0.
pcapng::Endpoint recorded_endpoint(const std::string& text);

}  // namespace net
