// A shot: an image taken, or a recording started or stopped, by a camera of somebody's system; and the signs of it that
// go over the wire.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/now.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::shots {

// command   somebody asked for it (IMAGE_START_CAPTURE, DO_DIGICAM_CONTROL): intent
// trigger   an autopilot released the shutter (CAMERA_TRIGGER)
// captured  a camera has an image (CAMERA_IMAGE_CAPTURED), or failed to take it (`result` 0): fact
// feedback  an autopilot tells where that was (CAMERA_FEEDBACK): fact
enum class Kind : std::uint8_t { command, trigger, captured, feedback, video_start, video_stop };
std::string_view to_string(Kind kind) noexcept;

// Whose camera: a component of its own, one that an autopilot numbers (1 to 6), or nobody said.
struct Camera {
  enum class Known : std::uint8_t { no, component, number };
  Known known = Known::no;
  std::uint8_t value = 0;  // 0: nobody said
  bool operator==(const Camera&) const = default;
};
// May be the same one. An autopilot's number of a camera and the component that camera is cannot be compared: they may.
bool may_be_same(const Camera& a, const Camera& b) noexcept;

// One sign of a shot, as events for the hub are made of. Of each kind a shot has at most one; of the facts one for each
// camera, where a command was for all of them.
struct Shot {
  std::uint64_t id = 0;  // the same for all signs of one shot; never used twice in a run
  Kind kind = Kind::command;
  bool first = false;  // nothing was known of the shot before: of all signs of one, exactly one is; none if it is ours
  bool ours = false;   // this program asked for it
  Address from;        // who showed the sign
  Address target;      // whom a command was for; 0: everybody
  std::uint8_t system = 0;  // whose camera it is; 0: everybody's
  Camera camera;
  bool may_command = true;  // its sender's commands are carried out
  std::uint16_t command = 0;
  std::array<float, 7> params{};     // of the command; not given: 0
  std::optional<std::uint32_t> seq;  // CAMERA_TRIGGER.seq; param4 of IMAGE_START_CAPTURE for a single image
  std::optional<std::int32_t> image_index;
  std::optional<int> result;  // of `captured`: 1, or 0: no image
  std::string url;
  std::optional<double> latitude;  // degrees
  std::optional<double> longitude;
  std::optional<double> altitude;     // m above mean sea level
  std::optional<base::UtcTime> time;  // when the wire says it was
  base::Now heard{};
};

}  // namespace mavlink::shots
