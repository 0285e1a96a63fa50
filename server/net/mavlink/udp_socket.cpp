#include "server/net/mavlink/udp_socket.hpp"

#include <asio/buffer.hpp>
#include <utility>

namespace net::mavlink {

using asio::ip::udp;

namespace {
constexpr int reads_per_turn = 64;  // before other sockets of the thread get theirs
}  // namespace

UdpSocket::~UdpSocket() {
  std::error_code ignored;
  socket_.close(ignored);
}

int UdpSocket::open(const udp::endpoint& local, bool broadcasts) {
  std::error_code error;
  socket_.open(local.protocol(), error);
  if (!error) socket_.non_blocking(true, error);
  if (!error && broadcasts) socket_.set_option(asio::socket_base::broadcast(true), error);
  if (!error) socket_.bind(local, error);
  return error.value();
}

void UdpSocket::start(Came came) {
  came_ = std::move(came);
  wait();
}

void UdpSocket::wait() {
  socket_.async_wait(udp::socket::wait_read, [this, alive = std::weak_ptr<char>(alive_)](const std::error_code& error) {
    if (!error && !alive.expired()) turn();
  });
}

void UdpSocket::turn() {
  for (int n = 0; n < reads_per_turn; ++n) {
    std::error_code error;
    udp::endpoint from;
    const std::size_t size = socket_.receive_from(asio::buffer(buffer_), from, 0, error);
    if (error == asio::error::would_block || error == asio::error::try_again) break;
    // What is left are errors of what was sent before (nobody listens there): the next read goes on.
    if (!error) came_(from, base::ByteView(buffer_).first(size));
  }
  wait();
}

int UdpSocket::send(const udp::endpoint& to, base::ByteView bytes) {
  std::error_code error;
  socket_.send_to(asio::buffer(bytes.data(), bytes.size()), to, 0, error);
  return error.value();
}

std::uint16_t UdpSocket::port() const {
  std::error_code ignored;
  return socket_.local_endpoint(ignored).port();
}

}  // namespace net::mavlink
