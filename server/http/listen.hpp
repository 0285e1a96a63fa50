// A listening socket, or a sentence that says why there is none.
#pragma once

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "server/base/result.hpp"

namespace http {

// `address` is an IPv4 or IPv6 address, or a name that leads to one; looking a name up may block. Port 0 takes a free
// one. The socket is not inherited by child processes.
base::Result<asio::ip::tcp::acceptor> listen(asio::io_context& io, const std::string& address, std::uint16_t port);

// "127.0.0.1:8080", "[::1]:8080"
std::string to_text(const asio::ip::tcp::endpoint& endpoint);

}  // namespace http
