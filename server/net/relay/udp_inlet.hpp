// Reads datagrams in groups, with what the kernel knows of each: when it came, through which interface and to which
// address, and how many were lost before it. One socket's; belongs to the thread of the socket.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <asio/ip/udp.hpp>
#include <cstdint>

#include "server/base/bytes.hpp"
#include "server/base/clock.hpp"
#include "server/net/relay/udp_endpoint.hpp"

namespace net::relay {

struct Arrival {
  base::ByteView bytes;  // valid until the next read()
  asio::ip::udp::endpoint from;
  asio::ip::address_v4 to;
  unsigned interface = 0;
  base::SteadyTime at;
  bool truncated = false;
  std::uint32_t lost = 0;  // of this socket since it was opened, modulo 2^32
};

class UdpInlet {
 public:
  static constexpr std::size_t most = 16;  // of one read: a system call for each costs more than the copies

  // The socket tells all of that from now on. 0, or errno.
  static int prepare(int socket);

  UdpInlet();
  UdpInlet(const UdpInlet&) = delete;
  UdpInlet& operator=(const UdpInlet&) = delete;

  // How many came, fewer than `most` when there are no more. Never waits.
  std::size_t read(int socket);
  Arrival arrival(std::size_t number) const;

 private:
  struct Slot {
    sockaddr_in from;
    iovec span;
    std::array<std::uint8_t, longest_datagram> bytes;
    alignas(cmsghdr) std::array<std::uint8_t, 128> notes;
  };
  std::array<Slot, most> slots_;
  std::array<mmsghdr, most> heads_{};
  std::chrono::nanoseconds ahead_{0};  // the system's clock before the steady one
  base::SteadyTime now_;
};

}  // namespace net::relay
