// One listening socket of one core. Accepts in small batches; at the descriptor limit it says goodbye politely instead
// of leaving cameras waiting in the backlog.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace net {

class Listener : public std::enable_shared_from_this<Listener> {
 public:
  using Accepted = std::function<void(asio::ip::tcp::socket socket, const asio::ip::tcp::endpoint& peer)>;
  // A connection for which there is no descriptor: it was told CLOSE and is gone.
  using Refused = std::function<void(const asio::ip::tcp::endpoint& peer)>;

  // Several may share one port, of this process: the kernel spreads the connections over them. The `first` of them
  // makes sure that no other process has it. `who` would connect, in errors.
  static base::Result<std::shared_ptr<Listener>> open(asio::io_context& context, const std::string& host,
                                                      std::uint16_t port, bool first, Accepted accepted,
                                                      Refused refused, std::string_view who = "Cameras");
  Listener(asio::io_context& context, Accepted accepted, Refused refused);
  ~Listener();

  std::uint16_t port() const;
  void start();
  void close();  // on the thread of the io_context

 private:
  void wait();
  void accept_batch();
  bool refuse_one();
  void reserve() noexcept;

  asio::ip::tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  Accepted accepted_;
  Refused refused_;
  int reserved_ = -1;  // a descriptor given up to accept, and refuse, when there are no others
};

// What a camera is told that cannot be served now: CLOSE, then the end of the connection. Never blocks.
void refuse_politely(asio::ip::tcp::socket& socket);

}  // namespace net
