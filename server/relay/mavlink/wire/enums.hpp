// Numbers of the MAVLink definitions (2026-07) that this program speaks of. Plain numbers: a peer may send any.
#pragma once

#include <cstdint>

namespace mavlink {

namespace component {  // MAV_COMPONENT
enum : std::uint8_t { all = 0, autopilot1 = 1, camera = 100, camera6 = 105, gimbal = 154, ground_station = 190 };
}
namespace type {  // MAV_TYPE
enum : std::uint8_t {
  generic = 0,
  antenna_tracker = 5,
  ground_station = 6,
  ground_rover = 10,
  onboard_controller = 18,
  gimbal = 26,
  adsb = 27,
  camera = 30
};
}
namespace autopilot {  // MAV_AUTOPILOT
enum : std::uint8_t { generic = 0, ardupilot = 3, invalid = 8, px4 = 12 };
}
namespace state {  // MAV_STATE
enum : std::uint8_t { uninit = 0, boot = 1, standby = 3, active = 4, critical = 5 };
}
namespace result {  // MAV_RESULT
enum : std::uint8_t {
  accepted = 0,
  temporarily_rejected = 1,
  denied = 2,
  unsupported = 3,
  failed = 4,
  in_progress = 5,
  cancelled = 6,
  long_only = 7,
  int_only = 8,
  unsupported_frame = 9,
  not_in_control = 10
};
}
namespace capability {  // CAMERA_CAP_FLAGS
enum : std::uint32_t {
  capture_video = 1,
  capture_image = 2,
  has_modes = 4,
  image_in_video_mode = 8,
  video_in_image_mode = 16,
  image_survey_mode = 32,
  basic_zoom = 64,
  basic_focus = 128,
  video_stream = 256,
  tracking_point = 512,
  tracking_rectangle = 1024,
  tracking_geo_status = 2048,
  thermal_range = 4096,
  mti = 8192
};
}
namespace camera_mode {
enum : std::uint8_t { image = 0, video = 1, image_survey = 2 };
}
namespace storage_status {
enum : std::uint8_t { empty = 0, unformatted = 1, ready = 2, not_supported = 3 };
}
namespace storage_type {
enum : std::uint8_t {
  unknown = 0,
  usb = 1,
  sd = 2,
  micro_sd = 3,
  cf = 4,
  cfe = 5,
  xqd = 6,
  hard_disk = 7,
  other = 254
};
}
namespace storage_usage {
enum : std::uint8_t { set = 1, photo = 2, video = 4, logs = 8 };
}
namespace stream_type {  // VIDEO_STREAM_TYPE
enum : std::uint8_t { rtsp = 0, rtp_udp = 1, tcp_mpeg = 2, mpeg_ts = 3, whep = 4 };
}
namespace stream_flags {  // VIDEO_STREAM_STATUS_FLAGS
enum : std::uint16_t { running = 1, thermal = 2, thermal_range_enabled = 4 };
}
namespace stream_encoding {
enum : std::uint8_t { unknown = 0, h264 = 1, h265 = 2 };
}
namespace image_status {  // CAMERA_CAPTURE_STATUS.image_status
enum : std::uint8_t { idle = 0, capturing = 1, interval_idle = 2, interval_capturing = 3 };
}
namespace zoom_type {  // CAMERA_ZOOM_TYPE; SET_FOCUS_TYPE begins alike
enum : std::uint8_t { step = 0, continuous = 1, range = 2, focal_length = 3, horizontal_fov = 4 };
}
namespace focus_type {
enum : std::uint8_t {
  step = 0,
  continuous = 1,
  range = 2,
  meters = 3,
  automatic = 4,
  auto_single = 5,
  auto_continuous = 6
};
}
namespace param_ack {
enum : std::uint8_t { accepted = 0, value_unsupported = 1, failed = 2, in_progress = 3 };
}
namespace param_type {  // MAV_PARAM_EXT_TYPE
enum : std::uint8_t {
  u8 = 1,
  i8 = 2,
  u16 = 3,
  i16 = 4,
  u32 = 5,
  i32 = 6,
  u64 = 7,
  i64 = 8,
  real32 = 9,
  real64 = 10,
  custom = 11
};
}
namespace response_target {  // param7 of SET_MESSAGE_INTERVAL and REQUEST_MESSAGE
enum : std::int32_t { by_default = 0, asker = 1, everybody = 2 };
}
namespace command {  // MAV_CMD
enum : std::uint16_t {
  do_control_video = 200,
  do_set_roi = 201,
  do_digicam_configure = 202,
  do_digicam_control = 203,
  do_set_cam_trigg_dist = 206,
  do_set_cam_trigg_interval = 214,
  get_message_interval = 510,
  set_message_interval = 511,
  request_message = 512,
  request_protocol_version = 519,
  request_camera_information = 521,
  request_camera_settings = 522,
  request_storage_information = 525,
  storage_format = 526,
  request_camera_capture_status = 527,
  reset_camera_settings = 529,
  set_camera_mode = 530,
  set_camera_zoom = 531,
  set_camera_focus = 532,
  set_storage_usage = 533,
  set_camera_source = 534,
  image_start_capture = 2000,
  image_stop_capture = 2001,
  request_camera_image_capture = 2002,
  do_trigger_control = 2003,
  camera_track_point = 2004,
  camera_track_rectangle = 2005,
  camera_stop_tracking = 2010,
  video_start_capture = 2500,
  video_stop_capture = 2501,
  video_start_streaming = 2502,
  video_stop_streaming = 2503,
  request_video_stream_information = 2504,
  request_video_stream_status = 2505
};
}

}  // namespace mavlink
