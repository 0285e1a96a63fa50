// MAVLink as one endpoint: what is heard on its links is events; its cameras are seen by ground stations; cameras of
// others are found, watched and told what to do. Of the relay's thread.
#pragma once

#include <asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "server/endpoints/config.hpp"
#include "server/endpoints/endpoint.hpp"
#include "server/endpoints/health_keeper.hpp"
#include "server/endpoints/host.hpp"
#include "server/endpoints/mavlink_cameras.hpp"
#include "server/endpoints/mavlink_links.hpp"
#include "server/relay/mavlink/camera/vehicle_stub.hpp"
#include "server/relay/mavlink/shots/shots.hpp"
#include "server/relay/mavlink/station/station.hpp"
#include "storage/catalog/mavlink_catalog.hpp"

namespace endpoints {

class MavlinkRemote;

class MavlinkNode final : public Endpoint {
 public:
  // Makes what stands behind a camera.
  using Build = std::function<base::Result<std::unique_ptr<MavlinkDevice>>(const MavlinkCameraConfig& camera)>;
  // Reads what the catalog keeps of its cameras: blocks. `node`: this server's name. All outlive it.
  static base::Result<std::unique_ptr<MavlinkNode>> open(const MavlinkConfig& config, storage::MavlinkCatalog& catalog,
                                                         const std::string& node, const Build& build, Host& host);
  ~MavlinkNode() override;

  const hub::EndpointInfo& info() const noexcept override { return info_; }
  std::string address() const override;
  void start() override;
  // Tells every camera of others that is here, or the one that the parameter `camera` names.
  void run(const hub::Command& command, Done done) override;
  Health health() const override;
  void close() override;

  // For endpoints that are one camera each.
  void add(MavlinkRemote& remote);
  void tell(const mavlink::station::Key& key, const hub::Command& command, Done done);
  std::optional<mavlink::station::Camera> camera(const mavlink::station::Key& key) const;
  std::optional<mavlink::router::Route> route(mavlink::Address address) const;

  std::string definition(std::string_view camera) const override;

 private:
  struct Mine {  // a camera of ours, which is there once our system is known
    MavlinkCameraConfig config;
    std::unique_ptr<MavlinkDevice> device;
    std::int32_t image_count = 0;
    std::unique_ptr<MavlinkCamera> camera;
  };
  struct Shooting {  // acknowledged, and not told of yet
    Done done;
    hub::Hub::Result result;
    base::SteadyTime ordered;
    base::SteadyTime until;
  };
  struct Told {
    mavlink::station::Key key;
    Done done;
    bool is_shot = false;
    base::SteadyTime ordered;
    std::optional<hub::Hub::Result> image;  // the camera told of it before it acknowledged
  };
  MavlinkNode(const MavlinkConfig& config, storage::MavlinkCatalog& catalog, std::string node, Host& host);
  base::Result<> open_links();
  void set_up_station();
  void be_system(std::uint8_t system);

  void heard(const mavlink::Received& received, const mavlink::Frame& frame);
  void watch_for_autopilot(const mavlink::Received& received);
  void noticed(const mavlink::router::Notice& notice);
  void refused(const MavlinkLinks::Refusal& why, std::string_view peer, base::ByteView bytes);
  void tell_of_shot(const mavlink::shots::Shot& sign, const mavlink::Received& received, const mavlink::Frame& frame);
  void hear_event(hub::Event event, const MavlinkRemote* remote);  // nullptr: it is the node's
  void with_station(const std::function<void(mavlink::station::Actions& actions)>& call);
  void carry_out(mavlink::station::Actions& actions);
  void changed(const mavlink::station::CameraChange& change);
  void ended(const mavlink::station::EndedCommand& ended);
  void has_image(const mavlink::station::NewImage& image);
  void has_feedback(mavlink::Address from, const mavlink::CameraFeedback& feedback);
  void give_up_shots();
  void send(const mavlink::Outgoing& outgoing);
  void look_at_links();
  void keep_numbers();
  void wake();
  void set_timer();
  MavlinkRemote* remote_of(const mavlink::station::Key& key) const;
  const MavlinkRemote* remote_of(const mavlink::shots::Shot& sign) const;

  const MavlinkConfig config_;
  const hub::EndpointInfo info_;
  storage::MavlinkCatalog& catalog_;
  const std::string node_;
  Host& host_;
  HealthKeeper health_;
  std::unique_ptr<MavlinkLinks> links_;
  std::optional<mavlink::shots::Shots> shots_;
  std::optional<mavlink::station::Station> station_;
  std::optional<mavlink::camera::VehicleStub> vehicle_;
  std::optional<std::uint8_t> system_;
  std::vector<Mine> cameras_;
  std::map<mavlink::station::Key, MavlinkRemote*> remotes_;
  std::map<mavlink::station::CommandId, Told> told_;
  std::map<mavlink::station::Key, std::deque<Shooting>> shooting_;
  std::set<mavlink::station::Key> here_;  // told of as online
  std::map<std::string, std::int64_t> numbers_kept_;
  std::uint32_t first_sequence_ = 1;
  asio::steady_timer waking_;
  std::optional<base::SteadyTime> waking_at_;
  base::SteadyTime keeping_at_{};
  bool keeping_ = false;
  base::SteadyTime refusing_since_{};
  std::uint32_t refusals_ = 0;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace endpoints
