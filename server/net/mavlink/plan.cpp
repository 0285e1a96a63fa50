#include "server/net/mavlink/plan.hpp"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cstring>
#include <memory>
#include <utility>

namespace net::mavlink {

namespace {
using base::Errc;

bool needs_port(Kind kind) {
  return kind == Kind::udp_client || kind == Kind::tcp_client;
}

base::Result<> check(const LinkOptions& options) {
  if (options.kind == Kind::serial) {
    if (options.device.empty())
      return base::fail(Errc::invalid,
                        fmt::format("Link {} has no device. Name one, as in device = \"/dev/ttyACM0\".", options.name));
    if (options.baud == 0)
      return base::fail(Errc::invalid, fmt::format("Link {} has a speed of 0; 57600 is common.", options.name));
    return {};
  }
  if (needs_port(options.kind) && options.port == 0)
    return base::fail(Errc::invalid, fmt::format("Link {} has no port to connect to; 14550 (UDP) and 5760 (TCP) are "
                                                 "MAVLink's.",
                                                 options.name));
  return {};
}

bool has_broadcast(const ifaddrs& each, std::uint32_t wanted) {
  if (each.ifa_addr == nullptr || each.ifa_addr->sa_family != AF_INET || (each.ifa_flags & IFF_BROADCAST) == 0 ||
      each.ifa_broadaddr == nullptr)
    return false;
  sockaddr_in address{};
  std::memcpy(&address, each.ifa_broadaddr, sizeof address);
  return ntohl(address.sin_addr.s_addr) == wanted;
}
}  // namespace

base::Result<Plan> plan_for(LinkOptions options) {
  Plan plan{.options = std::move(options)};
  const LinkOptions& given = plan.options;
  if (auto good = check(given); !good) return std::unexpected(good.error());
  if (given.kind != Kind::serial) {
    std::error_code error;
    plan.address = asio::ip::make_address(given.address, error);
    if (error)
      return base::fail(Errc::invalid, fmt::format("Link {}: {} is no IP address. Write one, such as 127.0.0.1, "
                                                   "192.168.1.20 or ::1.",
                                                   given.name, given.address));
  }
  for (const std::string& text : given.allow) {
    auto network = Network::parse(text);
    if (!network) return std::unexpected(network.error());
    plan.allow.push_back(*network);
  }
  return plan;
}

bool is_broadcast(const asio::ip::address& address) {
  if (!address.is_v4()) return false;
  if (address.to_v4() == asio::ip::address_v4::broadcast()) return true;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return false;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, &freeifaddrs);
  for (const ifaddrs* each = list; each != nullptr; each = each->ifa_next)
    if (has_broadcast(*each, address.to_v4().to_uint())) return true;
  return false;
}

}  // namespace net::mavlink
