#include "server/endpoints/infos.hpp"

#include <fmt/format.h>

namespace endpoints {

using hub::Protocol;

hub::EndpointInfo info_of(const EdgertronicConfig& config) {
  return {.name = config.name,
          .protocol = Protocol::edgertronic,
          .hears = config.udp.listen,
          .acts = true,
          .medium = fmt::format("udp {}:{}", config.udp.address, config.udp.port)};
}

// A stage repeats what it is told as its own: what is sent to it is heard from it.
hub::EndpointInfo info_of(const ShogunConfig& config) {
  return {.name = config.name,
          .protocol = Protocol::shogun,
          .hears = config.udp.listen,
          .acts = !config.udp.to.empty(),
          .medium = fmt::format("stage {}", config.name)};
}

hub::EndpointInfo info_of(const TrendnetConfig& config) {
  return {.name = config.name, .protocol = Protocol::trendnet, .hears = true, .acts = true, .medium = {}};
}

hub::EndpointInfo info_of(const DualcamConfig& config) {
  return {.name = config.name, .protocol = Protocol::dualcam, .hears = true, .acts = true, .medium = {}};
}

hub::EndpointInfo info_of(const WebhookConfig& config) {
  return {.name = config.name, .protocol = Protocol::webhook, .hears = false, .acts = true, .medium = {}};
}

hub::EndpointInfo info_of(const MavlinkConfig& config) {
  return {.name = config.name,
          .protocol = Protocol::mavlink,
          .hears = true,
          .acts = config.ground_station,
          .medium = fmt::format("mavlink {}", config.name)};
}

hub::EndpointInfo info_of(const MavlinkRemoteConfig& config) {
  return {.name = config.name, .protocol = Protocol::mavlink, .hears = true, .acts = true, .medium = {}};
}

hub::EndpointInfo api_info() {
  return {.name = api_source, .protocol = Protocol::api, .hears = true, .acts = false, .medium = {}};
}

std::vector<hub::EndpointInfo> infos_of(const Config& config) {
  std::vector<hub::EndpointInfo> all{api_info()};
  const auto add = [&all](const auto& configs) {
    for (const auto& one : configs) all.push_back(info_of(one));
  };
  add(config.edgertronic);
  add(config.shogun);
  add(config.trendnet);
  add(config.dualcam);
  add(config.webhooks);
  add(config.mavlink);
  for (const MavlinkConfig& node : config.mavlink) add(node.remotes);
  return all;
}

}  // namespace endpoints
