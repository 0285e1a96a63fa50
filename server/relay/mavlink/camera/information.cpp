#include "server/relay/mavlink/camera/information.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "server/relay/mavlink/camera/definition.hpp"

namespace mavlink::camera {

namespace {
// A ground station warns of a full or broken card by these: numbers that make no sense are not to be believed.
bool is_plausible(const StorageNumbers& numbers) noexcept {
  const auto within = [&](float part) { return part >= 0 && part <= numbers.total; };
  return std::isfinite(numbers.total) && numbers.total > 0 && within(numbers.used) && within(numbers.available);
}

// Unless all of it fits, and a zero behind it: half an address leads nowhere.
Text<205> whole_url(const std::string& url) noexcept {
  return url.size() < Text<205>{}.bytes.size() ? Text<205>(url) : Text<205>{};
}

std::uint16_t flags_of_stream(const Stream& stream) noexcept {
  return static_cast<std::uint16_t>(stream_flags::running | (stream.is_thermal ? stream_flags::thermal : 0));
}
}  // namespace

std::uint32_t Reporter::boot_ms(base::SteadyTime now) const noexcept {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now - started.steady).count());
}

Heartbeat Reporter::heartbeat() noexcept {
  return {.type = type::camera, .autopilot = autopilot::invalid, .system_status = state::active};
}

CameraInformation Reporter::information(base::SteadyTime now) const {
  CameraInformation out;
  out.time_boot_ms = boot_ms(now);
  out.firmware_version = description.firmware;
  out.focal_length = description.lens.focal_length;
  out.sensor_size_h = description.lens.sensor_size_h;
  out.sensor_size_v = description.lens.sensor_size_v;
  out.flags = flags_of(description);
  out.resolution_h = description.resolution_h;
  out.resolution_v = description.resolution_v;
  out.cam_definition_version = description.definition_uri.empty() ? std::uint16_t{0} : definition_version(description);
  out.vendor_name.assign(description.vendor);
  out.model_name.assign(description.model);
  out.lens_id = description.lens.id;
  out.cam_definition_uri.assign(description.definition_uri);
  return out;
}

CameraSettings Reporter::settings(base::SteadyTime now) const noexcept {
  return {.time_boot_ms = boot_ms(now),
          .mode_id = condition.settings.mode,
          .zoom_level = condition.settings.zoom,
          .focus_level = condition.settings.focus};
}

StorageInformation Reporter::storage(std::size_t index, base::SteadyTime now) const noexcept {
  const auto& storage = description.storages[index];
  const auto& numbers = condition.storages[index];
  StorageInformation out;
  out.time_boot_ms = boot_ms(now);
  out.storage_id = static_cast<std::uint8_t>(index + 1);
  out.storage_count = static_cast<std::uint8_t>(description.storages.size());
  out.type = storage.type;
  out.name.assign(storage.name);
  out.storage_usage = storage.usage;
  out.status = numbers.status;
  if (numbers.status != storage_status::ready) return out;
  if (!is_plausible(numbers)) {
    out.status = storage_status::not_supported;
    return out;
  }
  out.total_capacity = numbers.total;
  out.used_capacity = numbers.used;
  out.available_capacity = numbers.available;
  out.read_speed = numbers.read_speed;
  out.write_speed = numbers.write_speed;
  return out;
}

CameraCaptureStatus Reporter::status(const Capture& capture, base::SteadyTime now) const noexcept {
  CameraCaptureStatus out;
  out.time_boot_ms = boot_ms(now);
  if (const auto series = capture.series()) out.image_interval = std::chrono::duration<float>(series->interval).count();
  if (condition.recording_since)
    out.recording_time_ms = static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now - *condition.recording_since).count());
  for (std::size_t i = 0; i < description.storages.size() && out.available_capacity == 0; ++i)
    out.available_capacity = storage(i, now).available_capacity;
  out.image_status = capture.status();
  out.video_status = condition.recording_since ? 1 : 0;
  out.image_count = condition.image_count;
  return out;
}

CameraImageCaptured Reporter::image(const ImageRecord& kept) const noexcept {
  CameraImageCaptured out;
  out.q = kept.orientation;
  out.image_index = kept.index;
  out.capture_result = kept.ok ? 1 : 0;
  out.file_url = whole_url(kept.url);
  if (kept.taken_at) {
    using std::chrono::microseconds;
    const auto since_1970 = kept.taken_at->time_since_epoch();
    out.time_utc = static_cast<std::uint64_t>(std::max<std::int64_t>(microseconds(since_1970).count(), 0));
    // Images from before the start were taken before this clock began.
    out.time_boot_ms = static_cast<std::uint32_t>(std::max<std::int64_t>((*kept.taken_at - started.utc).count(), 0));
  }
  if (kept.position) {
    out.lat = kept.position->latitude;
    out.lon = kept.position->longitude;
    out.alt = kept.position->altitude;
    out.relative_alt = kept.position->relative_altitude;
  }
  return out;
}

VideoStreamInformation Reporter::stream(std::size_t index) const noexcept {
  const auto& stream = description.streams[index];
  VideoStreamInformation out;
  out.framerate = stream.framerate;
  out.bitrate = stream.bitrate;
  out.flags = flags_of_stream(stream);
  out.resolution_h = stream.resolution_h;
  out.resolution_v = stream.resolution_v;
  out.rotation = stream.rotation;
  out.hfov = stream.hfov;
  out.stream_id = static_cast<std::uint8_t>(index + 1);
  out.count = static_cast<std::uint8_t>(description.streams.size());
  out.type = stream.type;
  out.name.assign(stream.name);
  out.uri.assign(stream.uri);
  out.encoding = stream.encoding;
  return out;
}

VideoStreamStatus Reporter::stream_status(std::size_t index) const noexcept {
  const auto& stream = description.streams[index];
  return {.framerate = stream.framerate,
          .bitrate = stream.bitrate,
          .flags = flags_of_stream(stream),
          .resolution_h = stream.resolution_h,
          .resolution_v = stream.resolution_v,
          .rotation = stream.rotation,
          .hfov = stream.hfov,
          .stream_id = static_cast<std::uint8_t>(index + 1)};
}

bool Reporter::knows_fov() const noexcept {
  return !std::isnan(description.lens.hfov) && !std::isnan(description.lens.vfov);
}

CameraFovStatus Reporter::fov(base::SteadyTime now) const noexcept {
  CameraFovStatus out;
  out.time_boot_ms = boot_ms(now);
  out.q = {1, 0, 0, 0};
  out.hfov = description.lens.hfov;
  out.vfov = description.lens.vfov;
  return out;
}

// Every link of ours hears both versions; one that speaks the first cannot say so, as this message is of the second.
ProtocolVersion Reporter::protocol() noexcept {
  return {.version = 200, .min_version = 100, .max_version = 200};
}

BatteryStatus Reporter::battery() const noexcept {
  BatteryStatus out;
  out.battery_remaining = condition.battery.value_or(std::int8_t{-1});
  return out;
}

}  // namespace mavlink::camera
