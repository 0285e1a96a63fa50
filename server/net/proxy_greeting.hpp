// Learns from a balancer who a connection is of, before anything else is done with it.
// Belongs to the thread of its socket's io_context.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/net/deadline.hpp"

namespace net {

// A network of addresses: "10.0.0.0/8", "fd00::/8", or one address.
class Network {
 public:
  static base::Result<Network> parse(std::string_view text);
  bool contains(const asio::ip::address& address) const;

 private:
  asio::ip::address_v6::bytes_type prefix_{};  // IPv4 in its mapped form
  unsigned bits_ = 0;
};

using Networks = std::vector<Network>;
bool contains(const Networks& networks, const asio::ip::address& address);

class ProxyGreeting : public std::enable_shared_from_this<ProxyGreeting> {
 public:
  using Greeted = std::function<void(asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer)>;
  using Failed = std::function<void(const asio::ip::tcp::endpoint& balancer, const std::string& why)>;

  ProxyGreeting(asio::ip::tcp::socket socket, asio::ip::tcp::endpoint balancer, Greeted greeted, Failed failed);
  // Calls one of the two within seconds; neither for a balancer that only looks whether somebody listens. What follows
  // the header stays in the socket.
  void start();

 private:
  void wait();
  void look();
  void give_up(const std::string& why);

  asio::ip::tcp::socket socket_;
  const asio::ip::tcp::endpoint balancer_;
  const Greeted greeted_;
  const Failed failed_;
  LazyDeadline deadline_;
};

}  // namespace net
