// The words of enumerations, of those numbers that are met around cameras.
#include <algorithm>
#include <array>
#include <utility>

#include "server/relay/mavlink/wire/describe.hpp"
#include "server/relay/mavlink/wire/enums.hpp"

namespace mavlink {
namespace {

template <class T>
using Word = std::pair<T, std::string_view>;

template <class T, std::size_t N>
std::string_view find(const std::array<Word<T>, N>& words, T number) noexcept {
  const auto* word = std::ranges::find(words, number, &Word<T>::first);
  return word == words.end() ? std::string_view{} : word->second;
}

constexpr std::array<Word<std::uint16_t>, 34> commands{{
    {command::do_control_video, "DO_CONTROL_VIDEO"},
    {command::do_set_roi, "DO_SET_ROI"},
    {command::do_digicam_configure, "DO_DIGICAM_CONFIGURE"},
    {command::do_digicam_control, "DO_DIGICAM_CONTROL"},
    {command::do_set_cam_trigg_dist, "DO_SET_CAM_TRIGG_DIST"},
    {command::do_set_cam_trigg_interval, "DO_SET_CAM_TRIGG_INTERVAL"},
    {command::get_message_interval, "GET_MESSAGE_INTERVAL"},
    {command::set_message_interval, "SET_MESSAGE_INTERVAL"},
    {command::request_message, "REQUEST_MESSAGE"},
    {command::request_protocol_version, "REQUEST_PROTOCOL_VERSION"},
    {command::request_camera_information, "REQUEST_CAMERA_INFORMATION"},
    {command::request_camera_settings, "REQUEST_CAMERA_SETTINGS"},
    {command::request_storage_information, "REQUEST_STORAGE_INFORMATION"},
    {command::storage_format, "STORAGE_FORMAT"},
    {command::request_camera_capture_status, "REQUEST_CAMERA_CAPTURE_STATUS"},
    {command::reset_camera_settings, "RESET_CAMERA_SETTINGS"},
    {command::set_camera_mode, "SET_CAMERA_MODE"},
    {command::set_camera_zoom, "SET_CAMERA_ZOOM"},
    {command::set_camera_focus, "SET_CAMERA_FOCUS"},
    {command::set_storage_usage, "SET_STORAGE_USAGE"},
    {command::set_camera_source, "SET_CAMERA_SOURCE"},
    {command::image_start_capture, "IMAGE_START_CAPTURE"},
    {command::image_stop_capture, "IMAGE_STOP_CAPTURE"},
    {command::request_camera_image_capture, "REQUEST_CAMERA_IMAGE_CAPTURE"},
    {command::do_trigger_control, "DO_TRIGGER_CONTROL"},
    {command::camera_track_point, "CAMERA_TRACK_POINT"},
    {command::camera_track_rectangle, "CAMERA_TRACK_RECTANGLE"},
    {command::camera_stop_tracking, "CAMERA_STOP_TRACKING"},
    {command::video_start_capture, "VIDEO_START_CAPTURE"},
    {command::video_stop_capture, "VIDEO_STOP_CAPTURE"},
    {command::video_start_streaming, "VIDEO_START_STREAMING"},
    {command::video_stop_streaming, "VIDEO_STOP_STREAMING"},
    {command::request_video_stream_information, "REQUEST_VIDEO_STREAM_INFORMATION"},
    {command::request_video_stream_status, "REQUEST_VIDEO_STREAM_STATUS"},
}};

constexpr std::array<Word<std::uint8_t>, 11> results{{
    {result::accepted, "ACCEPTED"},
    {result::temporarily_rejected, "TEMPORARILY_REJECTED"},
    {result::denied, "DENIED"},
    {result::unsupported, "UNSUPPORTED"},
    {result::failed, "FAILED"},
    {result::in_progress, "IN_PROGRESS"},
    {result::cancelled, "CANCELLED"},
    {result::long_only, "COMMAND_LONG_ONLY"},
    {result::int_only, "COMMAND_INT_ONLY"},
    {result::unsupported_frame, "UNSUPPORTED_MAV_FRAME"},
    {result::not_in_control, "NOT_IN_CONTROL"},
}};

constexpr std::array<Word<std::uint8_t>, 13> types{{
    {type::generic, "GENERIC"},
    {1, "FIXED_WING"},
    {2, "QUADROTOR"},
    {4, "HELICOPTER"},
    {type::antenna_tracker, "ANTENNA_TRACKER"},
    {type::ground_station, "GCS"},
    {type::ground_rover, "GROUND_ROVER"},
    {11, "SURFACE_BOAT"},
    {13, "HEXAROTOR"},
    {type::onboard_controller, "ONBOARD_CONTROLLER"},
    {type::gimbal, "GIMBAL"},
    {type::adsb, "ADSB"},
    {type::camera, "CAMERA"},
}};

constexpr std::array<Word<std::uint8_t>, 4> autopilots{{
    {autopilot::generic, "GENERIC"},
    {autopilot::ardupilot, "ARDUPILOTMEGA"},
    {autopilot::invalid, "INVALID"},
    {autopilot::px4, "PX4"},
}};

constexpr std::array<Word<std::uint8_t>, 9> states{{
    {state::uninit, "UNINIT"},
    {state::boot, "BOOT"},
    {2, "CALIBRATING"},
    {state::standby, "STANDBY"},
    {state::active, "ACTIVE"},
    {state::critical, "CRITICAL"},
    {6, "EMERGENCY"},
    {7, "POWEROFF"},
    {8, "FLIGHT_TERMINATION"},
}};

}  // namespace

std::string_view command_word(std::uint16_t command) noexcept {
  return find(commands, command);
}
std::string_view result_word(std::uint8_t result) noexcept {
  return find(results, result);
}
std::string_view type_word(std::uint8_t type) noexcept {
  return find(types, type);
}
std::string_view autopilot_word(std::uint8_t autopilot) noexcept {
  return find(autopilots, autopilot);
}
std::string_view state_word(std::uint8_t state) noexcept {
  return find(states, state);
}

}  // namespace mavlink
