// One non-blocking UDP socket of a link, read in turns. Belongs to the thread of its io_context.
#pragma once

#include <array>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <functional>
#include <memory>

#include "server/base/bytes.hpp"
#include "server/base/result.hpp"

namespace net::mavlink {

class UdpSocket {
 public:
  using Came = std::function<void(const asio::ip::udp::endpoint& from, base::ByteView bytes)>;

  explicit UdpSocket(asio::io_context& context) : socket_(context) {}
  ~UdpSocket();
  UdpSocket(const UdpSocket&) = delete;
  UdpSocket& operator=(const UdpSocket&) = delete;

  // 0, or errno.
  int open(const asio::ip::udp::endpoint& local, bool broadcasts);
  void start(Came came);
  int send(const asio::ip::udp::endpoint& to, base::ByteView bytes);
  std::uint16_t port() const;

 private:
  void wait();
  void turn();

  asio::ip::udp::socket socket_;
  Came came_;
  std::array<std::uint8_t, 65'536> buffer_;  // the longest datagram
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace net::mavlink
