// The options of a link, checked and understood.
#pragma once

#include <asio/ip/address.hpp>

#include "server/base/result.hpp"
#include "server/net/mavlink/link.hpp"
#include "server/net/proxy_greeting.hpp"

namespace net::mavlink {

struct Plan {
  LinkOptions options;
  asio::ip::address address;
  Networks allow;

  bool takes_from(const asio::ip::address& from) const { return allow.empty() || contains(allow, from); }
};

base::Result<Plan> plan_for(LinkOptions options);

// 255.255.255.255, or the broadcast address of a network that an interface of this host is in now.
bool is_broadcast(const asio::ip::address& address);

}  // namespace net::mavlink
