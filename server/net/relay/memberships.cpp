#include "server/net/relay/memberships.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "server/net/relay/udp_errors.hpp"

namespace net::relay {

namespace {
int change(int socket, int option, unsigned interface, std::uint32_t group) {
  const ip_mreqn request{
      .imr_multiaddr = {htonl(group)}, .imr_address = {}, .imr_ifindex = static_cast<int>(interface)};
  return setsockopt(socket, IPPROTO_IP, option, &request, sizeof request) == 0 ? 0 : errno;
}
}  // namespace

base::Result<> Memberships::follow(int socket, const UdpPlan& plan, const Interfaces& interfaces) {
  const bool named = !plan.options.interfaces.empty();
  std::set<std::pair<unsigned, std::uint32_t>> wanted;
  base::Result<> result;
  for (const Interface& each : interfaces) {
    if (!named && !each.multicast && !each.loopback) continue;
    for (const asio::ip::address_v4& group : plan.groups) {
      const auto key = std::pair{each.index, group.to_uint()};
      wanted.insert(key);
      if (joined_.contains(key)) continue;
      const int error = change(socket, IP_ADD_MEMBERSHIP, key.first, key.second);
      if (error == 0 || error == EADDRINUSE)
        joined_.insert(key);
      else if (result)
        result = cannot_join(plan.options.name, group.to_string(), each.name, error);
    }
  }
  // Also of one that is gone: the socket's list has it until it is dropped, and the list is short.
  std::erase_if(joined_, [&](const auto& key) {
    if (wanted.contains(key)) return false;
    static_cast<void>(change(socket, IP_DROP_MEMBERSHIP, key.first, key.second));
    return true;
  });
  return result;
}

}  // namespace net::relay
