// The server's end of trackers' links on a loopback port, in a thread of its own: answers every record at once, and
// sends one command to each tracker behind its first records.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "server/avl/session.hpp"

namespace sim {

struct SeenTracker {
  unsigned links = 0;
  std::uint64_t records = 0;
  bool commanded = false;
  std::string said;  // replies joined
};

class AvlTcpServer {
 public:
  explicit AvlTcpServer(std::string command);
  ~AvlTcpServer();
  AvlTcpServer(const AvlTcpServer&) = delete;
  AvlTcpServer& operator=(const AvlTcpServer&) = delete;

  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  std::map<std::uint64_t, SeenTracker> stop();  // ends the thread; by IMEI

 private:
  struct Peer;
  void accept();
  void read(const std::shared_ptr<Peer>& peer);
  void carry_out(Peer& peer);

  std::string command_;
  avl::SessionOptions options_;
  asio::io_context io_{1};
  asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  std::map<std::uint64_t, SeenTracker> seen_;
  std::thread thread_;
};

}  // namespace sim
