#include <algorithm>
#include <cmath>
#include <limits>

#include "server/relay/mavlink/camera/camera_state.hpp"
#include "server/relay/mavlink/camera/limits.hpp"

namespace mavlink::camera {

// How many of that message there are to send: one per storage or stream, 0 where this camera has nothing to say.
std::size_t Camera::State::count_of(std::uint32_t message) const noexcept {
  switch (message) {
    case Heartbeat::info.id: return condition.online ? 1 : 0;
    case ProtocolVersion::info.id:
    case CameraInformation::info.id:
    case CameraSettings::info.id:
    case CameraCaptureStatus::info.id: return 1;
    case StorageInformation::info.id: return description.storages.size();
    case VideoStreamInformation::info.id:
    case VideoStreamStatus::info.id: return description.streams.size();
    case CameraFovStatus::info.id: return report.knows_fov() ? 1 : 0;
    case BatteryStatus::info.id: return condition.battery ? 1 : 0;
    default: return 0;
  }
}

bool Camera::State::can_send(std::uint32_t message) const noexcept {
  return count_of(message) > 0;
}

// Precondition: index < count_of(message).
Message Camera::State::make(std::uint32_t message, std::size_t index, base::SteadyTime now) const {
  switch (message) {
    case CameraInformation::info.id: return report.information(now);
    case CameraSettings::info.id: return report.settings(now);
    case CameraCaptureStatus::info.id: return report.status(capture, now);
    case StorageInformation::info.id: return report.storage(index, now);
    case VideoStreamInformation::info.id: return report.stream(index);
    case VideoStreamStatus::info.id: return report.stream_status(index);
    case CameraFovStatus::info.id: return report.fov(now);
    case BatteryStatus::info.id: return report.battery();
    case ProtocolVersion::info.id: return Reporter::protocol();
    default: return Reporter::heartbeat();
  }
}

// `number`: of the storage or stream, from 1; 0: all.
Answer Camera::State::request_numbered(std::uint32_t message, std::optional<std::int32_t> number, const Recipient& to,
                                       Turn turn) {
  const auto count = count_of(message);
  if (count == 0) return unsupported("This camera has no such message to send.");
  if (!number || *number < 0 || static_cast<std::size_t>(*number) > count)
    return denied("There is no storage or stream of that number.");
  const auto first = *number == 0 ? 0 : static_cast<std::size_t>(*number - 1);
  const auto last = *number == 0 ? count - 1 : first;
  for (auto i = first; i <= last; ++i) send(make(message, i, turn.now.steady), to.peer(), turn);
  return {};
}

// `first` -1: all; `last` 0: that one alone, -1: all that follow.
Answer Camera::State::request_image(std::optional<std::int32_t> first, std::optional<std::int32_t> last,
                                    const Recipient& to) {
  if (!first || !last || *first < -1 || *last < -1) return denied("These are no numbers of images.");
  const auto newest = condition.image_count - 1;
  if (*first == -1 && newest < 0) return {};  // all of none
  const auto from = std::max(*first, 0);
  if (from > newest) return denied("There is no image of that number.");
  auto until = *first == -1 || *last == -1 ? newest : std::min(*last, newest);
  if (*first >= 0 && *last == 0) until = from;
  if (until < from) return denied("The range of images ends before it begins.");
  if (!replay.add(to, from, until))
    return rejected_for_now("As many kept images as can be told at once are asked for already.");
  return {};
}

Answer Camera::State::request_message(const Command& command, Turn turn) {
  const auto message = command.whole(1);
  if (!command.is_given(1) || !message || *message < 0) return denied("This is no number of a message.");
  const auto to = recipient_of(command);
  if (!to) return denied("This is no recipient of a message.");
  const auto id = static_cast<std::uint32_t>(*message);
  if (id == CameraImageCaptured::info.id) return request_image(command.whole(2), command.whole(3), *to);
  const bool numbered =
      id == StorageInformation::info.id || id == VideoStreamInformation::info.id || id == VideoStreamStatus::info.id;
  return request_numbered(id, numbered ? command.whole(2) : 0, *to, turn);
}

// The commands that were there before REQUEST_MESSAGE. Their "yes, do send it" is not asked for: whoever sends one
// wants the message.
Answer Camera::State::request_old(const Command& command, Turn turn) {
  const auto number = command.whole(1);
  const Recipient to{command.peer};
  switch (command.id) {
    case command::request_protocol_version: return request_numbered(ProtocolVersion::info.id, 0, to, turn);
    case command::request_camera_information: return request_numbered(CameraInformation::info.id, 0, to, turn);
    case command::request_camera_settings: return request_numbered(CameraSettings::info.id, 0, to, turn);
    case command::request_camera_capture_status: return request_numbered(CameraCaptureStatus::info.id, 0, to, turn);
    case command::request_storage_information: return request_numbered(StorageInformation::info.id, number, to, turn);
    case command::request_video_stream_information:
      return request_numbered(VideoStreamInformation::info.id, number, to, turn);
    case command::request_video_stream_status: return request_numbered(VideoStreamStatus::info.id, number, to, turn);
    default: return request_image(number, 0, to);
  }
}

Answer Camera::State::set_interval(const Command& command, Turn turn) {
  if (command.permission == Permission::refused) return denied("Its sender is not among those who may command.");
  const auto message = command.whole(1);
  if (!message || *message < 0) return denied("This is no number of a message.");
  const auto id = static_cast<std::uint32_t>(*message);
  if (id == Heartbeat::info.id) return denied("Heartbeats come once a second, always.");
  if (!can_send(id)) return unsupported("This camera has no such message to send regularly.");
  const double wanted = command.p(2);
  if (!(wanted >= -1 && wanted <= std::numeric_limits<std::int32_t>::max()))
    return denied("The interval is out of range.");
  const auto to = recipient_of(command);
  if (!to) return denied("This is no recipient of a message.");
  const Wanted regular{id, *to};
  if (wanted <= 0) {  // by default nothing is sent regularly
    intervals.stop(regular);
    return {};
  }
  const std::chrono::microseconds interval{std::llround(wanted)};
  if (!intervals.set(regular, interval, turn.now.steady))
    return rejected_for_now("As many messages as can be sent regularly are sent already.");
  return {};
}

Answer Camera::State::get_interval(const Command& command, Turn turn) {
  const auto message = command.whole(1);
  if (!message || *message < 0 || *message > std::numeric_limits<std::uint16_t>::max())
    return denied("This is no number of a message.");
  const auto id = static_cast<std::uint32_t>(*message);
  MessageInterval out{.interval_us = 0, .message_id = static_cast<std::uint16_t>(id)};  // 0: not available
  if (id == Heartbeat::info.id)
    out.interval_us = 1'000'000;
  else if (const auto interval = intervals.interval(id, command.peer))
    out.interval_us = static_cast<std::int32_t>(interval->count());
  else if (id == BatteryStatus::info.id && can_send(id))
    out.interval_us = static_cast<std::int32_t>(std::chrono::microseconds{limits::battery_every}.count());
  else if (can_send(id))
    out.interval_us = -1;  // not sent
  send(out, command.peer, turn);
  return {};
}

}  // namespace mavlink::camera
