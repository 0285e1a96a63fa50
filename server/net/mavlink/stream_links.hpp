// Links over streams of bytes.
#pragma once

#include <memory>

#include "server/net/mavlink/link.hpp"

namespace net::mavlink {

base::Result<std::unique_ptr<Link>> open_tcp_client(asio::io_context& context, LinkOptions options);
base::Result<std::unique_ptr<Link>> open_tcp_server(asio::io_context& context, LinkOptions options);
base::Result<std::unique_ptr<Link>> open_serial(asio::io_context& context, LinkOptions options);

}  // namespace net::mavlink
