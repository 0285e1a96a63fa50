// Which UDP ports this process sends the relay's datagrams from: what is multicast or broadcast comes back to every
// endpoint of the host that listens to it, and must not set off a rule again. Thread-safe.
#pragma once

#include <asio/ip/udp.hpp>
#include <cstdint>

namespace net::relay {

// For as long as it lives, datagrams from this port of this host are our own.
class OwnPort {
 public:
  explicit OwnPort(std::uint16_t port);
  ~OwnPort();
  OwnPort(const OwnPort&) = delete;
  OwnPort& operator=(const OwnPort&) = delete;

 private:
  const std::uint16_t port_;
};

// The host's addresses are looked up again at the next need; otherwise a second may pass.
void own_addresses_changed();

bool sent_by_us(const asio::ip::udp::endpoint& from);

}  // namespace net::relay
