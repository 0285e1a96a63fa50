// What the system says of links, as sentences for whoever runs them.
#pragma once

#include <string>
#include <string_view>

#include <asio/ip/address.hpp>

#include "server/base/result.hpp"

namespace net::mavlink {

// "127.0.0.1:14550", "[::1]:14550"
std::string written(const asio::ip::address& address, std::uint16_t port);

// `protocol`: "UDP", "TCP".
base::Error cannot_listen(std::string_view link, std::string_view protocol, const asio::ip::address& address,
                          std::uint16_t port, int os_error);
base::Error cannot_connect(std::string_view link, std::string_view where, int os_error);
base::Error cannot_send(std::string_view link, std::string_view where, int os_error);
base::Error cannot_open_device(std::string_view link, std::string_view device, int os_error);

}  // namespace net::mavlink
