// MiniServer on a loopback port, in a thread of its own.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/tools/mini_server.hpp"

namespace sim {

class TcpServer {
 public:
  TcpServer();
  ~TcpServer();
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }
  std::vector<StoredFile> stop();  // ends the thread and returns what was stored

 private:
  struct Peer;
  void accept();
  void read(const std::shared_ptr<Peer>& peer);
  void tick();
  Time now() const;

  asio::io_context io_{1};
  asio::ip::tcp::acceptor acceptor_{io_, {asio::ip::address_v4::loopback(), 0}};
  asio::steady_timer timer_{io_};
  std::list<std::weak_ptr<Peer>> peers_;
  std::vector<StoredFile> store_;
  std::thread thread_;
};

}  // namespace sim
