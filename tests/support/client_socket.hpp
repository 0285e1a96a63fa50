// A TCP client on the loopback, plain or TLS, whose every wait ends: for tests that decide over each byte.
// One thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "server/base/bytes.hpp"
#include "tests/support/eventually.hpp"

struct ssl_st;

namespace tests {

class ClientSocket {
 public:
  // Connects to 127.0.0.1:`port`; `from` is the source address, any of 127.0.0.0/8.
  explicit ClientSocket(std::uint16_t port, const std::string& from = "127.0.0.1");
  ClientSocket(ClientSocket&& other) noexcept;
  ClientSocket& operator=(ClientSocket&&) = delete;
  ~ClientSocket();

  bool connected() const noexcept { return descriptor_ >= 0; }
  int descriptor() const noexcept { return descriptor_; }
  // The handshake, without looking at the certificate. `highest_version`: of <openssl/ssl.h>, 0 for the library's own.
  bool start_tls(int highest_version = 0);
  std::string peer_name() const;  // the common name in the server's certificate

  // False when the connection broke or took nothing for `limit`.
  bool send(base::ByteView bytes, std::chrono::milliseconds limit = patience);
  // 1 to `most` bytes; empty at the end of the connection or after `limit`.
  base::Bytes read_some(std::size_t most, std::chrono::milliseconds limit = patience);
  // Exactly `count` bytes, or what came before the end or the limit.
  base::Bytes read_exactly(std::size_t count, std::chrono::milliseconds limit = patience);
  // The server has ended the connection, whatever it still sent before, within `limit`.
  bool ended(std::chrono::milliseconds limit = patience);
  void shut_sending() const;
  void close(bool reset = false);

 private:
  struct SslFree {
    void operator()(ssl_st* ssl) const noexcept;
  };
  bool wait(short events, std::chrono::steady_clock::time_point deadline) const;
  long try_read(std::uint8_t* into, std::size_t most);

  int descriptor_ = -1;
  bool at_end_ = false;
  std::unique_ptr<ssl_st, SslFree> ssl_;
};

}  // namespace tests
