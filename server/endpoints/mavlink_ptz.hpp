// A relay camera as a camera of ground stations.
#pragma once

#include <optional>

#include "server/endpoints/mavlink_device.hpp"
#include "server/endpoints/trendnet_camera.hpp"

namespace endpoints {

class MavlinkPtz final : public MavlinkDevice {
 public:
  explicit MavlinkPtz(TrendnetCamera& camera) : camera_(camera) {}  // outlives it

  Skills skills() const override;
  bool is_online() const override;
  void take_image(Stored stored) override { camera_.take_picture(std::move(stored)); }
  void start_video(Stored stored) override;
  void stop_video() override;
  std::vector<mavlink::camera::Parameter> parameters() const override;  // PRESET: where it looks
  void set_parameter(const std::string& id, const mavlink::camera::ParameterValue& value, const Set& done) override;

 private:
  TrendnetCamera& camera_;
  std::optional<Recordings::Id> recording_;
};

}  // namespace endpoints
