// A client's end of UDP on the loopback, whose every wait ends. One thread at a time.
#pragma once

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>

#include "server/base/bytes.hpp"
#include "tests/support/eventually.hpp"

namespace tests {

class DatagramSocket {
 public:
  explicit DatagramSocket(std::uint16_t port) : descriptor_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  ~DatagramSocket() { ::close(descriptor_); }
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;

  bool send(base::ByteView bytes) const {
    return connected_ && ::send(descriptor_, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size());
  }
  // Empty after `limit`.
  base::Bytes receive(std::chrono::milliseconds limit = patience) const {
    pollfd readable{.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, static_cast<int>(limit.count())) != 1) return {};
    base::Bytes bytes(1500);
    const ssize_t size = ::recv(descriptor_, bytes.data(), bytes.size(), 0);
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
  }

 private:
  int descriptor_;
  bool connected_ = false;
};

}  // namespace tests
