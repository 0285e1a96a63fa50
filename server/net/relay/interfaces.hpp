// The network interfaces of this host, as far as they speak IPv4.
#pragma once

#include <asio/ip/address_v4.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/base/result.hpp"

namespace net::relay {

struct Interface {
  unsigned index = 0;
  std::string name;
  std::vector<asio::ip::address_v4> addresses;
  bool up = false;
  bool loopback = false;
  bool multicast = false;
  bool broadcast = false;

  bool usable() const noexcept { return up && !addresses.empty(); }
};

using Interfaces = std::vector<Interface>;

base::Result<Interfaces> list_interfaces();

// What a person named, by name or by address, and what of it there is.
struct Chosen {
  Interfaces usable;
  std::optional<base::Error> missing;  // the first that is not there, not up or without an address
};
Chosen choose(const Interfaces& all, const std::vector<std::string>& named);

}  // namespace net::relay
