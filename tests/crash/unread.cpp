#include "tests/crash/unread.hpp"

#include <arpa/inet.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace tests {

std::unordered_map<std::uint32_t, std::uint32_t> unread_bytes(std::uint16_t port) {
  std::unordered_map<std::uint32_t, std::uint32_t> unread;
  std::ifstream table("/proc/net/tcp");
  for (std::string line; std::getline(table, line);) {
    unsigned local_port = 0;
    std::uint32_t peer = 0;  // in network byte order
    std::uint32_t waiting = 0;
    constexpr const char* form = "%*d: %*8x:%4x %8x:%*4x %*2x %*8x:%8x";
    if (std::sscanf(line.c_str(), form, &local_port, &peer, &waiting) != 3) continue;
    if (local_port == port && waiting > 0) unread[ntohl(peer)] += waiting;
  }
  return unread;
}

}  // namespace tests
