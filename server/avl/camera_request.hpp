// Asking a camera for a file: `camreq` and its kin, and what trackers answer.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "server/base/clock.hpp"
#include "server/base/media.hpp"
#include "server/base/result.hpp"

namespace avl {

constexpr std::uint32_t longest_clip_s = 30;  // that one command can ask for

// Which command a camera is asked with.
enum class Dialect : std::uint8_t {
  camreq,       // DualCam: front, rear, both
  mdas_camreq,  // ADAS
  dsm_camreq,   // DSM: has no time and no duration, brings what the camera has
  icam_req,     // newer firmware: any camera, by the serial port it is connected to
};

struct Destination {  // where that file is to go, instead of the configured server
  std::string domain;
  std::uint16_t port = 0;
};

struct CameraRequest {
  Dialect dialect = Dialect::camreq;
  bool front = false;  // of camreq and icam_req; both at once only of camreq
  bool rear = false;
  base::Camera camera = base::Camera::unknown;  // of icam_req: any single one
  base::MediaKind kind = base::MediaKind::photo;
  std::optional<base::UtcTime> from;       // a video's begin, whole seconds; not of a photo by camreq
  std::uint32_t duration_s = 0;            // 1..30 of a video
  std::optional<std::uint8_t> resolution;  // of photos: 0 160x120, 1 320x240, 2 640x480, 3 1280x720, 4 1920x1080
  std::uint8_t com_port = 1;               // of icam_req: 1 or 2
  std::optional<Destination> destination;
};

// "camreq:0,1,1763000000,10". `invalid`: a wish that the dialect cannot say, and what it could.
base::Result<std::string> command_text(const CameraRequest& request);
// The same as an SMS: "LOGIN PASSWORD camreq:1,1"; without a login two blanks stand before it.
std::string sms_text(std::string_view login, std::string_view password, std::string_view command);

// ---- Answers
struct Accepted {
  base::MediaKind kind = base::MediaKind::photo;
  bool front = false;                       // source 1 and 3
  bool rear = false;                        // source 2 and 3
  std::optional<std::uint32_t> duration_s;  // of a video
  std::optional<base::UtcTime> since;       // of a video, by the device's clock
};
struct Refused {
  std::string words;  // the device's own, tidied
};
struct Unrecognised {};  // says nothing that is known about a request: perhaps the rest is still to come

using Answer = std::variant<Unrecognised, Accepted, Refused>;
// The text may have come in several pieces, joined, with line ends anywhere, and with or without the blank that some
// firmware omits.
Answer read_answer(std::string_view text);

}  // namespace avl
