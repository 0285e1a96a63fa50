// Our cameras on MAVLink: each a component of its own (server/relay/mavlink/camera) in front of a device, with its
// image log in the catalog. Of the relay's thread; the catalog is asked on the pool.
#pragma once

#include <asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "server/endpoints/host.hpp"
#include "server/endpoints/mavlink_config.hpp"
#include "server/endpoints/mavlink_device.hpp"
#include "server/relay/mavlink/camera/camera.hpp"
#include "storage/catalog/mavlink_catalog.hpp"

namespace endpoints {

class MavlinkCamera {
 public:
  struct Around {
    storage::MavlinkCatalog& catalog;
    std::string node;        // whose rows its log has
    std::string public_url;  // empty: files have no address
    std::function<void(const mavlink::Outgoing& outgoing)> send;
  };
  // `around.catalog` and `host` outlive it.
  MavlinkCamera(const MavlinkCameraConfig& config, std::uint8_t system, std::int32_t image_count,
                std::unique_ptr<MavlinkDevice> device, Around around, Host& host);
  ~MavlinkCamera();
  // Whether such a camera can be shown. Errors: `invalid`, with what to change.
  static base::Result<> check(const MavlinkCameraConfig& config, const MavlinkDevice& device,
                              const std::string& public_url);

  void hear(const mavlink::Received& received);
  void wake();  // also looks whether the device is there
  std::optional<base::SteadyTime> next_wake() const { return camera_.next_wake(); }
  void forget(mavlink::Peer peer) { camera_.forget(peer); }
  void stop_video() { device_->stop_video(); }  // at an orderly end

  const std::string& name() const noexcept { return config_.name; }
  const mavlink::camera::Camera& state() const noexcept { return camera_; }
  std::string definition() const;  // of what can be set of it: XML

 private:
  // What has to wait for the catalog, in its order.
  struct Keeping {
    std::vector<mavlink::camera::Keep> keep;
    std::vector<mavlink::Outgoing> behind;  // messages that tell of it
  };
  using Job = std::variant<Keeping, mavlink::camera::PageRequest>;
  struct Came {  // of a job
    base::Result<> done;
    std::vector<mavlink::camera::ImageRecord> page;
  };

  void look();  // how the device is now
  void carry_out(mavlink::camera::Actions& actions);
  void tell(const std::vector<mavlink::Outgoing>& waited);
  void do_ask(const mavlink::camera::Ask& ask);
  void take_image(mavlink::camera::AskId id);
  void start_video(mavlink::camera::AskId id);
  void recording(bool is_recording);
  void ended(mavlink::camera::AskId id, const base::Result<>& result);
  void add_job(Job job);
  void next_job();
  void job_done(const Came& came);
  template <class Call>
  void with_camera(Call&& call);  // call(camera, now, actions), and carries out what comes of it

  const MavlinkCameraConfig config_;
  const Around around_;
  Host& host_;
  std::unique_ptr<MavlinkDevice> device_;
  mavlink::camera::Camera camera_;
  mavlink::CameraCaptureStatus status_;  // the last one there was
  std::uint64_t videos_ = 0;             // begun
  std::deque<Job> jobs_;
  bool working_ = false;  // the first of them is on the pool, or rests
  asio::steady_timer resting_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace endpoints
