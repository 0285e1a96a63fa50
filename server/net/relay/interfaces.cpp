#include "server/net/relay/interfaces.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace net::relay {

namespace {
using asio::ip::address_v4;

struct FreeList {
  void operator()(ifaddrs* list) const noexcept { freeifaddrs(list); }
};

address_v4 address_of(const sockaddr* address) {
  return address_v4(ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
}

Interface& entry(Interfaces& all, const ifaddrs& row) {
  const auto found = std::ranges::find(all, row.ifa_name, &Interface::name);
  if (found != all.end()) return *found;
  const auto has = [&](unsigned flag) { return (row.ifa_flags & flag) != 0; };
  return all.emplace_back(Interface{.index = if_nametoindex(row.ifa_name),
                                    .name = row.ifa_name,
                                    .addresses = {},
                                    .up = has(IFF_UP),
                                    .loopback = has(IFF_LOOPBACK),
                                    .multicast = has(IFF_MULTICAST),
                                    .broadcast = has(IFF_BROADCAST)});
}

base::Error not_usable(const Interface* found, const std::string& name, const Interfaces& all) {
  if (found == nullptr) {
    std::vector<std::string_view> names;
    for (const Interface& each : all) names.push_back(each.name);
    return {base::Errc::not_found,
            fmt::format("There is no network interface {}: this host has {}.", name, fmt::join(names, ", ")), ENODEV};
  }
  if (!found->up)
    return {base::Errc::unavailable,
            fmt::format("The network interface {} is down; bring it up (ip link set {} up).", name, found->name),
            ENETDOWN};
  return {base::Errc::unavailable,
          fmt::format("The network interface {} has no IPv4 address; give it one, or choose another.", name),
          EADDRNOTAVAIL};
}
}  // namespace

base::Result<Interfaces> list_interfaces() {
  ifaddrs* rows = nullptr;
  if (getifaddrs(&rows) != 0) return base::fail_errno(errno, "The network interfaces cannot be listed");
  const std::unique_ptr<ifaddrs, FreeList> owner(rows);
  Interfaces all;
  for (const ifaddrs* row = rows; row != nullptr; row = row->ifa_next) {
    // An address with a label ("eth0:1") is one of the interface before the colon.
    Interface& one = entry(all, *row);
    if (row->ifa_addr != nullptr && row->ifa_addr->sa_family == AF_INET)
      one.addresses.push_back(address_of(row->ifa_addr));
  }
  std::erase_if(all, [](const Interface& each) { return each.index == 0; });  // it went while we looked
  return all;
}

Chosen choose(const Interfaces& all, const std::vector<std::string>& named) {
  Chosen chosen;
  for (const std::string& name : named) {
    std::error_code no_address;
    const auto address = asio::ip::make_address_v4(name, no_address);
    const auto found = std::ranges::find_if(all, [&](const Interface& each) {
      return each.name == name || (!no_address && std::ranges::find(each.addresses, address) != each.addresses.end());
    });
    if (found == all.end() || !found->usable()) {
      if (!chosen.missing) chosen.missing = not_usable(found == all.end() ? nullptr : &*found, name, all);
    } else if (std::ranges::find(chosen.usable, found->index, &Interface::index) == chosen.usable.end()) {
      chosen.usable.push_back(*found);
    }
  }
  return chosen;
}

}  // namespace net::relay
