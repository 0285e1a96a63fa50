// MAVLink messages (common.xml, minimal.xml and ardupilotmega.xml of 2026-07), members in wire order. Streams, what a
// camera sees and follows.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <tuple>

#include "server/relay/mavlink/wire/fields.hpp"

namespace mavlink {

struct VideoStreamInformation {
  static constexpr MessageInfo info{
      .id = 269, .name = "VIDEO_STREAM_INFORMATION", .crc_extra = 109, .base_size = 213, .full_size = 215};
  float framerate = 0;             // Hz
  std::uint32_t bitrate = 0;       // bits/s
  std::uint16_t flags = 0;         // VIDEO_STREAM_STATUS_FLAGS
  std::uint16_t resolution_h = 0;  // pix
  std::uint16_t resolution_v = 0;  // pix
  std::uint16_t rotation = 0;      // deg
  std::uint16_t hfov = 0;          // deg
  std::uint8_t stream_id = 0;
  std::uint8_t count = 0;
  std::uint8_t type = 0;  // VIDEO_STREAM_TYPE
  Text<32> name;
  Text<160> uri;
  // Extensions: absent in MAVLink 1.
  std::uint8_t encoding = 0;  // VIDEO_STREAM_ENCODING
  std::uint8_t camera_device_id = 0;
  static constexpr auto fields() {
    return std::tuple{field("framerate", &VideoStreamInformation::framerate),
                      field("bitrate", &VideoStreamInformation::bitrate),
                      field("flags", &VideoStreamInformation::flags),
                      field("resolution_h", &VideoStreamInformation::resolution_h),
                      field("resolution_v", &VideoStreamInformation::resolution_v),
                      field("rotation", &VideoStreamInformation::rotation),
                      field("hfov", &VideoStreamInformation::hfov),
                      field("stream_id", &VideoStreamInformation::stream_id),
                      field("count", &VideoStreamInformation::count),
                      field("type", &VideoStreamInformation::type),
                      field("name", &VideoStreamInformation::name),
                      field("uri", &VideoStreamInformation::uri),
                      extension("encoding", &VideoStreamInformation::encoding),
                      extension("camera_device_id", &VideoStreamInformation::camera_device_id)};
  }
};

struct VideoStreamStatus {
  static constexpr MessageInfo info{
      .id = 270, .name = "VIDEO_STREAM_STATUS", .crc_extra = 59, .base_size = 19, .full_size = 20};
  float framerate = 0;             // Hz
  std::uint32_t bitrate = 0;       // bits/s
  std::uint16_t flags = 0;         // VIDEO_STREAM_STATUS_FLAGS
  std::uint16_t resolution_h = 0;  // pix
  std::uint16_t resolution_v = 0;  // pix
  std::uint16_t rotation = 0;      // deg
  std::uint16_t hfov = 0;          // deg
  std::uint8_t stream_id = 0;
  // Extensions: absent in MAVLink 1.
  std::uint8_t camera_device_id = 0;
  static constexpr auto fields() {
    return std::tuple{field("framerate", &VideoStreamStatus::framerate),
                      field("bitrate", &VideoStreamStatus::bitrate),
                      field("flags", &VideoStreamStatus::flags),
                      field("resolution_h", &VideoStreamStatus::resolution_h),
                      field("resolution_v", &VideoStreamStatus::resolution_v),
                      field("rotation", &VideoStreamStatus::rotation),
                      field("hfov", &VideoStreamStatus::hfov),
                      field("stream_id", &VideoStreamStatus::stream_id),
                      extension("camera_device_id", &VideoStreamStatus::camera_device_id)};
  }
};

struct CameraFovStatus {
  static constexpr MessageInfo info{
      .id = 271, .name = "CAMERA_FOV_STATUS", .crc_extra = 22, .base_size = 52, .full_size = 53};
  std::uint32_t time_boot_ms = 0;                                      // ms
  std::int32_t lat_camera = std::numeric_limits<std::int32_t>::max();  // degE7
  std::int32_t lon_camera = std::numeric_limits<std::int32_t>::max();  // degE7
  std::int32_t alt_camera = std::numeric_limits<std::int32_t>::max();  // mm
  std::int32_t lat_image = std::numeric_limits<std::int32_t>::max();   // degE7
  std::int32_t lon_image = std::numeric_limits<std::int32_t>::max();   // degE7
  std::int32_t alt_image = std::numeric_limits<std::int32_t>::max();   // mm
  std::array<float, 4> q{};
  float hfov = not_given;  // deg
  float vfov = not_given;  // deg
  // Extensions: absent in MAVLink 1.
  std::uint8_t camera_device_id = 0;
  static constexpr auto fields() {
    return std::tuple{field("time_boot_ms", &CameraFovStatus::time_boot_ms),
                      field("lat_camera", &CameraFovStatus::lat_camera),
                      field("lon_camera", &CameraFovStatus::lon_camera),
                      field("alt_camera", &CameraFovStatus::alt_camera),
                      field("lat_image", &CameraFovStatus::lat_image),
                      field("lon_image", &CameraFovStatus::lon_image),
                      field("alt_image", &CameraFovStatus::alt_image),
                      field("q", &CameraFovStatus::q),
                      field("hfov", &CameraFovStatus::hfov),
                      field("vfov", &CameraFovStatus::vfov),
                      extension("camera_device_id", &CameraFovStatus::camera_device_id)};
  }
};

struct CameraTrackingImageStatus {
  static constexpr MessageInfo info{
      .id = 275, .name = "CAMERA_TRACKING_IMAGE_STATUS", .crc_extra = 126, .base_size = 31, .full_size = 32};
  float point_x = not_given;
  float point_y = not_given;
  float radius = not_given;
  float rec_top_x = not_given;
  float rec_top_y = not_given;
  float rec_bottom_x = not_given;
  float rec_bottom_y = not_given;
  std::uint8_t tracking_status = 0;  // CAMERA_TRACKING_STATUS_FLAGS
  std::uint8_t tracking_mode = 0;    // CAMERA_TRACKING_MODE
  std::uint8_t target_data = 0;      // CAMERA_TRACKING_TARGET_DATA
  // Extensions: absent in MAVLink 1.
  std::uint8_t camera_device_id = 0;
  static constexpr auto fields() {
    return std::tuple{field("point_x", &CameraTrackingImageStatus::point_x),
                      field("point_y", &CameraTrackingImageStatus::point_y),
                      field("radius", &CameraTrackingImageStatus::radius),
                      field("rec_top_x", &CameraTrackingImageStatus::rec_top_x),
                      field("rec_top_y", &CameraTrackingImageStatus::rec_top_y),
                      field("rec_bottom_x", &CameraTrackingImageStatus::rec_bottom_x),
                      field("rec_bottom_y", &CameraTrackingImageStatus::rec_bottom_y),
                      field("tracking_status", &CameraTrackingImageStatus::tracking_status),
                      field("tracking_mode", &CameraTrackingImageStatus::tracking_mode),
                      field("target_data", &CameraTrackingImageStatus::target_data),
                      extension("camera_device_id", &CameraTrackingImageStatus::camera_device_id)};
  }
};

struct CameraTrackingGeoStatus {
  static constexpr MessageInfo info{
      .id = 276, .name = "CAMERA_TRACKING_GEO_STATUS", .crc_extra = 18, .base_size = 49, .full_size = 50};
  std::int32_t lat = 0;              // degE7
  std::int32_t lon = 0;              // degE7
  float alt = 0;                     // m
  float h_acc = not_given;           // m
  float v_acc = not_given;           // m
  float vel_n = not_given;           // m/s
  float vel_e = not_given;           // m/s
  float vel_d = not_given;           // m/s
  float vel_acc = not_given;         // m/s
  float dist = not_given;            // m
  float hdg = not_given;             // rad
  float hdg_acc = not_given;         // rad
  std::uint8_t tracking_status = 0;  // CAMERA_TRACKING_STATUS_FLAGS
  // Extensions: absent in MAVLink 1.
  std::uint8_t camera_device_id = 0;
  static constexpr auto fields() {
    return std::tuple{field("lat", &CameraTrackingGeoStatus::lat),
                      field("lon", &CameraTrackingGeoStatus::lon),
                      field("alt", &CameraTrackingGeoStatus::alt),
                      field("h_acc", &CameraTrackingGeoStatus::h_acc),
                      field("v_acc", &CameraTrackingGeoStatus::v_acc),
                      field("vel_n", &CameraTrackingGeoStatus::vel_n),
                      field("vel_e", &CameraTrackingGeoStatus::vel_e),
                      field("vel_d", &CameraTrackingGeoStatus::vel_d),
                      field("vel_acc", &CameraTrackingGeoStatus::vel_acc),
                      field("dist", &CameraTrackingGeoStatus::dist),
                      field("hdg", &CameraTrackingGeoStatus::hdg),
                      field("hdg_acc", &CameraTrackingGeoStatus::hdg_acc),
                      field("tracking_status", &CameraTrackingGeoStatus::tracking_status),
                      extension("camera_device_id", &CameraTrackingGeoStatus::camera_device_id)};
  }
};

struct CameraThermalRange {
  static constexpr MessageInfo info{
      .id = 277, .name = "CAMERA_THERMAL_RANGE", .crc_extra = 62, .base_size = 30, .full_size = 30};
  std::uint32_t time_boot_ms = 0;  // ms
  float max = 0;                   // degC
  float max_point_x = not_given;
  float max_point_y = not_given;
  float min = 0;  // degC
  float min_point_x = not_given;
  float min_point_y = not_given;
  std::uint8_t stream_id = 0;
  std::uint8_t camera_device_id = 0;
  static constexpr auto fields() {
    return std::tuple{field("time_boot_ms", &CameraThermalRange::time_boot_ms),
                      field("max", &CameraThermalRange::max),
                      field("max_point_x", &CameraThermalRange::max_point_x),
                      field("max_point_y", &CameraThermalRange::max_point_y),
                      field("min", &CameraThermalRange::min),
                      field("min_point_x", &CameraThermalRange::min_point_x),
                      field("min_point_y", &CameraThermalRange::min_point_y),
                      field("stream_id", &CameraThermalRange::stream_id),
                      field("camera_device_id", &CameraThermalRange::camera_device_id)};
  }
};

}  // namespace mavlink
