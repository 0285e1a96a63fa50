#include "server/net/relay/udp_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

namespace net::relay {

namespace {
using asio::ip::address_v4;
using asio::ip::udp;
using base::Errc;

constexpr int longest_way = 255;

base::Result<address_v4> v4(const UdpOptions& options, const std::string& text, std::string_view what) {
  std::error_code error;
  const auto address = asio::ip::make_address(text, error);
  if (error)
    return base::fail(Errc::invalid,
                      fmt::format("Endpoint {}: {} is no IP address, but stands as its {}. Write one like 10.0.0.7; "
                                  "names are not looked up.",
                                  options.name, text, what));
  if (!address.is_v4())
    return base::fail(Errc::invalid, fmt::format("Endpoint {}: its {} is the IPv6 address {}, but cameras and capture "
                                                 "systems use IPv4 for these datagrams. Write an IPv4 address.",
                                                 options.name, what, text));
  return address.to_v4();
}

base::Result<> plan_groups(UdpPlan& plan) {
  const UdpOptions& options = plan.options;
  for (const std::string& text : options.groups) {
    const auto group = v4(options, text, "multicast group");
    if (!group) return std::unexpected(group.error());
    if (!group->is_multicast())
      return base::fail(Errc::invalid, fmt::format("Endpoint {}: {} is no multicast group; those are 224.0.0.0 to "
                                                   "239.255.255.255.",
                                                   options.name, text));
    if (std::ranges::find(plan.groups, *group) == plan.groups.end()) plan.groups.push_back(*group);
  }
  if (!plan.groups.empty() && !options.listens)
    return base::fail(Errc::invalid, fmt::format("Endpoint {} has multicast groups to join, but does not listen. Name "
                                                 "them as destinations to send to them.",
                                                 options.name));
  return {};
}

base::Result<> plan_destinations(UdpPlan& plan) {
  const UdpOptions& options = plan.options;
  for (const UdpOptions::Destination& each : options.destinations) {
    const auto address = v4(options, each.address, "destination");
    if (!address) return std::unexpected(address.error());
    if (each.port == 0 || address->is_unspecified())
      return base::fail(Errc::invalid, fmt::format("Endpoint {}: {}:{} is nowhere to send to; give an address and a "
                                                   "port from 1 to 65535.",
                                                   options.name, each.address, each.port));
    plan.destinations.emplace_back(*address, each.port);
  }
  return {};
}

base::Result<> plan_addresses(UdpPlan& plan) {
  const UdpOptions& options = plan.options;
  const auto address = v4(options, options.address, "own address");
  if (!address) return std::unexpected(address.error());
  const bool to_group = plan.groups.size() == 1 && address->is_unspecified();
  plan.listens_on = {to_group ? plan.groups.front() : *address, options.port};
  const bool of_host = !address->is_multicast() && !is_limited_broadcast(*address);
  // A port of its own while it listens on the other one: what another program sends from there is not ours.
  plan.sends_from = {of_host ? *address : address_v4::any(), options.listens ? std::uint16_t{0} : options.port};
  return {};
}

Interfaces all_that_can(const UdpPlan& plan, const Interfaces& all) {
  Interfaces usable;
  for (const Interface& each : all) {
    const bool can = each.loopback ? plan.options.loopback : each.multicast || each.broadcast;
    if (each.usable() && can) usable.push_back(each);
  }
  return usable;
}
}  // namespace

bool is_limited_broadcast(const address_v4& address) {
  return address == address_v4::broadcast();
}

bool UdpPlan::needs_interfaces() const {
  return !groups.empty() || std::ranges::any_of(destinations, [](const udp::endpoint& each) {
    const address_v4 address = each.address().to_v4();
    return address.is_multicast() || is_limited_broadcast(address);
  });
}

base::Result<UdpPlan> plan_for(UdpOptions options) {
  UdpPlan plan{.options = std::move(options)};
  const UdpOptions& given = plan.options;
  if (given.ttl < 0 || given.ttl > longest_way)
    return base::fail(Errc::invalid, fmt::format("Endpoint {}: a time to live of {} is none; it is 0 to {}, and 32 "
                                                 "reaches every camera of a site.",
                                                 given.name, given.ttl, longest_way));
  for (const auto part : {&plan_groups, &plan_destinations, &plan_addresses})
    if (auto done = part(plan); !done) return std::unexpected(done.error());
  for (const std::string& text : given.allow) {
    auto network = Network::parse(text);
    if (!network) return std::unexpected(network.error());
    plan.allow.push_back(*network);
  }
  return plan;
}

Chosen interfaces_for(const UdpPlan& plan, const Interfaces& all) {
  const UdpOptions& options = plan.options;
  Chosen chosen = options.interfaces.empty() ? Chosen{all_that_can(plan, all), {}} : choose(all, options.interfaces);
  if (chosen.missing) chosen.missing->message = fmt::format("Endpoint {}: {}", options.name, chosen.missing->message);
  if (chosen.usable.empty() && !chosen.missing && plan.needs_interfaces())
    chosen.missing = base::Error{Errc::unavailable,
                                 fmt::format("Endpoint {}: there is no route for its multicast or broadcast, as no "
                                             "network interface that can is up. Bring one up, or name one, even the "
                                             "loopback: interfaces = [\"lo\"].",
                                             options.name),
                                 ENETUNREACH};
  return chosen;
}

}  // namespace net::relay
