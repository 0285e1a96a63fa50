#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "server/relay/mavlink/camera/camera_state.hpp"
#include "server/relay/mavlink/camera/limits.hpp"

namespace mavlink::camera {

// `acts`: it changes something, and is carried out only for those who may, with the camera there, and once.
struct Camera::State::Row {
  std::uint16_t id;
  bool acts;
  Answer (State::*run)(const Command& command, Turn turn);
};

const Camera::State::Row* Camera::State::find_row(std::uint16_t command) noexcept {
  static constexpr std::array rows{
      Row{command::do_control_video, true, &State::control_video},
      Row{command::do_digicam_control, true, &State::digicam_control},
      Row{command::get_message_interval, false, &State::get_interval},
      Row{command::set_message_interval, false, &State::set_interval},
      Row{command::request_message, false, &State::request_message},
      Row{command::request_protocol_version, false, &State::request_old},
      Row{command::request_camera_information, false, &State::request_old},
      Row{command::request_camera_settings, false, &State::request_old},
      Row{command::request_storage_information, false, &State::request_old},
      Row{command::storage_format, true, &State::format},
      Row{command::request_camera_capture_status, false, &State::request_old},
      Row{command::reset_camera_settings, true, &State::reset_settings},
      Row{command::set_camera_mode, true, &State::set_mode},
      Row{command::set_camera_zoom, true, &State::set_zoom},
      Row{command::set_camera_focus, true, &State::set_focus},
      Row{command::image_start_capture, true, &State::start_capture},
      Row{command::image_stop_capture, true, &State::stop_capture},
      Row{command::request_camera_image_capture, false, &State::request_old},
      Row{command::do_trigger_control, true, &State::trigger_control},
      Row{command::video_start_capture, true, &State::start_video},
      Row{command::video_stop_capture, true, &State::stop_video},
      Row{command::video_start_streaming, true, &State::switch_stream},
      Row{command::video_stop_streaming, true, &State::switch_stream},
      Row{command::request_video_stream_information, false, &State::request_old},
      Row{command::request_video_stream_status, false, &State::request_old},
  };
  const auto found = std::ranges::find(rows, command, &Row::id);
  return found == rows.end() ? nullptr : &*found;
}

// 0 is all, 1 to 7 one of a camera's sensors, of which ours have one; missions carry the component's own id.
bool Camera::State::is_camera_id(std::optional<std::int32_t> target) const noexcept {
  return target && ((*target >= 0 && *target <= 7) || *target == description.address.component);
}

Answer Camera::State::act(const Row& row, const Command& command, Turn turn) {
  if (command.permission == Permission::refused) return denied("Its sender is not among those who may command.");
  if (resent.is_known(command, turn.now.steady)) {
    ++figures.repeated;
    return {};
  }
  if (command.permission == Permission::too_fast)
    return rejected_for_now("Its sender gives more commands than are taken in a second.");
  if (!condition.online) return rejected_for_now("The camera itself is not connected.");
  auto answer = (this->*row.run)(command, turn);
  if (answer.result == result::accepted) resent.remember(command, turn.now.steady);
  return answer;
}

Answer Camera::State::answer_to(const Command& command, Turn turn) {
  const auto* row = find_row(command.id);
  if (!row) return unsupported("This camera knows no such command.");
  return row->acts ? act(*row, command, turn) : (this->*row->run)(command, turn);
}

void Camera::State::carry_out(const Command& command, Turn turn) {
  ++figures.commands;
  const auto before = static_cast<std::ptrdiff_t>(turn.out.send.size());
  const auto answer = answer_to(command, turn);
  // What the command brings about was sent already, and its requester waits for the acknowledgement first.
  turn.out.send.insert(turn.out.send.begin() + before,
                       {description.address, ack_of(command.id, command.from, answer), command.peer});
  if (answer.reason.empty()) return;
  ++figures.refused;
  turn.out.notes.push_back({Note::Kind::refused, command.from, command.id,
                            fmt::format("Command {} of {}/{} was refused: {}", command.id, command.from.system,
                                        command.from.component, answer.reason)});
}

// Of what takes long: a series can be ended, formatting cannot.
void Camera::State::cancel(const CommandCancel& sent, const Received& received, Turn turn) {
  if (sent.command == command::storage_format && formatting) {
    send(ack_of(sent.command, received.from, {result::in_progress, {}, formatting->progress}), received.peer, turn);
    return;
  }
  if (sent.command != command::image_start_capture || !capture.is_series()) return;
  if (received.permission == Permission::refused) {
    turn.out.notes.push_back({Note::Kind::refused, received.from, sent.command,
                              "A series of images was not cancelled: the sender may not command."});
    return;
  }
  capture.stop();
  send(ack_of(sent.command, received.from, {result::cancelled, {}}), received.peer, turn);
}

}  // namespace mavlink::camera
