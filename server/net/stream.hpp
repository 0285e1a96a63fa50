// One TCP connection, plain or TLS, as non-blocking reads and writes: the buffer is only borrowed while there is
// something to read, so that an idle connection holds none. Belongs to the thread of its io_context.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "server/base/bytes.hpp"
#include "server/net/tls.hpp"

struct ssl_st;

namespace net {

enum class IoState : std::uint8_t { done, want_read, want_write, closed, failed };

struct IoResult {
  IoState state = IoState::done;
  std::size_t bytes = 0;
  std::string reason;  // of `failed`: for people
};

class Stream {
 public:
  // With a context the connection speaks TLS, as server.
  Stream(asio::ip::tcp::socket socket, TlsContext tls);
  ~Stream();
  Stream(Stream&&) noexcept;

  IoResult read(std::span<std::uint8_t> into);
  IoResult write(base::ByteView bytes);

  template <class Handler>
  void async_wait_readable(Handler&& handler) {
    socket_.async_wait(asio::ip::tcp::socket::wait_read, std::forward<Handler>(handler));
  }
  template <class Handler>
  void async_wait_writable(Handler&& handler) {
    socket_.async_wait(asio::ip::tcp::socket::wait_write, std::forward<Handler>(handler));
  }

  void close() noexcept;
  bool is_open() const noexcept { return socket_.is_open(); }
  // Of this host; without an address where the connection is gone.
  asio::ip::tcp::endpoint local_endpoint() const {
    std::error_code ignored;
    return socket_.local_endpoint(ignored);
  }
  bool is_tls() const noexcept { return ssl_ != nullptr; }

 private:
  IoResult tls_result(int returned);
  struct SslFree {
    void operator()(ssl_st* ssl) const noexcept;
  };

  asio::ip::tcp::socket socket_;
  TlsContext context_;
  std::unique_ptr<ssl_st, SslFree> ssl_;
};

}  // namespace net
