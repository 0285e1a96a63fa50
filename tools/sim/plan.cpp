#include "tools/sim/plan.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>

#include "tools/sim/random.hpp"

namespace sim {

namespace {
constexpr std::int64_t capture_gap_ms = 61'000;  // whole seconds: two dialects cannot say less

// As devices name files: a folder for the camera, one for the day, and the time.
std::string path_of(const FileSpec& spec) {
  const bool video = spec.metadata.kind == base::MediaKind::video;
  const std::chrono::sys_seconds time{std::chrono::seconds(spec.metadata.captured_ms / 1000)};
  std::string_view folder;
  switch (spec.metadata.camera) {
    case base::Camera::front: folder = "dualcam_front"; break;
    case base::Camera::rear: folder = "dualcam_rear"; break;
    case base::Camera::dash: folder = "dashcam"; break;
    case base::Camera::dsm: folder = "dsm"; break;
    default: folder = "mdas9"; break;
  }
  return fmt::format("{}/{}/{:%y%m%d}/{:%H%M%S}.{}", folder, video ? "video" : "picture", time, time,
                     video ? "h265" : "jpg");
}

base::Camera camera_of(const CameraOptions& camera, unsigned number) {
  const bool odd = number % 2 != 0;
  if (camera.dialect == Dialect::paths) return camera.dsm ? base::Camera::dsm : base::Camera::adas;
  // One enhanced device in three is a DashCam, told by its IMEI's last digits.
  if (camera.dialect == Dialect::enhanced && camera.imei / 10 % 3 == 0) return base::Camera::dash;
  return odd ? base::Camera::rear : base::Camera::front;
}

dualcam::FileClass class_of(const CameraOptions& camera, base::Camera side, base::MediaKind kind) {
  using enum dualcam::FileClass;
  if (camera.dialect != Dialect::identifiers) return path;
  const bool rear = side == base::Camera::rear;
  if (kind == base::MediaKind::video) return rear ? video_rear : video_front;
  return rear ? photo_rear : photo_front;
}

Metadata metadata_of(std::uint64_t seed, base::Camera side, base::MediaKind kind, unsigned seconds,
                     std::int64_t captured_ms) {
  const unsigned triggers = side == base::Camera::adas ? 11 : 12;
  constexpr std::int64_t trigger_to_capture_ms = 1'500;
  const bool video = kind == base::MediaKind::video;
  const auto degrees = [&](std::uint64_t key, double low, double span) {
    return low + span * static_cast<double>(mix(seed, key) % 1'000'000) / 1e6;
  };
  return {.camera = side,
          .kind = kind,
          .captured_ms = captured_ms,
          .trigger_ms = captured_ms - trigger_to_capture_ms,
          .trigger = static_cast<std::uint8_t>(mix(seed, 10) % triggers),
          .seconds = static_cast<std::uint16_t>(video ? seconds : 0),
          .frame_rate = static_cast<std::uint8_t>(video ? clip_frame_rate : 0),
          .zone_minutes = 120,
          .latitude = degrees(11, 54.0, 2.0),
          .longitude = degrees(12, 23.0, 3.0),
          .driver_events = static_cast<std::uint16_t>(mix(seed, 13) & 0x1ff),
          .driver_name = "DRIVER"};
}
}  // namespace

bool has_camera_prefix(std::string_view path) noexcept {
  return path.starts_with("dualcam") || path.starts_with("dashcam");
}

std::vector<FileSpec> plan_files(const PlanOptions& plan, const CameraOptions& camera, const FileMaker& maker) {
  std::vector<FileSpec> specs;
  const auto given = static_cast<unsigned>(maker.user_files());
  const unsigned count = given > 0 ? given : plan.photos + plan.videos;
  for (unsigned n = 0; n < count; ++n) {
    const bool photo = given > 0 ? maker.user_kind(n) == base::MediaKind::photo : n < plan.photos;
    const base::MediaKind kind = photo ? base::MediaKind::photo : base::MediaKind::video;
    const base::Camera side = camera_of(camera, given > 0 || photo ? n : n - plan.photos);
    FileSpec spec{.seed = mix(mix(plan.seed, camera.imei), n),
                  .imei = camera.imei,
                  .number = n,
                  .user_file = given > 0 ? static_cast<std::int32_t>(n) : -1,
                  .file_class = class_of(camera, side, kind),
                  .metadata = {},
                  .path = {}};
    spec.metadata =
        metadata_of(spec.seed, side, kind, maker.video_seconds(), plan.first_capture_ms + n * capture_gap_ms);
    spec.metadata.trigger = plan.trigger.value_or(spec.metadata.trigger);
    if (spec.file_class == dualcam::FileClass::path) spec.path = path_of(spec);
    specs.push_back(std::move(spec));
  }
  return specs;
}

FileSpec ordered_file(const PlanOptions& plan, const CameraOptions& camera, const CaptureOrder& order,
                      base::Camera side, std::uint32_t number) {
  const base::Camera shown = camera.dialect == Dialect::paths ? camera_of(camera, 0) : side;
  constexpr std::uint8_t dsm_server_request = 11;  // everywhere else 0
  FileSpec spec{.seed = mix(mix(plan.seed, camera.imei), number),
                .imei = camera.imei,
                .number = number,
                .file_class = class_of(camera, shown, order.kind),
                .metadata = {},
                .path = {},
                .requested = true};
  spec.metadata = metadata_of(spec.seed, shown, order.kind, order.seconds, order.from_ms);
  spec.metadata.trigger = shown == base::Camera::dsm ? dsm_server_request : 0;
  if (spec.file_class == dualcam::FileClass::path) spec.path = path_of(spec);
  return spec;
}

FileSpec newer_capture(const FileSpec& old, std::uint32_t number) {
  FileSpec spec = old;
  spec.seed = mix(old.seed, number);
  spec.number = number;
  const std::int64_t later_ms = (number - old.number) * capture_gap_ms;
  spec.metadata.captured_ms += later_ms;
  spec.metadata.trigger_ms += later_ms;
  if (spec.file_class == dualcam::FileClass::path) spec.path = path_of(spec);
  return spec;
}

}  // namespace sim
