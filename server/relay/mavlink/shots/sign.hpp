// What one message tells of a shot, before anything is known of the others.
#pragma once

#include <cstdint>
#include <optional>

#include "server/relay/mavlink/shots/boot_clock.hpp"
#include "server/relay/mavlink/shots/shot.hpp"

namespace mavlink::shots {

// The messages that each speak of a shot once.
enum class Channel : std::uint8_t {
  start_capture,
  digicam,
  trigger,
  captured,
  feedback,
  start_video,
  stop_video,
  control_video
};

struct Sign {
  Shot shot;
  Channel channel = Channel::start_capture;
  std::optional<std::uint32_t> key;  // tells one shot of the channel and its sender from the next
  bool again = false;                // the sender says that it repeats a command
};

// `asked`: the parameter that names a camera. For a camera's component it means one of its sensors.
Camera camera_of(Address target, float asked);

// Nothing: the message is no sign of a shot.
std::optional<Sign> read_sign(Address from, const Message& message, const BootClocks& clocks);

}  // namespace mavlink::shots
