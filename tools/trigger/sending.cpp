#include "tools/trigger/sending.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <asio/ip/address_v4.hpp>
#include <thread>

#include "server/base/json.hpp"

namespace trigger {

namespace {
// What loses one datagram often loses the one right behind it.
constexpr std::chrono::milliseconds gap{5};

using Destination = net::relay::UdpOptions::Destination;

std::string text_of(const Destination& destination) {
  return fmt::format("{}:{}", destination.address, destination.port);
}

bool leaves_by_interfaces(const Destination& destination) {
  std::error_code error;
  const auto address = asio::ip::make_address_v4(destination.address, error);
  return !error && (address.is_multicast() || address == asio::ip::address_v4::broadcast());
}

std::string often(unsigned times) {
  if (times == 1) return {};
  return times == 2 ? "twice " : fmt::format("{} times ", times);
}
}  // namespace

base::Result<> send(const Shipment& shipment) {
  asio::io_context context;
  auto endpoint = net::relay::UdpEndpoint::open(context, {.name = "dualcam trigger",
                                                          .listens = false,
                                                          .interfaces = shipment.interfaces,
                                                          .loopback = true,
                                                          .destinations = shipment.to});
  if (!endpoint) return std::unexpected(endpoint.error());
  for (unsigned time = 0; time < shipment.times; ++time) {
    if (time > 0) std::this_thread::sleep_for(gap);
    if (auto sent = (*endpoint)->send(shipment.datagram); !sent) return sent;
  }
  return {};
}

std::string way_of(const Shipment& shipment) {
  std::vector<std::string> to;
  to.reserve(shipment.to.size());
  for (const Destination& each : shipment.to) to.push_back(text_of(each));
  std::string words = fmt::format("{}to {}", often(shipment.times), fmt::join(to, ", "));
  if (!std::ranges::any_of(shipment.to, leaves_by_interfaces)) return words;
  return words + (shipment.interfaces.empty() ? std::string(" through all interfaces")
                                              : fmt::format(" through {}", fmt::join(shipment.interfaces, ", ")));
}

std::string as_json(const Shipment& shipment) {
  base::JsonWriter json;
  json.begin_object();
  json.key("to");
  json.begin_array();
  for (const Destination& each : shipment.to) json.value(text_of(each));
  json.end_array();
  json.key("interfaces");
  json.begin_array();
  for (const std::string& each : shipment.interfaces) json.value(each);
  json.end_array();
  json.member("times", shipment.times);
  json.member("raw", base::to_hex(shipment.datagram));
  json.end_object();
  return std::move(json).take();
}

}  // namespace trigger
