#include "server/endpoints/mavlink_remote.hpp"

#include <fmt/format.h>

#include <utility>

#include "server/endpoints/infos.hpp"
#include "server/endpoints/parameters.hpp"

namespace endpoints {

namespace {
namespace station = mavlink::station;
}  // namespace

MavlinkRemote::MavlinkRemote(const MavlinkRemoteConfig& config, MavlinkNode& node, Host& host)
    : info_(info_of(config)),
      key_{.address = config.address, .device = config.device},
      node_(node),
      health_(config.name, host) {
  health_.set(Health::State::unknown, "It was not heard yet.");
}

void MavlinkRemote::run(const hub::Command& command, Done done) {
  if (!text_of(command, "camera").empty())
    return done(failed(fmt::format("\"{}\" is one camera: the parameter camera is for its node.", info_.name)));
  node_.tell(key_, command, health_.noting(command.verb, std::move(done)));
}

void MavlinkRemote::changed(const station::CameraChange& change) {
  using enum station::Change;
  switch (change.change) {
    case lost: return health_.set(Health::State::offline, "Its heartbeats have ceased.");
    case forgotten: return health_.set(Health::State::offline, change.reason);
    case found: return health_.set(Health::State::degraded, "It was heard, and has not said yet what it is.");
    case identified:
    case back: return health_.set(Health::State::online, {});
    default: health_.heard();
  }
}

Health MavlinkRemote::health() const {
  Health health = health_.get();
  const auto camera = node_.camera(key_);
  if (!camera) return health;
  const auto route = node_.route(key_.address);
  if (camera->last_heartbeat) health.last_heard = camera->last_heartbeat;
  health.details = details_of(*camera, route);
  health.figures = {{"images", camera->images.told},
                    {"images_missing", camera->images.missing},
                    {"images_given_up", camera->images.given_up}};
  if (route) health.figures.emplace_back("frames", route->frames);
  return health;
}

hub::Fields details_of(const station::Camera& camera, const std::optional<mavlink::router::Route>& route) {
  hub::Fields details{{"model", camera.name}};
  if (route && route->loss) details.push_back({"loss_percent", fmt::format("{:.1f}", *route->loss * 100)});
  if (camera.information && !camera.information->firmware.empty())
    details.push_back({"firmware", camera.information->firmware});
  if (camera.settings) {
    constexpr std::array<std::string_view, 3> modes{"image", "video", "survey"};
    if (camera.settings->mode < modes.size()) details.push_back({"mode", std::string(modes.at(camera.settings->mode))});
    if (camera.settings->zoom) details.push_back({"zoom_percent", fmt::format("{:.0f}", *camera.settings->zoom)});
    if (camera.settings->focus) details.push_back({"focus_percent", fmt::format("{:.0f}", *camera.settings->focus)});
  }
  if (camera.status) {
    details.push_back({"recording", camera.status->recording ? "true" : "false"});
    details.push_back({"image_count", std::to_string(camera.status->image_count)});
  }
  for (const station::Storage& storage : camera.storages)
    if (storage.available)
      details.push_back({fmt::format("storage_{}_free_mib", storage.id), fmt::format("{:.0f}", *storage.available)});
  for (const station::Stream& stream : camera.streams)
    if (!stream.uri.empty()) details.push_back({fmt::format("stream_{}", stream.id), stream.uri});
  return details;
}

}  // namespace endpoints
