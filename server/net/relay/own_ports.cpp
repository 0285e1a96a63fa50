#include "server/net/relay/own_ports.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <vector>

#include "server/base/clock.hpp"
#include "server/net/relay/interfaces.hpp"

namespace net::relay {

namespace {
// An address that came with a link plugged in is known that much later; to ask the kernel for each datagram that
// happens to have one of our ports would be dear.
constexpr std::chrono::seconds addresses_last{1};

class Registry {
 public:
  void add(std::uint16_t port) {
    const std::scoped_lock lock(mutex_);
    ++ports_[port];
  }

  void remove(std::uint16_t port) {
    const std::scoped_lock lock(mutex_);
    if (--ports_[port] == 0) ports_.erase(port);
  }

  void forget_addresses() {
    const std::scoped_lock lock(mutex_);
    addresses_.clear();
    good_until_ = {};
  }

  bool has(const asio::ip::udp::endpoint& from) {
    const std::scoped_lock lock(mutex_);
    return ports_.contains(from.port()) && is_local(from.address().to_v4());
  }

 private:
  bool is_local(const asio::ip::address_v4& address) {
    if (address.is_loopback() || std::ranges::find(addresses_, address) != addresses_.end()) return true;
    const base::SteadyTime now = base::steady_now();
    if (now < good_until_) return false;
    good_until_ = now + addresses_last;
    addresses_.clear();
    if (const auto all = list_interfaces())
      for (const Interface& each : *all)
        addresses_.insert(addresses_.end(), each.addresses.begin(), each.addresses.end());
    return std::ranges::find(addresses_, address) != addresses_.end();
  }

  std::mutex mutex_;
  std::map<std::uint16_t, unsigned> ports_;  // and how many endpoints send from each
  std::vector<asio::ip::address_v4> addresses_;
  base::SteadyTime good_until_;
};

Registry& registry() {
  static Registry one;
  return one;
}
}  // namespace

OwnPort::OwnPort(std::uint16_t port) : port_(port) {
  registry().add(port_);
}

OwnPort::~OwnPort() {
  registry().remove(port_);
}

void own_addresses_changed() {
  registry().forget_addresses();
}

bool sent_by_us(const asio::ip::udp::endpoint& from) {
  return registry().has(from);
}

}  // namespace net::relay
