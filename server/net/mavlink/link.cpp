#include "server/net/mavlink/link.hpp"

#include <utility>

#include "server/net/mavlink/recorded_link.hpp"
#include "server/net/mavlink/stream_links.hpp"
#include "server/net/mavlink/udp_link.hpp"

namespace net::mavlink {

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::udp_server: return "udp_server";
    case Kind::udp_client: return "udp_client";
    case Kind::tcp_client: return "tcp_client";
    case Kind::tcp_server: return "tcp_server";
    case Kind::serial: return "serial";
  }
  std::unreachable();
}

namespace {
base::Result<std::unique_ptr<Link>> open_plain(asio::io_context& context, LinkOptions options) {
  switch (options.kind) {
    case Kind::udp_server: return open_udp_server(context, std::move(options));
    case Kind::udp_client: return open_udp_client(context, std::move(options));
    case Kind::tcp_client: return open_tcp_client(context, std::move(options));
    case Kind::tcp_server: return open_tcp_server(context, std::move(options));
    case Kind::serial: return open_serial(context, std::move(options));
  }
  std::unreachable();
}
}  // namespace

base::Result<std::unique_ptr<Link>> Link::open(asio::io_context& context, LinkOptions options) {
  auto channel = std::move(options.recording);
  auto link = open_plain(context, std::move(options));
  if (!link || !channel) return link;
  return record_link(std::move(*link), std::move(channel));
}

}  // namespace net::mavlink
