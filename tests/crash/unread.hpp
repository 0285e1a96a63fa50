// What lies unread in the sockets of a server: sent, and never received by it.
#pragma once

#include <cstdint>
#include <unordered_map>

namespace tests {

// By the peer's IPv4 address, in host byte order, of the connections to `port` of this machine. Those without are left
// out. As the kernel tells it in /proc/net/tcp.
std::unordered_map<std::uint32_t, std::uint32_t> unread_bytes(std::uint16_t port);

}  // namespace tests
