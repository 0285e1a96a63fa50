#include "server/http/listen.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace http {
namespace {

using asio::ip::tcp;

base::Result<tcp::endpoint> resolve(asio::io_context& io, const std::string& address, std::uint16_t port) {
  std::error_code error;
  const auto found = tcp::resolver(io).resolve(address, std::to_string(port),
                                               tcp::resolver::passive | tcp::resolver::numeric_service, error);
  if (error || found.empty()) {
    return base::fail(base::Errc::invalid,
                      fmt::format("HTTP cannot listen on \"{}\": it is neither an address nor a name that leads to one "
                                  "({}). Give an address of this machine, such as 127.0.0.1.",
                                  address, error.message()));
  }
  return found.begin()->endpoint();
}

std::unexpected<base::Error> cannot_listen(const tcp::endpoint& endpoint, const std::error_code& error) {
  std::string advice = error.message() + ".";
  if (error.value() == EADDRINUSE) {
    advice = "another program listens there already. Stop it, or choose another address or port.";
  } else if (error.value() == EACCES) {
    advice = "ports below 1024 need a privilege (CAP_NET_BIND_SERVICE). Grant it, or choose a higher port.";
  } else if (error.value() == EADDRNOTAVAIL) {
    advice = "this machine does not have that address. Choose one that it has, or 0.0.0.0 for all.";
  }
  const auto code = error.value() == EADDRINUSE ? base::Errc::conflict : base::Errc::io;
  return std::unexpected(
      base::Error{code, fmt::format("HTTP cannot listen on {}: {}", to_text(endpoint), advice), error.value()});
}

}  // namespace

base::Result<tcp::acceptor> listen(asio::io_context& io, const std::string& address, std::uint16_t port) {
  const auto wanted = resolve(io, address, port);
  if (!wanted) return std::unexpected(wanted.error());
  tcp::acceptor acceptor(io);
  std::error_code error;
  acceptor.open(wanted->protocol(), error);
  if (error) return cannot_listen(*wanted, error);
  ::fcntl(acceptor.native_handle(), F_SETFD, FD_CLOEXEC);
  acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  acceptor.bind(*wanted, error);
  if (error) return cannot_listen(*wanted, error);
  acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return cannot_listen(*wanted, error);
  return acceptor;
}

std::string to_text(const asio::ip::tcp::endpoint& endpoint) {
  const auto address = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", address, endpoint.port())
                                    : fmt::format("{}:{}", address, endpoint.port());
}

}  // namespace http
