// What comes out of a camera component: messages, and what others are to do for it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/base/clock.hpp"
#include "server/relay/mavlink/camera/parameter.hpp"
#include "server/relay/mavlink/wire/message.hpp"

namespace mavlink::camera {

// What the device is asked to do. Each ends with one call of Camera::done() or, for TakeImage, Camera::image(), or is
// given up after its time (Limits).
struct TakeImage {};
struct StartVideo {
  std::uint8_t stream = 0;  // 0: all, as in StopVideo
};
struct StopVideo {
  std::uint8_t stream = 0;
};
struct SetMode {
  std::uint8_t mode = 0;  // CAMERA_MODE
};
struct SetZoom {
  std::uint8_t type = 0;  // CAMERA_ZOOM_TYPE
  float value = 0;
};
struct SetFocus {
  std::uint8_t type = 0;  // SET_FOCUS_TYPE
  float value = 0;
};
struct SetParameter {
  std::string id;
  ParameterValue value;
};
struct ResetSettings {};
struct FormatStorage {
  std::uint8_t storage = 0;  // its id, from 1
};
using Wish = std::variant<TakeImage, StartVideo, StopVideo, SetMode, SetZoom, SetFocus, SetParameter, ResetSettings,
                          FormatStorage>;

using AskId = std::uint64_t;  // never used twice in a run, never 0
struct Ask {
  AskId id = 0;
  Wish wish;
  Address by;  // who wants it
};

struct Position {
  std::int32_t latitude = 0;           // degE7
  std::int32_t longitude = 0;          // degE7
  std::int32_t altitude = 0;           // mm above sea
  std::int32_t relative_altitude = 0;  // mm above home
};

// A line of the image log. Failures have one as well: an index is never used for two captures, and whoever missed the
// message can ask for it again.
struct ImageRecord {
  std::int32_t index = 0;
  bool ok = true;
  std::optional<base::UtcTime> taken_at;
  std::string url;  // empty: not served
  std::optional<Position> position;
  std::array<float, 4> orientation{1, 0, 0, 0};  // quaternion w, x, y, z
};

// To be kept durably, in this order, before the messages of the same call go out. The number of images is the index of
// the last record and one, or 0.
struct ForgetImages {};
using Keep = std::variant<ImageRecord, ForgetImages>;

// Records first..last of the log, both included; answered by Camera::page() or Camera::page_failed().
struct PageRequest {
  std::uint64_t id = 0;
  std::int32_t first = 0;
  std::int32_t last = 0;
};

// For a log, one sentence each.
struct Note {
  enum class Kind : std::uint8_t { refused, failed, late, impostor };
  Kind kind = Kind::refused;
  Address from;               // whose message it was about; 0/0: nobody's
  std::uint16_t command = 0;  // MAV_CMD, 0: none
  std::string text;
};

// What came of one call. Reused between calls: clear() keeps the memory.
struct Actions {
  std::vector<Outgoing> send;
  std::vector<Ask> asks;
  std::vector<Keep> keep;
  std::vector<PageRequest> pages;
  std::vector<Note> notes;
  void clear() noexcept {
    send.clear();
    asks.clear();
    keep.clear();
    pages.clear();
    notes.clear();
  }
};

}  // namespace mavlink::camera
