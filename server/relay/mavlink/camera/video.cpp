#include <algorithm>

#include "server/relay/mavlink/camera/camera_state.hpp"
#include "server/relay/mavlink/camera/limits.hpp"

namespace mavlink::camera {

// 0: all. A camera that records need not stream: what it records is number 1.
std::optional<std::uint8_t> Camera::State::stream_of(const Command& command) const noexcept {
  const auto number = command.whole(1);
  const auto count = std::max<std::size_t>(description.streams.size(), 1);
  if (!number || *number < 0 || static_cast<std::size_t>(*number) > count) return std::nullopt;
  return static_cast<std::uint8_t>(*number);
}

bool Camera::State::will_record() const noexcept {
  bool records = condition.recording_since.has_value();
  for (const auto& [id, pending] : asks) {  // in the order of asking
    if (std::holds_alternative<StartVideo>(pending.wish)) records = true;
    if (std::holds_alternative<StopVideo>(pending.wish)) records = false;
  }
  return records;
}

Answer Camera::State::begin_recording(std::uint8_t stream, const Command& command, Turn turn) {
  if (can(description, capability::has_modes) && condition.settings.mode != camera_mode::video &&
      !can(description, capability::video_in_image_mode))
    return rejected_for_now("The camera records no video in image mode.");
  if (formatting) return rejected_for_now("The storage is being formatted.");
  if (will_record()) return {};
  return ask_for(StartVideo{stream}, command, turn);
}

Answer Camera::State::end_recording(std::uint8_t stream, const Command& command, Turn turn) {
  recording_status.reset();
  if (!will_record()) return {};
  return ask_for(StopVideo{stream}, command, turn);
}

Answer Camera::State::start_video(const Command& command, Turn turn) {
  if (!can(description, capability::capture_video)) return unsupported("This camera records no video.");
  const auto stream = stream_of(command);
  const auto hertz = command.p(2);
  if (!stream || !is_camera_id(command.whole(3))) return denied("There is no stream or camera of that id here.");
  if (!(hertz >= 0)) return denied("The rate of status messages is out of range.");
  auto answer = begin_recording(*stream, command, turn);
  if (answer.result != result::accepted) return answer;
  recording_status.reset();
  // At least every 20 minutes: less is none.
  if (constexpr float slowest = 1.F / 1200; hertz >= slowest) {
    const std::chrono::microseconds period{static_cast<std::int64_t>(1e6F / std::min(hertz, limits::most_status_hz))};
    recording_status = Grid{turn.now.steady + period, period};
  }
  return answer;
}

Answer Camera::State::stop_video(const Command& command, Turn turn) {
  if (!can(description, capability::capture_video)) return unsupported("This camera records no video.");
  const auto stream = stream_of(command);
  if (!stream || !is_camera_id(command.whole(2))) return denied("There is no stream or camera of that id here.");
  return end_recording(*stream, command, turn);
}

// The old way to record: p4 is 0 to stop, 1 and 2 to start. Transmission and its interval are the streams' own.
Answer Camera::State::control_video(const Command& command, Turn turn) {
  if (!can(description, capability::capture_video)) return unsupported("This camera records no video.");
  const auto recording = command.whole(4);
  const auto target = command.whole(1);
  if (target != -1 && !is_camera_id(target)) return denied("There is no camera of that id here.");
  if (!command.is_given(4) || !recording || *recording < 0 || *recording > 2) return denied("Recording is 0, 1 or 2.");
  return *recording == 0 ? end_recording(0, command, turn) : begin_recording(0, command, turn);
}

// Streams are there for whoever connects: nothing to switch.
Answer Camera::State::switch_stream(const Command& command, Turn) {
  if (description.streams.empty()) return unsupported("This camera has no streams.");
  if (!stream_of(command) || !is_camera_id(command.whole(2)))
    return denied("There is no stream or camera of that id here.");
  return {};
}

void Camera::recording(bool is_recording, base::Now now, Actions& out) {
  auto& since = state_->condition.recording_since;
  if (is_recording && !since) since = now.steady;
  if (!is_recording && since) {
    since.reset();
    state_->recording_status.reset();
  }
  state_->drive({now, out});
}

}  // namespace mavlink::camera
