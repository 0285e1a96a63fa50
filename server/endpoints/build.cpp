#include "server/endpoints/build.hpp"

#include <fmt/format.h>

#include "server/endpoints/dualcam_device.hpp"
#include "server/endpoints/edgertronic_group.hpp"
#include "server/endpoints/shogun_stage.hpp"
#include "server/endpoints/trendnet_camera.hpp"
#include "server/endpoints/webhook.hpp"

namespace endpoints {

namespace {
template <class Made>
base::Result<> add(std::vector<std::unique_ptr<Endpoint>>& all, base::Result<std::unique_ptr<Made>> made) {
  if (!made) return std::unexpected(made.error());
  all.push_back(std::move(*made));
  return {};
}
}  // namespace

base::Result<std::vector<std::unique_ptr<Endpoint>>> build_endpoints(const Config& config, const Services& services,
                                                                     MediaWriter* media, Host& host) {
  std::vector<std::unique_ptr<Endpoint>> all;
  for (const EdgertronicConfig& one : config.edgertronic)
    if (const auto added = add(all, EdgertronicGroup::open(one, host)); !added) return std::unexpected(added.error());
  for (const ShogunConfig& one : config.shogun)
    if (const auto added = add(all, ShogunStage::open(one, host)); !added) return std::unexpected(added.error());
  for (const TrendnetConfig& one : config.trendnet) all.push_back(std::make_unique<TrendnetCamera>(one, media, host));
  for (const DualcamConfig& one : config.dualcam)
    all.push_back(std::make_unique<DualcamDevice>(one, services.capture, host));
  for (const WebhookConfig& one : config.webhooks) all.push_back(std::make_unique<Webhook>(one, host));
  return all;
}

}  // namespace endpoints
