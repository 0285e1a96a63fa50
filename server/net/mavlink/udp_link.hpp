// Links over UDP: one that answers whoever spoke to it, and one that speaks first.
#pragma once

#include <memory>

#include "server/net/mavlink/link.hpp"

namespace net::mavlink {

base::Result<std::unique_ptr<Link>> open_udp_server(asio::io_context& context, LinkOptions options);
base::Result<std::unique_ptr<Link>> open_udp_client(asio::io_context& context, LinkOptions options);

}  // namespace net::mavlink
