// What a tracker makes of a text command: camreq and its kin read, and answered in the words of real devices.
// Written apart from the server's, so that one mistake cannot hide in both.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/media.hpp"

namespace sim {

// What the camera is to record, or to look up on its card.
struct CaptureOrder {
  base::MediaKind kind = base::MediaKind::photo;
  bool front = false;
  bool rear = false;
  std::int64_t from_ms = 0;   // unix time; of a photo: now
  std::uint16_t seconds = 0;  // 0 for a photo
};

struct CommandAnswer {
  std::string words;
  std::optional<CaptureOrder> order;  // nothing: it asked for no file, or was refused
};

constexpr std::string_view refusal_words = "Invalid argument in camera request cmd!";
bool asks_camera(std::string_view command) noexcept;

// `now_ms`: unix time. `spaced`: false for firmware that leaves a blank out.
CommandAnswer answer_command(std::string_view command, std::int64_t now_ms, bool spaced);

}  // namespace sim
