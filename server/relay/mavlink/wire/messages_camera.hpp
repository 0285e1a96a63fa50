// MAVLink messages (common.xml, minimal.xml and ardupilotmega.xml of 2026-07), members in wire order. What a camera is,
// how it is, and what it took.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <tuple>

#include "server/relay/mavlink/wire/fields.hpp"

namespace mavlink {

struct CameraTrigger {
  static constexpr MessageInfo info{
      .id = 112, .name = "CAMERA_TRIGGER", .crc_extra = 174, .base_size = 12, .full_size = 12};
  std::uint64_t time_usec = 0;  // us
  std::uint32_t seq = 0;
  static constexpr auto fields() {
    return std::tuple{field("time_usec", &CameraTrigger::time_usec), field("seq", &CameraTrigger::seq)};
  }
};

struct BatteryStatus {
  static constexpr MessageInfo info{
      .id = 147, .name = "BATTERY_STATUS", .crc_extra = 154, .base_size = 36, .full_size = 54};
  std::int32_t current_consumed = -1;                                   // mAh
  std::int32_t energy_consumed = -1;                                    // hJ
  std::int16_t temperature = std::numeric_limits<std::int16_t>::max();  // cdegC
  std::array<std::uint16_t, 10> voltages = filled<std::uint16_t, 10>(std::numeric_limits<std::uint16_t>::max());  // mV
  std::int16_t current_battery = -1;                                                                              // cA
  std::uint8_t id = 0;
  std::uint8_t battery_function = 0;   // MAV_BATTERY_FUNCTION
  std::uint8_t type = 0;               // MAV_BATTERY_TYPE
  std::int8_t battery_remaining = -1;  // %
  // Extensions: absent in MAVLink 1.
  std::int32_t time_remaining = 0;              // s
  std::uint8_t charge_state = 0;                // MAV_BATTERY_CHARGE_STATE
  std::array<std::uint16_t, 4> voltages_ext{};  // mV
  std::uint8_t mode = 0;                        // MAV_BATTERY_MODE
  std::uint32_t fault_bitmask = 0;              // MAV_BATTERY_FAULT
  static constexpr auto fields() {
    return std::tuple{field("current_consumed", &BatteryStatus::current_consumed),
                      field("energy_consumed", &BatteryStatus::energy_consumed),
                      field("temperature", &BatteryStatus::temperature),
                      field("voltages", &BatteryStatus::voltages),
                      field("current_battery", &BatteryStatus::current_battery),
                      field("id", &BatteryStatus::id),
                      field("battery_function", &BatteryStatus::battery_function),
                      field("type", &BatteryStatus::type),
                      field("battery_remaining", &BatteryStatus::battery_remaining),
                      extension("time_remaining", &BatteryStatus::time_remaining),
                      extension("charge_state", &BatteryStatus::charge_state),
                      extension("voltages_ext", &BatteryStatus::voltages_ext),
                      extension("mode", &BatteryStatus::mode),
                      extension("fault_bitmask", &BatteryStatus::fault_bitmask)};
  }
};

struct CameraFeedback {
  static constexpr MessageInfo info{
      .id = 180, .name = "CAMERA_FEEDBACK", .crc_extra = 52, .base_size = 45, .full_size = 47};
  std::uint64_t time_usec = 0;  // us
  std::int32_t lat = 0;         // degE7
  std::int32_t lng = 0;         // degE7
  float alt_msl = 0;            // m
  float alt_rel = 0;            // m
  float roll = 0;               // deg
  float pitch = 0;              // deg
  float yaw = 0;                // deg
  float foc_len = 0;            // mm
  std::uint16_t img_idx = 0;
  std::uint8_t target_system = 0;
  std::uint8_t cam_idx = 0;
  std::uint8_t flags = 0;  // CAMERA_FEEDBACK_FLAGS
  // Extensions: absent in MAVLink 1.
  std::uint16_t completed_captures = 0;
  static constexpr auto fields() {
    return std::tuple{field("time_usec", &CameraFeedback::time_usec),
                      field("lat", &CameraFeedback::lat),
                      field("lng", &CameraFeedback::lng),
                      field("alt_msl", &CameraFeedback::alt_msl),
                      field("alt_rel", &CameraFeedback::alt_rel),
                      field("roll", &CameraFeedback::roll),
                      field("pitch", &CameraFeedback::pitch),
                      field("yaw", &CameraFeedback::yaw),
                      field("foc_len", &CameraFeedback::foc_len),
                      field("img_idx", &CameraFeedback::img_idx),
                      field("target_system", &CameraFeedback::target_system),
                      field("cam_idx", &CameraFeedback::cam_idx),
                      field("flags", &CameraFeedback::flags),
                      extension("completed_captures", &CameraFeedback::completed_captures)};
  }
};

struct CameraInformation {
  static constexpr MessageInfo info{
      .id = 259, .name = "CAMERA_INFORMATION", .crc_extra = 92, .base_size = 235, .full_size = 237};
  std::uint32_t time_boot_ms = 0;  // ms
  std::uint32_t firmware_version = 0;
  float focal_length = not_given;   // mm
  float sensor_size_h = not_given;  // mm
  float sensor_size_v = not_given;  // mm
  std::uint32_t flags = 0;          // CAMERA_CAP_FLAGS
  std::uint16_t resolution_h = 0;   // pix
  std::uint16_t resolution_v = 0;   // pix
  std::uint16_t cam_definition_version = 0;
  Text<32> vendor_name;
  Text<32> model_name;
  std::uint8_t lens_id = 0;
  Text<140> cam_definition_uri;
  // Extensions: absent in MAVLink 1.
  std::uint8_t gimbal_device_id = 0;
  std::uint8_t camera_device_id = 0;
  static constexpr auto fields() {
    return std::tuple{field("time_boot_ms", &CameraInformation::time_boot_ms),
                      field("firmware_version", &CameraInformation::firmware_version),
                      field("focal_length", &CameraInformation::focal_length),
                      field("sensor_size_h", &CameraInformation::sensor_size_h),
                      field("sensor_size_v", &CameraInformation::sensor_size_v),
                      field("flags", &CameraInformation::flags),
                      field("resolution_h", &CameraInformation::resolution_h),
                      field("resolution_v", &CameraInformation::resolution_v),
                      field("cam_definition_version", &CameraInformation::cam_definition_version),
                      field("vendor_name", &CameraInformation::vendor_name, "uint8_t"),
                      field("model_name", &CameraInformation::model_name, "uint8_t"),
                      field("lens_id", &CameraInformation::lens_id),
                      field("cam_definition_uri", &CameraInformation::cam_definition_uri),
                      extension("gimbal_device_id", &CameraInformation::gimbal_device_id),
                      extension("camera_device_id", &CameraInformation::camera_device_id)};
  }
};

struct CameraSettings {
  static constexpr MessageInfo info{
      .id = 260, .name = "CAMERA_SETTINGS", .crc_extra = 146, .base_size = 5, .full_size = 14};
  std::uint32_t time_boot_ms = 0;  // ms
  std::uint8_t mode_id = 0;        // CAMERA_MODE
  // Extensions: absent in MAVLink 1.
  float zoom_level = not_given;
  float focus_level = not_given;
  std::uint8_t camera_device_id = 0;
  static constexpr auto fields() {
    return std::tuple{field("time_boot_ms", &CameraSettings::time_boot_ms), field("mode_id", &CameraSettings::mode_id),
                      extension("zoomLevel", &CameraSettings::zoom_level),
                      extension("focusLevel", &CameraSettings::focus_level),
                      extension("camera_device_id", &CameraSettings::camera_device_id)};
  }
};

struct StorageInformation {
  static constexpr MessageInfo info{
      .id = 261, .name = "STORAGE_INFORMATION", .crc_extra = 179, .base_size = 27, .full_size = 61};
  std::uint32_t time_boot_ms = 0;  // ms
  float total_capacity = 0;        // MiB
  float used_capacity = 0;         // MiB
  float available_capacity = 0;    // MiB
  float read_speed = 0;            // MiB/s
  float write_speed = 0;           // MiB/s
  std::uint8_t storage_id = 0;
  std::uint8_t storage_count = 0;
  std::uint8_t status = 0;  // STORAGE_STATUS
  // Extensions: absent in MAVLink 1.
  std::uint8_t type = 0;  // STORAGE_TYPE
  Text<32> name;
  std::uint8_t storage_usage = 0;  // STORAGE_USAGE_FLAG
  static constexpr auto fields() {
    return std::tuple{field("time_boot_ms", &StorageInformation::time_boot_ms),
                      field("total_capacity", &StorageInformation::total_capacity),
                      field("used_capacity", &StorageInformation::used_capacity),
                      field("available_capacity", &StorageInformation::available_capacity),
                      field("read_speed", &StorageInformation::read_speed),
                      field("write_speed", &StorageInformation::write_speed),
                      field("storage_id", &StorageInformation::storage_id),
                      field("storage_count", &StorageInformation::storage_count),
                      field("status", &StorageInformation::status),
                      extension("type", &StorageInformation::type),
                      extension("name", &StorageInformation::name),
                      extension("storage_usage", &StorageInformation::storage_usage)};
  }
};

struct CameraCaptureStatus {
  static constexpr MessageInfo info{
      .id = 262, .name = "CAMERA_CAPTURE_STATUS", .crc_extra = 12, .base_size = 18, .full_size = 23};
  std::uint32_t time_boot_ms = 0;       // ms
  float image_interval = 0;             // s
  std::uint32_t recording_time_ms = 0;  // ms
  float available_capacity = 0;         // MiB
  std::uint8_t image_status = 0;
  std::uint8_t video_status = 0;
  // Extensions: absent in MAVLink 1.
  std::int32_t image_count = 0;
  std::uint8_t camera_device_id = 0;
  static constexpr auto fields() {
    return std::tuple{field("time_boot_ms", &CameraCaptureStatus::time_boot_ms),
                      field("image_interval", &CameraCaptureStatus::image_interval),
                      field("recording_time_ms", &CameraCaptureStatus::recording_time_ms),
                      field("available_capacity", &CameraCaptureStatus::available_capacity),
                      field("image_status", &CameraCaptureStatus::image_status),
                      field("video_status", &CameraCaptureStatus::video_status),
                      extension("image_count", &CameraCaptureStatus::image_count),
                      extension("camera_device_id", &CameraCaptureStatus::camera_device_id)};
  }
};

struct CameraImageCaptured {
  static constexpr MessageInfo info{
      .id = 263, .name = "CAMERA_IMAGE_CAPTURED", .crc_extra = 133, .base_size = 255, .full_size = 255};
  std::uint64_t time_utc = 0;      // us
  std::uint32_t time_boot_ms = 0;  // ms
  std::int32_t lat = 0;            // degE7
  std::int32_t lon = 0;            // degE7
  std::int32_t alt = 0;            // mm
  std::int32_t relative_alt = 0;   // mm
  std::array<float, 4> q{};
  std::int32_t image_index = 0;
  std::uint8_t camera_id = 0;
  std::int8_t capture_result = 0;  // MAV_BOOL
  Text<205> file_url;
  static constexpr auto fields() {
    return std::tuple{field("time_utc", &CameraImageCaptured::time_utc),
                      field("time_boot_ms", &CameraImageCaptured::time_boot_ms),
                      field("lat", &CameraImageCaptured::lat),
                      field("lon", &CameraImageCaptured::lon),
                      field("alt", &CameraImageCaptured::alt),
                      field("relative_alt", &CameraImageCaptured::relative_alt),
                      field("q", &CameraImageCaptured::q),
                      field("image_index", &CameraImageCaptured::image_index),
                      field("camera_id", &CameraImageCaptured::camera_id),
                      field("capture_result", &CameraImageCaptured::capture_result),
                      field("file_url", &CameraImageCaptured::file_url)};
  }
};

}  // namespace mavlink
