#include <cmath>

#include "server/relay/mavlink/camera/camera_state.hpp"

namespace mavlink::camera {

namespace {
bool is_zoom(std::int32_t type, float value) noexcept {
  switch (type) {
    case zoom_type::step: return value == 1 || value == -1;
    case zoom_type::continuous: return value >= -1 && value <= 1;
    case zoom_type::range: return value >= 0 && value <= 100;
    case zoom_type::focal_length: return value > 0 && std::isfinite(value);
    case zoom_type::horizontal_fov: return value > 0 && value <= 360;
    default: return false;
  }
}

bool is_focus(std::int32_t type, float value) noexcept {
  switch (type) {
    case focus_type::step:
    case focus_type::continuous:
    case focus_type::range: return is_zoom(type, value);
    case focus_type::meters: return value >= 0;  // infinity is a distance as well
    case focus_type::automatic:
    case focus_type::auto_single:
    case focus_type::auto_continuous: return true;
    default: return false;
  }
}

// Both have their types in one byte of bits.
bool has_type(std::uint8_t types, std::int32_t type) noexcept {
  return type >= 0 && type < 8 && (types & bit(static_cast<std::uint8_t>(type))) != 0;
}

bool has_mode(const Description& camera, std::int32_t mode) noexcept {
  switch (mode) {
    case camera_mode::image: return can(camera, capability::capture_image);
    case camera_mode::video: return can(camera, capability::capture_video);
    case camera_mode::image_survey: return can(camera, capability::image_survey_mode);
    default: return false;
  }
}
}  // namespace

Answer Camera::State::set_mode(const Command& command, Turn turn) {
  if (!can(description, capability::has_modes)) return unsupported("This camera has no modes.");
  const auto mode = command.whole(2);
  if (!mode || !has_mode(description, *mode)) return denied("This camera has no such mode.");
  return ask_for(SetMode{static_cast<std::uint8_t>(*mode)}, command, turn);
}

Answer Camera::State::set_zoom(const Command& command, Turn turn) {
  if (!can(description, capability::basic_zoom)) return unsupported("This camera does not zoom.");
  const auto type = command.whole(1);
  if (!is_camera_id(command.whole(3)) || !type || !has_type(description.zoom_types, *type) ||
      !is_zoom(*type, command.p(2)))
    return denied("This camera cannot zoom that way, or not so far.");
  return ask_for(SetZoom{static_cast<std::uint8_t>(*type), command.p(2)}, command, turn);
}

Answer Camera::State::set_focus(const Command& command, Turn turn) {
  if (!can(description, capability::basic_focus)) return unsupported("This camera has no focus to set.");
  const auto type = command.whole(1);
  if (!is_camera_id(command.whole(3)) || !type || !has_type(description.focus_types, *type) ||
      !is_focus(*type, command.p(2)))
    return denied("This camera cannot focus that way, or not so far.");
  return ask_for(SetFocus{static_cast<std::uint8_t>(*type), command.p(2)}, command, turn);
}

Answer Camera::State::reset_settings(const Command& command, Turn turn) {
  if (!description.can_reset_settings) return unsupported("The settings of this camera cannot be reset.");
  if (!is_camera_id(command.whole(2)) || command.p(1) != 1) return denied("To reset the settings takes a 1.");
  return ask_for(ResetSettings{}, command, turn);
}

void Camera::settings(const Settings& settings, base::Now now, Actions& out) {
  // NaN is "not known", and as good as itself.
  const auto same = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  auto& known = state_->condition.settings;
  const bool changed =
      known.mode != settings.mode || !same(known.zoom, settings.zoom) || !same(known.focus, settings.focus);
  known = settings;
  if (changed) state_->push_settings({now, out});
  state_->drive({now, out});
}

}  // namespace mavlink::camera
