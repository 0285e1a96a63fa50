// The messages that say what a camera is and how it is.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "server/base/now.hpp"
#include "server/relay/mavlink/camera/actions.hpp"
#include "server/relay/mavlink/camera/capture.hpp"
#include "server/relay/mavlink/camera/description.hpp"

namespace mavlink::camera {

// MiB and MiB/s; nothing: not known.
struct StorageNumbers {
  std::uint8_t status = storage_status::not_supported;  // READY is passed on with plausible numbers only
  float total = 0;
  float used = 0;
  float available = 0;
  float read_speed = 0;
  float write_speed = 0;
  bool operator==(const StorageNumbers&) const = default;
};

// Nothing: not known.
struct Settings {
  std::uint8_t mode = camera_mode::image;
  float zoom = not_given;   // % of what there is
  float focus = not_given;  // % of what there is
};

// What changes of a camera.
struct Condition {
  bool online = false;
  Settings settings;
  std::optional<base::SteadyTime> recording_since;
  std::vector<StorageNumbers> storages;  // as many as described
  std::optional<std::int8_t> battery;    // %
  std::int32_t image_count = 0;
};

// Makes them; views of both, which outlive it.
struct Reporter {
  const Description& description;
  const Condition& condition;
  base::Now started;

  std::uint32_t boot_ms(base::SteadyTime now) const noexcept;
  static Heartbeat heartbeat() noexcept;
  static ProtocolVersion protocol() noexcept;
  CameraInformation information(base::SteadyTime now) const;
  CameraSettings settings(base::SteadyTime now) const noexcept;
  StorageInformation storage(std::size_t index, base::SteadyTime now) const noexcept;
  CameraCaptureStatus status(const Capture& capture, base::SteadyTime now) const noexcept;
  CameraImageCaptured image(const ImageRecord& kept) const noexcept;
  VideoStreamInformation stream(std::size_t index) const noexcept;
  VideoStreamStatus stream_status(std::size_t index) const noexcept;
  bool knows_fov() const noexcept;
  CameraFovStatus fov(base::SteadyTime now) const noexcept;
  BatteryStatus battery() const noexcept;
};

}  // namespace mavlink::camera
