#include "server/net/relay/udp_errors.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace net::relay {

namespace {
using base::Errc;

constexpr unsigned first_free_port = 1024;  // as Linux has it, unless net.ipv4.ip_unprivileged_port_start says else

std::unexpected<base::Error> failed(Errc code, int os_error, std::string message) {
  return std::unexpected(base::Error{code, std::move(message), os_error});
}
}  // namespace

std::unexpected<base::Error> cannot_bind(std::string_view endpoint, const asio::ip::udp::endpoint& where,
                                         int os_error) {
  const std::string address = where.address().to_string();
  const unsigned port = where.port();
  if (os_error == EACCES && port < first_free_port)
    return failed(
        Errc::refused, os_error,
        fmt::format("Endpoint {} may not use UDP port {}: one below {} needs CAP_NET_BIND_SERVICE. Give it to "
                    "the program (setcap cap_net_bind_service=+ep PROGRAM, or in its systemd unit "
                    "AmbientCapabilities=CAP_NET_BIND_SERVICE), or choose another port.",
                    endpoint, port, first_free_port));
  if (os_error == EADDRINUSE)
    return failed(Errc::conflict, os_error,
                  fmt::format("Endpoint {} cannot listen on {}:{}: another program has this UDP port for itself. Stop "
                              "it, or choose another port or address (ss -ulpn shows who has it).",
                              endpoint, address, port));
  if (os_error == EADDRNOTAVAIL)
    return failed(Errc::not_found, os_error,
                  fmt::format("Endpoint {} cannot use the address {}: no network interface of this host has it. Write "
                              "one that it has, or 0.0.0.0 for all.",
                              endpoint, address));
  return base::fail_errno(os_error, fmt::format("Endpoint {} cannot use {}:{}", endpoint, address, port));
}

std::unexpected<base::Error> cannot_join(std::string_view endpoint, std::string_view group, std::string_view interface,
                                         int os_error) {
  if (os_error == ENODEV || os_error == EADDRNOTAVAIL)
    return failed(Errc::unavailable, os_error,
                  fmt::format("Endpoint {} cannot join {} on {}: the interface is not there any more.", endpoint, group,
                              interface));
  if (os_error == ENOBUFS)
    return failed(Errc::exhausted, os_error,
                  fmt::format("Endpoint {} cannot join {} on {}: a socket has as many groups as the system lets it. "
                              "Name fewer interfaces or groups, or raise net.ipv4.igmp_max_memberships.",
                              endpoint, group, interface));
  return base::fail_errno(os_error, fmt::format("Endpoint {} cannot join {} on {}", endpoint, group, interface));
}

base::Error cannot_send(std::string_view endpoint, std::string_view destination, std::string_view interface,
                        std::size_t size, int os_error) {
  const std::string where =
      interface.empty() ? std::string(destination) : fmt::format("{} through {}", destination, interface);
  const std::string what = fmt::format("Endpoint {} cannot send to {}", endpoint, where);
  switch (os_error) {
    case ENETUNREACH:
    case EHOSTUNREACH:
      return {
          Errc::unavailable,
          fmt::format("{}: no route leads there. Check the address and the routes of this host (ip route get).", what),
          os_error};
    case EACCES:
    case EPERM:
      return {Errc::refused,
              fmt::format("{}: this host does not permit it. A firewall rule or a prohibiting route stands against it, "
                          "or the address is a broadcast one of a network that must not have any.",
                          what),
              os_error};
    case ENODEV:
    case ENXIO:
    case ENETDOWN:
      return {Errc::unavailable, fmt::format("{}: the interface is not there any more, or down.", what), os_error};
    case EMSGSIZE: return {Errc::invalid, fmt::format("{}: {} bytes are no datagram.", what, size), os_error};
    case EAGAIN:
    case ENOBUFS:
      return {Errc::exhausted, fmt::format("{}: so much waits to leave already that the system takes no more.", what),
              os_error};
    default: return base::fail_errno(os_error, what).error();
  }
}

}  // namespace net::relay
