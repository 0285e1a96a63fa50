// What a camera can be told, as types, and the command each becomes.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

#include "server/base/result.hpp"
#include "server/relay/mavlink/station/camera.hpp"
#include "server/relay/mavlink/wire/enums.hpp"
#include "server/relay/mavlink/wire/messages_basic.hpp"

namespace mavlink::station {

namespace order {
struct TakeImage {};  // one, with a number of its own: a re-send is not a second shot
struct TakeImages {
  std::uint32_t total = 0;  // 0: until stopped
  std::chrono::milliseconds interval{1000};
};
struct StopImages {};
struct StartVideo {
  std::uint8_t stream = 0;  // 0: all
  float status_rate = 0;    // Hz of CAMERA_CAPTURE_STATUS meanwhile; 0: none, we ask
};
struct StopVideo {
  std::uint8_t stream = 0;
};
struct Zoom {
  std::uint8_t type = zoom_type::range;
  float value = 0;  // see mavlink::zoom_type
};
struct Focus {
  std::uint8_t type = focus_type::range;
  float value = 0;  // see mavlink::focus_type
};
struct SetMode {
  std::uint8_t mode = camera_mode::image;
};
struct FormatStorage {
  std::uint8_t storage = 1;
  bool format = true;  // false: only what is said of images is forgotten
  bool reset_images = true;
};
struct ResetSettings {};
struct RequestMessage {
  std::uint32_t message = 0;
  std::array<float, 5> parameters{};
};
struct DigicamShot {};
struct Raw {
  std::uint16_t command = 0;
  std::array<float, 7> parameters{};  // NaN: not given
};
}  // namespace order

using Order = std::variant<order::TakeImage, order::TakeImages, order::StopImages, order::StartVideo, order::StopVideo,
                           order::Zoom, order::Focus, order::SetMode, order::FormatStorage, order::ResetSettings,
                           order::RequestMessage, order::DigicamShot, order::Raw>;

// `sequence`: the number of a single shot. Errors: `invalid`, which value and what it may be.
base::Result<CommandLong> command_of(const Order& order, const Key& key, std::uint32_t sequence);

std::string in_words(const Order& order, std::uint32_t sequence);  // "take an image (shot 7)"

// Carrying out a second copy does nothing that the first one did not.
bool is_repeatable(const Order& order) noexcept;

}  // namespace mavlink::station
