#include "tests/support/ports.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <mutex>
#include <set>
#include <stdexcept>

namespace tests {

namespace {
constexpr std::uint64_t lowest = 10'000;
constexpr std::uint64_t highest = 32'000;

bool can_listen(std::uint16_t port) {
  const int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{
      .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  const bool can = bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  close(descriptor);
  return can;
}
}  // namespace

std::uint16_t lasting_port(std::uint64_t seed) {
  static std::mutex mutex;
  static std::set<std::uint16_t> given;
  const std::lock_guard lock(mutex);
  for (std::uint64_t n = 0; n < highest - lowest; ++n) {
    const auto port = static_cast<std::uint16_t>(lowest + (seed % (highest - lowest) + n) % (highest - lowest));
    if (!given.contains(port) && can_listen(port)) {
      given.insert(port);
      return port;
    }
  }
  throw std::runtime_error("No port is free.");
}

}  // namespace tests
