// A camera of a vehicle as a camera of ground stations: an image is a capture request, a video the request for a clip
// of the time between start and stop. Files come in their own time: what is asked for is looked after until it is
// there.
#pragma once

#include <asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/base/imei.hpp"
#include "server/capture/wish.hpp"
#include "server/endpoints/dualcam_device.hpp"
#include "server/endpoints/host.hpp"
#include "server/endpoints/mavlink_device.hpp"

namespace endpoints {

class MavlinkDualcam final : public MavlinkDevice {
 public:
  static constexpr std::chrono::seconds look_interval{1};
  static constexpr std::size_t most_under_way = 64;
  // Every request comes to its end by itself, with its file or a reason: after attempts, waits and a slow upload. This
  // is only for one that a catalog forgot.
  static constexpr std::chrono::hours longest_request{6};
  static constexpr std::chrono::seconds longest_video{capture::longest_wish_s};
  static constexpr unsigned looks_per_battery = 5;  // it changes slowly

  // `host` outlives it.
  MavlinkDualcam(const base::Imei& imei, bool front, CaptureDesk desk, Host& host,
                 std::chrono::milliseconds look_every = look_interval);

  Skills skills() const override;
  bool is_online() const override { return online_; }
  void take_image(Stored stored) override;
  void start_video(Stored stored) override;
  void stop_video() override;
  bool video_is_over() const override { return !video_; }
  std::optional<std::int8_t> battery() const override { return battery_; }

 private:
  struct Video {
    base::UtcTime from;
    Stored stored;
  };
  using Shared = std::shared_ptr<Stored>;
  void ask(CaptureOrder order, Stored stored);
  void end_long_video();
  void set_timer();
  void look();
  void looked(const std::string& id, const base::Result<CaptureProgress>& progress);

  const base::Imei imei_;
  const bool front_;
  const CaptureDesk desk_;
  Host& host_;
  const std::chrono::milliseconds look_every_;
  bool online_ = false;
  std::optional<std::int8_t> battery_;
  bool looking_ = false;
  unsigned looks_ = 0;
  std::size_t asking_ = 0;  // requests on their way to the desk
  std::optional<Video> video_;
  std::multimap<std::string, Shared> waiting_;  // by the id of the request, which may be one for several alike
  asio::steady_timer timer_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // for what the pool brings back
};

}  // namespace endpoints
