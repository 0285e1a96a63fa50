// A test pattern as a camera: colour bars and a square that moves on with each picture. For trying out ground stations,
// links and rules without a camera.
#pragma once

#include <asio/steady_timer.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "server/endpoints/mavlink_device.hpp"
#include "server/endpoints/recordings.hpp"

namespace endpoints {

// A whole JPEG of 640 by 480 pixels. `number` says where the square is.
base::Bytes test_pattern(std::uint32_t number);

class MavlinkPattern final : public MavlinkDevice {
 public:
  // `media` may be null: then nothing is stored, and every picture fails. Both outlive it.
  MavlinkPattern(std::string name, MediaWriter* media, Host& host);
  ~MavlinkPattern() override;

  Skills skills() const override;
  bool is_online() const override { return true; }
  void take_image(Stored stored) override;
  void start_video(Stored stored) override;
  void stop_video() override;

 private:
  Shot shot() const;
  void next_frame();

  const std::string name_;
  MediaWriter* const media_;
  Host& host_;
  std::uint32_t pictures_ = 0;
  Recordings recordings_;
  Recordings::Id recording_ = 0;
  asio::steady_timer timer_;
};

}  // namespace endpoints
