#include "server/net/stream.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

namespace net {

namespace {
IoResult from_errno(int error, IoState when_blocked) {
  if (error == EAGAIN || error == EWOULDBLOCK) return {when_blocked, 0, {}};
  return {IoState::failed, 0, std::generic_category().message(error)};
}
}  // namespace

void Stream::SslFree::operator()(ssl_st* ssl) const noexcept {
  SSL_free(ssl);
}

Stream::Stream(asio::ip::tcp::socket socket, TlsContext tls) : socket_(std::move(socket)), context_(std::move(tls)) {
  std::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  if (!context_) return;
  ssl_.reset(SSL_new(context_.get()));
  if (!ssl_) {
    socket_.close(ignored);  // out of memory; never go on without TLS where it was asked for
    return;
  }
  SSL_set_fd(ssl_.get(), socket_.native_handle());
  SSL_set_accept_state(ssl_.get());
}

Stream::Stream(Stream&&) noexcept = default;
Stream::~Stream() = default;

IoResult Stream::tls_result(int returned) {
  const int system_error = errno;
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ: return {IoState::want_read, 0, {}};
    case SSL_ERROR_WANT_WRITE: return {IoState::want_write, 0, {}};
    case SSL_ERROR_ZERO_RETURN: return {IoState::closed, 0, {}};
    case SSL_ERROR_SYSCALL:
      ERR_clear_error();
      if (system_error == 0) return {IoState::closed, 0, {}};
      return from_errno(system_error, IoState::want_read);
    default: break;
  }
  const char* reason = ERR_reason_error_string(ERR_get_error());
  ERR_clear_error();
  return {IoState::failed, 0, std::string("TLS: ") + (reason == nullptr ? "protocol error" : reason)};
}

IoResult Stream::read(std::span<std::uint8_t> into) {
  if (ssl_) {
    ERR_clear_error();
    errno = 0;
    const int count = SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()));
    if (count > 0) return {IoState::done, static_cast<std::size_t>(count), {}};
    return tls_result(count);
  }
  const ssize_t count = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
  if (count > 0) return {IoState::done, static_cast<std::size_t>(count), {}};
  if (count == 0) return {IoState::closed, 0, {}};
  return from_errno(errno, IoState::want_read);
}

IoResult Stream::write(base::ByteView bytes) {
  if (ssl_) {
    ERR_clear_error();
    errno = 0;
    const int count = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (count > 0) return {IoState::done, static_cast<std::size_t>(count), {}};
    return tls_result(count);
  }
  const ssize_t count = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (count >= 0) return {IoState::done, static_cast<std::size_t>(count), {}};
  return from_errno(errno, IoState::want_write);
}

void Stream::close() noexcept {
  // A best effort to say goodbye; nobody waits for the answer.
  if (ssl_ && socket_.is_open() && SSL_is_init_finished(ssl_.get()) != 0) SSL_shutdown(ssl_.get());
  ERR_clear_error();
  std::error_code ignored;
  socket_.close(ignored);
}

}  // namespace net
