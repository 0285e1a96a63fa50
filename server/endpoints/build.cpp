#include "server/endpoints/build.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "server/endpoints/dualcam_device.hpp"
#include "server/endpoints/edgertronic_group.hpp"
#include "server/endpoints/mavlink_dualcam.hpp"
#include "server/endpoints/mavlink_node.hpp"
#include "server/endpoints/mavlink_pattern.hpp"
#include "server/endpoints/mavlink_ptz.hpp"
#include "server/endpoints/mavlink_remote.hpp"
#include "server/endpoints/shogun_stage.hpp"
#include "server/endpoints/trendnet_camera.hpp"
#include "server/endpoints/webhook.hpp"

namespace endpoints {

namespace {
struct Builder {
  const Config& config;
  const Services& services;
  MediaWriter* media;
  Host& host;
  std::vector<std::unique_ptr<Endpoint>> all;
  std::map<std::string, TrendnetCamera*, std::less<>> trendnet;

  template <class Made>
  base::Result<Made*> add(base::Result<std::unique_ptr<Made>> made) {
    if (!made) return std::unexpected(made.error());
    Made* const added = made->get();
    all.push_back(std::move(*made));
    return added;
  }
  base::Result<std::unique_ptr<MavlinkDevice>> device_of(const MavlinkCameraConfig& camera);
  base::Result<> mavlink(const MavlinkConfig& node);
};

// What a camera of MAVLink is of was checked with the configuration.
base::Result<std::unique_ptr<MavlinkDevice>> Builder::device_of(const MavlinkCameraConfig& camera) {
  if (camera.of.empty()) return std::make_unique<MavlinkPattern>(camera.name, media, host);
  if (const auto found = trendnet.find(camera.of); found != trendnet.end())
    return std::make_unique<MavlinkPtz>(*found->second);
  const auto device = std::ranges::find(config.dualcam, camera.of, &DualcamConfig::name);
  if (device == config.dualcam.end() || !device->imei)
    return base::fail(base::Errc::invalid, fmt::format("The MAVLink camera \"{}\" is of \"{}\", which is no camera.",
                                                       camera.name, camera.of));
  return std::make_unique<MavlinkDualcam>(*device->imei, camera.side == "front", services.captures, host);
}

base::Result<> Builder::mavlink(const MavlinkConfig& node) {
  const auto added = add(MavlinkNode::open(
      node, services.mavlink, services.node, [this](const MavlinkCameraConfig& camera) { return device_of(camera); },
      host));
  if (!added) return std::unexpected(added.error());
  for (const MavlinkRemoteConfig& remote : node.remotes) {
    auto one = std::make_unique<MavlinkRemote>(remote, **added, host);
    (*added)->add(*one);
    all.push_back(std::move(one));
  }
  return {};
}
}  // namespace

base::Result<std::vector<std::unique_ptr<Endpoint>>> build_endpoints(const Config& config, const Services& services,
                                                                     MediaWriter* media, Host& host) {
  Builder builder{.config = config, .services = services, .media = media, .host = host, .all = {}, .trendnet = {}};
  for (const EdgertronicConfig& one : config.edgertronic)
    if (const auto added = builder.add(EdgertronicGroup::open(one, host)); !added)
      return std::unexpected(added.error());
  for (const ShogunConfig& one : config.shogun)
    if (const auto added = builder.add(ShogunStage::open(one, host)); !added) return std::unexpected(added.error());
  for (const TrendnetConfig& one : config.trendnet) {
    auto camera = std::make_unique<TrendnetCamera>(one, media, host);
    builder.trendnet.emplace(one.name, camera.get());
    builder.all.push_back(std::move(camera));
  }
  for (const DualcamConfig& one : config.dualcam)
    builder.all.push_back(std::make_unique<DualcamDevice>(one, services.captures, host));
  for (const WebhookConfig& one : config.webhooks) builder.all.push_back(std::make_unique<Webhook>(one, host));
  for (const MavlinkConfig& one : config.mavlink)
    if (const auto added = builder.mavlink(one); !added) return std::unexpected(added.error());
  return std::move(builder.all);
}

}  // namespace endpoints
