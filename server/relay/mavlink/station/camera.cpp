#include "server/relay/mavlink/station/camera.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "server/base/utf8.hpp"

namespace mavlink::station {
namespace {
constexpr std::size_t longest_shown = 80;  // of a text that is none
constexpr std::uint8_t last_attached = 6;  // 1 to 6 are numbers of cameras behind an autopilot, never components

template <std::size_t N>
std::string printable(const Text<N>& text) {
  return base::without_controls(text.view());
}

std::optional<float> finite(float value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

std::string firmware(std::uint32_t version) {
  if (version == 0) return {};
  return fmt::format("{}.{}.{}.{}", version & 0xFFU, (version >> 8U) & 0xFFU, (version >> 16U) & 0xFFU, version >> 24U);
}

// Microseconds of UTC; beyond the year 9999 it is no time.
std::optional<base::UtcTime> utc(std::uint64_t microseconds) {
  constexpr std::uint64_t end = 253'402'300'800'000'000;
  if (microseconds == 0 || microseconds >= end) return std::nullopt;
  return base::UtcTime(std::chrono::milliseconds(microseconds / 1000));
}

// 1 to 255; 0: it is none of them.
std::uint8_t number_in(std::string_view text) noexcept {
  std::uint8_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? number : std::uint8_t{0};
}
}  // namespace

std::string to_string(const Key& key) {
  if (key.device == 0) return fmt::format("{}/{}", key.address.system, key.address.component);
  return fmt::format("{}/{} camera {}", key.address.system, key.address.component, key.device);
}

base::Result<Key> parse_key(std::string_view text) {
  constexpr std::string_view between = " camera ";
  const auto at = text.find(between);
  const std::string_view address = text.substr(0, at);
  const auto slash = address.find('/');
  if (slash != address.npos) {
    const auto system = number_in(address.substr(0, slash));
    const auto component = number_in(address.substr(slash + 1));
    const auto device = at == text.npos ? 0 : number_in(text.substr(at + between.size()));
    if (system != 0 && component != 0 && (at == text.npos || (device >= 1 && device <= last_attached)))
      return Key{.address = {system, component}, .device = static_cast<std::uint8_t>(device)};
  }
  return base::fail(base::Errc::invalid,
                    fmt::format("\"{}\" is no camera: that is SYSTEM/COMPONENT, as in 1/100, or, for one behind an "
                                "autopilot, \"1/1 camera 2\".",
                                text.substr(0, longest_shown)));
}

Key key_of(Address from, std::uint8_t device) noexcept {
  const bool attached = from.component <= last_attached && device <= last_attached;
  return {from, attached ? device : std::uint8_t{0}};
}

Information known(const CameraInformation& from) {
  return {.vendor = printable(from.vendor_name),
          .model = printable(from.model_name),
          .firmware = firmware(from.firmware_version),
          .focal_length = finite(from.focal_length),
          .sensor_width = finite(from.sensor_size_h),
          .sensor_height = finite(from.sensor_size_v),
          .capabilities = from.flags,
          .width = from.resolution_h,
          .height = from.resolution_v,
          .lens = from.lens_id,
          .definition_uri = printable(from.cam_definition_uri),
          .definition_version = from.cam_definition_version,
          .gimbal = from.gimbal_device_id};
}

CurrentSettings known(const CameraSettings& from) {
  return {.mode = from.mode_id, .zoom = finite(from.zoom_level), .focus = finite(from.focus_level)};
}

Storage known(const StorageInformation& from) {
  return {.id = from.storage_id,
          .count = from.storage_count,
          .status = from.status,
          .type = from.type,
          .usage = from.storage_usage,
          .name = printable(from.name),
          .total = finite(from.total_capacity),
          .used = finite(from.used_capacity),
          .available = finite(from.available_capacity),
          .read_speed = finite(from.read_speed),
          .write_speed = finite(from.write_speed)};
}

CaptureStatus known(const CameraCaptureStatus& from) {
  return {.image_status = from.image_status,
          .recording = from.video_status != 0,
          .interval = finite(from.image_interval),
          .recording_ms = from.recording_time_ms,
          .available = finite(from.available_capacity),
          .image_count = from.image_count};
}

Stream known(const VideoStreamInformation& from) {
  return {.id = from.stream_id,
          .count = from.count,
          .type = from.type,
          .encoding = from.encoding,
          .flags = from.flags,
          .name = printable(from.name),
          .uri = printable(from.uri),
          .framerate = finite(from.framerate),
          .bitrate = from.bitrate,
          .width = from.resolution_h,
          .height = from.resolution_v,
          .rotation = from.rotation,
          .hfov = from.hfov};
}

void update(Stream& stream, const VideoStreamStatus& from) {
  stream.flags = from.flags;
  stream.framerate = finite(from.framerate);
  stream.bitrate = from.bitrate;
  stream.width = from.resolution_h;
  stream.height = from.resolution_v;
  stream.rotation = from.rotation;
  stream.hfov = from.hfov;
}

Image known(const CameraImageCaptured& from) {
  return {.index = from.image_index,
          .ok = from.capture_result != 0,
          .taken = utc(from.time_utc),
          .latitude = from.lat,
          .longitude = from.lon,
          .altitude = from.alt,
          .relative_altitude = from.relative_alt,
          .url = printable(from.file_url)};
}

}  // namespace mavlink::station
