// A camera of somebody else on a MAVLink node, as a target and a source of its own. Of the relay's thread.
#pragma once

#include "server/endpoints/config.hpp"
#include "server/endpoints/endpoint.hpp"
#include "server/endpoints/health_keeper.hpp"
#include "server/endpoints/host.hpp"
#include "server/endpoints/mavlink_node.hpp"

namespace endpoints {

class MavlinkRemote final : public Endpoint {
 public:
  // Both outlive it.
  MavlinkRemote(const MavlinkRemoteConfig& config, MavlinkNode& node, Host& host);

  const hub::EndpointInfo& info() const noexcept override { return info_; }
  std::string address() const override { return mavlink::station::to_string(key_); }
  // Confirmed when the camera has acknowledged it; a shot when it tells of the image.
  void run(const hub::Command& command, Done done) override;
  Health health() const override;

  const mavlink::station::Key& key() const noexcept { return key_; }
  void changed(const mavlink::station::CameraChange& change);  // of this camera
  void heard() { health_.heard(); }

 private:
  const hub::EndpointInfo info_;
  const mavlink::station::Key key_;
  MavlinkNode& node_;
  HealthKeeper health_;
};

// What is known of a camera, in the words of pages.
hub::Fields details_of(const mavlink::station::Camera& camera, const std::optional<mavlink::router::Route>& route);

}  // namespace endpoints
