#include "server/net/mavlink/link_errors.hpp"

#include <fmt/format.h>

#include <cerrno>

namespace net::mavlink {

namespace {
using base::Errc;
using base::Error;

constexpr unsigned first_free_port = 1024;  // as Linux has it, unless net.ipv4.ip_unprivileged_port_start says else
}  // namespace

std::string written(const asio::ip::address& address, std::uint16_t port) {
  const std::string text = address.to_string();
  return address.is_v6() ? fmt::format("[{}]:{}", text, port) : fmt::format("{}:{}", text, port);
}

Error cannot_listen(std::string_view link, std::string_view protocol, const asio::ip::address& address,
                    std::uint16_t port, int os_error) {
  const std::string where = written(address, port);
  if (os_error == EACCES && port < first_free_port)
    return {Errc::refused,
            fmt::format("Link {} may not use {} port {}: one below {} needs CAP_NET_BIND_SERVICE. Give it to the "
                        "program (AmbientCapabilities=CAP_NET_BIND_SERVICE in its systemd unit), or choose another "
                        "port; MAVLink's is 14550 (UDP) or 5760 (TCP).",
                        link, protocol, port, first_free_port),
            os_error};
  if (os_error == EADDRINUSE)
    return {Errc::conflict,
            fmt::format("Link {} cannot listen on {}: another program has this {} port, often a ground station on this "
                        "computer. Stop it, or choose another port (ss -{}lpn shows who has it).",
                        link, where, protocol, protocol == "UDP" ? "u" : "t"),
            os_error};
  if (os_error == EADDRNOTAVAIL)
    return {Errc::not_found,
            fmt::format("Link {} cannot use the address {}: no network interface of this host has it. Write one that "
                        "it has, or 0.0.0.0 or :: for all.",
                        link, address.to_string()),
            os_error};
  return base::fail_errno(os_error, fmt::format("Link {} cannot use {}", link, where)).error();
}

Error cannot_connect(std::string_view link, std::string_view where, int os_error) {
  const std::string what = fmt::format("Link {} cannot connect to {}", link, where);
  switch (os_error) {
    case ECONNREFUSED:
      return {Errc::unavailable, fmt::format("{}: nobody listens there. It is tried again.", what), os_error};
    case ETIMEDOUT:
      return {Errc::unavailable, fmt::format("{}: nobody answers. Check the address; it is tried again.", what),
              os_error};
    case ENETUNREACH:
    case EHOSTUNREACH:
      return {
          Errc::unavailable,
          fmt::format("{}: no route leads there. Check the address and the routes of this host (ip route get).", what),
          os_error};
    default: return base::fail_errno(os_error, what).error();
  }
}

Error cannot_send(std::string_view link, std::string_view where, int os_error) {
  const std::string what = fmt::format("Link {} cannot send to {}", link, where);
  switch (os_error) {
    case EAGAIN:
    case ENOBUFS:
      return {Errc::exhausted, fmt::format("{}: so much waits to leave already that no more is taken.", what),
              os_error};
    case ENETUNREACH:
    case EHOSTUNREACH:
      return {
          Errc::unavailable,
          fmt::format("{}: no route leads there. Check the address and the routes of this host (ip route get).", what),
          os_error};
    case ECONNREFUSED: return {Errc::unavailable, fmt::format("{}: nobody listens there.", what), os_error};
    case EACCES:
    case EPERM:
      return {Errc::refused,
              fmt::format("{}: this host does not permit it. A firewall rule or a prohibiting route stands against it.",
                          what),
              os_error};
    default: return base::fail_errno(os_error, what).error();
  }
}

Error cannot_open_device(std::string_view link, std::string_view device, int os_error) {
  const std::string what = fmt::format("Link {} cannot open {}", link, device);
  switch (os_error) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      return {
          Errc::not_found,
          fmt::format("{}: there is no such device now. Plug it in, or check the name (ls /dev/serial/by-id); it is "
                      "tried again.",
                      what),
          os_error};
    case EACCES:
    case EPERM:
      return {Errc::refused,
              fmt::format("{}: this user may not. Add it to the group of the device, mostly dialout "
                          "(SupplementaryGroups=dialout in the systemd unit).",
                          what),
              os_error};
    case EBUSY: return {Errc::conflict, fmt::format("{}: another program has it.", what), os_error};
    case ENOTTY: return {Errc::invalid, fmt::format("{}: this is no serial line.", what), os_error};
    case EINVAL:
      return {Errc::invalid,
              fmt::format("{}: the line does not have this speed; 57600, 115200 and 921600 are common.", what),
              os_error};
    default: return base::fail_errno(os_error, what).error();
  }
}

}  // namespace net::mavlink
