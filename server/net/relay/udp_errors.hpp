// What the system says of UDP sockets, as sentences for whoever runs the relay.
#pragma once

#include <asio/ip/udp.hpp>
#include <string_view>

#include "server/base/result.hpp"

namespace net::relay {

std::unexpected<base::Error> cannot_bind(std::string_view endpoint, const asio::ip::udp::endpoint& where, int os_error);
std::unexpected<base::Error> cannot_join(std::string_view endpoint, std::string_view group, std::string_view interface,
                                         int os_error);
// `interface` is empty where a route decides.
base::Error cannot_send(std::string_view endpoint, std::string_view destination, std::string_view interface,
                        std::size_t size, int os_error);

}  // namespace net::relay
