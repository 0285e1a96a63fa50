#include "server/net/listener.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "server/dualcam/wire.hpp"

namespace net {

using asio::ip::tcp;

namespace {
constexpr int backlog = 1024;  // a fleet that comes back at once after an outage
constexpr int accepts_per_turn = 64;
constexpr std::chrono::milliseconds pause_after_failure{100};
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

// SO_REUSEPORT would let a second server of the same user share the port, and take half of the cameras, in silence.
void check_free(asio::io_context& context, const tcp::endpoint& endpoint, std::error_code& error) {
  if (endpoint.port() == 0) return;
  tcp::acceptor probe(context);
  probe.open(endpoint.protocol(), error);
  if (!error) probe.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) probe.bind(endpoint, error);
}

bool out_of_descriptors(const std::error_code& error) {
  // By number: the error codes of this Asio are never equal to a std::errc.
  return error.value() == EMFILE || error.value() == ENFILE;
}
}  // namespace

void refuse_politely(tcp::socket& socket) {
  std::error_code ignored;
  socket.non_blocking(true, ignored);
  const dualcam::Frame close = dualcam::encode_close();
  socket.send(asio::buffer(close.view().data(), close.view().size()), 0, ignored);
  // Bytes left unread would make the end a reset, which may overtake CLOSE: an INIT that is here already is taken.
  socket.shutdown(tcp::socket::shutdown_send, ignored);
  std::array<std::uint8_t, 64> unread{};
  socket.receive(asio::buffer(unread), 0, ignored);
  socket.close(ignored);
}

Listener::Listener(asio::io_context& context, Accepted accepted, Refused refused)
    : acceptor_(context), pause_(context), accepted_(std::move(accepted)), refused_(std::move(refused)) {
  reserve();
}

Listener::~Listener() {
  if (reserved_ >= 0) ::close(reserved_);
}

void Listener::reserve() noexcept {
  reserved_ = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

base::Result<std::shared_ptr<Listener>> Listener::open(asio::io_context& context, const std::string& host,
                                                       std::uint16_t port, bool first, Accepted accepted,
                                                       Refused refused, std::string_view who) {
  std::error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error)
    return base::fail(base::Errc::invalid,
                      fmt::format("{} is no IP address to listen on. Use 0.0.0.0 or [::] for all.", host));
  auto listener = std::make_shared<Listener>(context, std::move(accepted), std::move(refused));
  tcp::acceptor& acceptor = listener->acceptor_;
  const tcp::endpoint endpoint{address, port};
  if (first) check_free(context, endpoint, error);
  if (!error) acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.set_option(ReusePort(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(backlog, error);
  if (!error) acceptor.non_blocking(true, error);
  const std::string shown = address.is_v6() ? fmt::format("[{}]", address.to_string()) : address.to_string();
  if (error == asio::error::address_in_use)
    return base::fail(base::Errc::conflict,
                      fmt::format("{} cannot connect to {}:{}: another program listens there already. Stop it, or "
                                  "choose another address or port.",
                                  who, shown, port));
  if (error) return base::fail_errno(error.value(), fmt::format("Cannot listen on {}:{}", shown, port));
  return listener;
}

std::uint16_t Listener::port() const {
  std::error_code ignored;
  return acceptor_.local_endpoint(ignored).port();
}

void Listener::start() {
  wait();
}

void Listener::close() {
  std::error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

void Listener::wait() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](const std::error_code& error) {
    if (!error) self->accept_batch();
  });
}

void Listener::accept_batch() {
  for (int i = 0; i < accepts_per_turn; ++i) {
    std::error_code error;
    tcp::endpoint peer;
    tcp::socket socket = acceptor_.accept(peer, error);
    if (!error) {
      accepted_(std::move(socket), peer);
      continue;
    }
    if (error == asio::error::would_block || error == asio::error::try_again) break;
    if (error == asio::error::connection_aborted || error == asio::error::interrupted) continue;
    if (out_of_descriptors(error) && refuse_one()) continue;
    // Nothing to be done at once: try again soon instead of spinning.
    pause_.expires_after(pause_after_failure);
    pause_.async_wait([self = shared_from_this()](const std::error_code& cancelled) {
      if (!cancelled) self->wait();
    });
    return;
  }
  wait();
}

bool Listener::refuse_one() {
  if (reserved_ < 0) reserve();  // another thread was faster the last time
  if (reserved_ < 0) return false;
  ::close(std::exchange(reserved_, -1));
  std::error_code error;
  tcp::endpoint peer;
  {
    tcp::socket socket = acceptor_.accept(peer, error);
    if (!error) refuse_politely(socket);
  }
  reserve();
  if (!error) refused_(peer);
  return !error;
}

}  // namespace net
