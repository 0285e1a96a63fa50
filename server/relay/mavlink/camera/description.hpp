// One camera of ours as it is shown to MAVLink: what does not change while it is served. Plain data, made by whoever
// reads the configuration and knows the device.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "server/base/result.hpp"
#include "server/relay/mavlink/camera/parameter.hpp"
#include "server/relay/mavlink/wire/enums.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::camera {

constexpr std::uint32_t firmware_version(std::uint8_t major, std::uint8_t minor, std::uint8_t patch,
                                         std::uint8_t development = 0) noexcept {
  return static_cast<std::uint32_t>(development) << 24 | static_cast<std::uint32_t>(patch) << 16 |
         static_cast<std::uint32_t>(minor) << 8 | major;
}

struct Lens {
  float focal_length = not_given;   // mm
  float sensor_size_h = not_given;  // mm
  float sensor_size_v = not_given;  // mm
  float hfov = not_given;           // deg; with both, CAMERA_FOV_STATUS is answered
  float vfov = not_given;           // deg
  std::uint8_t id = 0;
};

// The first has the id 1. Streams run as long as the camera does: telling one to start or stop is accepted and changes
// nothing.
struct Stream {
  std::string name;                // no other stream of the camera has it
  std::string uri;                 // as the ground station reaches it
  std::uint8_t type = 0;           // VIDEO_STREAM_TYPE
  std::uint8_t encoding = 0;       // VIDEO_STREAM_ENCODING
  float framerate = 0;             // Hz
  std::uint32_t bitrate = 0;       // bits/s
  std::uint16_t resolution_h = 0;  // pix
  std::uint16_t resolution_v = 0;  // pix
  std::uint16_t rotation = 0;      // deg, clockwise
  std::uint16_t hfov = 0;          // deg
  bool is_thermal = false;
};

// The first has the id 1.
struct Storage {
  std::string name;
  std::uint8_t type = storage_type::unknown;
  std::uint8_t usage = storage_usage::set | storage_usage::photo | storage_usage::video;
  bool can_format = false;
};

constexpr std::uint8_t bit(std::uint8_t number) noexcept {
  return static_cast<std::uint8_t>(1U << number);
}

struct Description {
  Address address{1, component::camera};
  std::string vendor;  // up to 31 bytes, as the next
  std::string model;   // of all cameras of a system only one has it: ground stations tell cameras apart by it
  std::uint32_t firmware = 0;
  // CAMERA_CAP_FLAGS of what works. That there are streams is added by itself: flags_of().
  std::uint32_t capabilities = 0;
  std::uint16_t resolution_h = 0;  // pix
  std::uint16_t resolution_v = 0;  // pix
  Lens lens;
  std::vector<Stream> streams;
  std::vector<Storage> storages{Storage{}};  // at least one: ground stations ask for number 1
  std::vector<Parameter> parameters;
  std::string definition_uri;    // empty: the definition file is not served
  std::uint8_t zoom_types = 0;   // bits: bit(zoom_type::step), …
  std::uint8_t focus_types = 0;  // bits: bit(focus_type::step), …
  bool can_reset_settings = false;
  // A device that has said nothing for so long about an image or a video has forgotten it.
  std::chrono::milliseconds longest_ask{std::chrono::seconds{60}};
  std::chrono::milliseconds shortest_interval{std::chrono::seconds{1}};  // between images; a shorter one becomes this
};

// CAMERA_INFORMATION.flags.
std::uint32_t flags_of(const Description& description) noexcept;
inline bool can(const Description& description, std::uint32_t capability) noexcept {
  return (flags_of(description) & capability) != 0;
}

// Errors: `invalid`, with what to change.
base::Result<> check(const Description& description);
// Of all that are configured: each by itself, then that no two have the same address, or the same model in one system.
base::Result<> check(std::span<const Description> descriptions);

}  // namespace mavlink::camera
