// The socket of our connections, and sendfile() on it. Included by restinio_transport.cpp alone.
//
// RESTinio 0.6.16 has a sendfile operation for asio's socket that is freed while it runs when its first system call
// fails, which a client brings about by resetting its connection, and that spins when the file is shorter than said. It
// is chosen by the type of the socket; a type of our own gets the operation below.
#pragma once

#include <sys/sendfile.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "server/http/restinio_include.hpp"

namespace http {

class StreamSocket final : public asio::ip::tcp::socket {
 public:
  explicit StreamSocket(asio::ip::tcp::socket&& socket) : asio::ip::tcp::socket(std::move(socket)) {}
};

}  // namespace http

namespace restinio::impl {

// Every step, the first one too, runs in a handler that shares the ownership of the operation.
template <>
class sendfile_operation_runner_t<http::StreamSocket> final
    : public sendfile_operation_runner_base_t<http::StreamSocket> {
 public:
  using base_type_t = sendfile_operation_runner_base_t<http::StreamSocket>;
  using base_type_t::base_type_t;

  void start() override {
    asio::error_code error;
    m_socket.native_non_blocking(true, error);
    if (error) {
      asio::post(m_executor, [this, self = shared_from_this(), error] { m_after_sendfile_cb(error, 0); });
    } else {
      wait();
    }
  }

 private:
  void wait() {
    m_socket.async_wait(
        asio::ip::tcp::socket::wait_write,
        asio::bind_executor(m_executor, [this, self = shared_from_this()](const asio::error_code& error) {
          if (error) {
            m_after_sendfile_cb(error, m_transfered_size);
          } else {
            send();
          }
        }));
  }

  void send() {
    while (m_remained_size > 0) {
      const auto sent = ::sendfile64(m_socket.native_handle(), m_file_descriptor, &m_next_write_offset,
                                     std::min(m_remained_size, m_chunk_size));
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && errno == EAGAIN) return wait();
      if (sent < 0) return fail(asio::error_code(errno, asio::error::get_system_category()));
      if (sent == 0) return fail(asio::error::eof);  // the file has been cut short
      m_remained_size -= static_cast<file_size_t>(sent);
      m_transfered_size += static_cast<file_size_t>(sent);
    }
    m_after_sendfile_cb({}, m_transfered_size);
  }

  void fail(const asio::error_code& error) { m_after_sendfile_cb(error, m_transfered_size); }
};

}  // namespace restinio::impl
