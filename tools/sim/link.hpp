// One connection of one camera: TCP, or TLS over it. Used from its io_context's thread only. Whoever starts an
// operation keeps the Link alive until its handler has run (a shared_ptr in the handler).
#pragma once

#include <array>
#include <asio/connect.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ssl.hpp>
#include <asio/write.hpp>
#include <optional>
#include <string>
#include <utility>

#include "server/base/bytes.hpp"

namespace sim {

class Link {
 public:
  // `tls` may be null: plain TCP.
  Link(asio::io_context& io, asio::ssl::context* tls, const std::string& server_name) : socket_(io) {
    if (tls == nullptr) return;
    stream_.emplace(socket_, *tls);
    // SSL_set_tlsext_host_name without the C cast inside that macro.
    SSL_ctrl(stream_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(server_name.c_str()));
    stream_->set_verify_callback(asio::ssl::host_name_verification(server_name));
  }

  // `local`: the source address, unspecified for the system's choice. handler(std::error_code).
  template <class Handler>
  void connect(const asio::ip::tcp::endpoint& remote, const asio::ip::address& local, Handler handler) {
    std::error_code error;
    socket_.open(remote.protocol(), error);
    if (!error && !local.is_unspecified()) {
      // The port is chosen at connect, when the whole pair is known: 28,000 connections per source address.
      socket_.set_option(asio::detail::socket_option::integer<IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT>(1), error);
      socket_.bind({local, 0}, error);
    }
    if (error) return asio::post(socket_.get_executor(), [handler, error]() mutable { handler(error); });
    socket_.async_connect(remote, [this, handler = std::move(handler)](std::error_code failed) mutable {
      if (failed) return handler(failed);
      std::error_code ignored;
      socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
      if (!stream_) return handler(failed);
      stream_->async_handshake(asio::ssl::stream_base::client, std::move(handler));
    });
  }

  // handler(std::error_code, std::size_t), with the bytes in input().
  template <class Handler>
  void read(Handler handler) {
    if (stream_)
      stream_->async_read_some(asio::buffer(input_), std::move(handler));
    else
      socket_.async_read_some(asio::buffer(input_), std::move(handler));
  }
  base::ByteView input(std::size_t count) const noexcept { return {input_.data(), count}; }

  // Writes all of output(). handler(std::error_code, std::size_t).
  template <class Handler>
  void write(Handler handler) {
    if (stream_)
      asio::async_write(*stream_, asio::buffer(output_), std::move(handler));
    else
      asio::async_write(socket_, asio::buffer(output_), std::move(handler));
  }
  base::Bytes& output() noexcept { return output_; }

  void close(bool reset) {
    std::error_code ignored;
    if (reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }

 private:
  static constexpr std::size_t input_size = 512;  // a server's requests have at most 260 bytes
  asio::ip::tcp::socket socket_;
  std::optional<asio::ssl::stream<asio::ip::tcp::socket&>> stream_;
  std::array<std::uint8_t, input_size> input_{};
  base::Bytes output_;
};

}  // namespace sim
