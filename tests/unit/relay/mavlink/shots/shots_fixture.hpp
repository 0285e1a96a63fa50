// A conversation, moment by moment, and the events it makes.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server/relay/mavlink/shots/shots.hpp"
#include "server/relay/mavlink/wire/enums.hpp"

namespace mavlink::shots {

inline constexpr Address autopilot{1, 1};
inline constexpr Address camera_100{1, 100};
inline constexpr Address camera_101{1, 101};
inline constexpr Address station{255, 190};
inline constexpr Address ours{42, 100};

inline CommandLong start_capture(Address to, float sequence = 0, float camera = 0) {
  return {.param1 = camera,
          .param2 = 0,
          .param3 = 1,
          .param4 = sequence,
          .command = command::image_start_capture,
          .target_system = to.system,
          .target_component = to.component};
}

inline CommandLong digicam(Address to, std::uint8_t confirmation = 0) {
  return {.param5 = 1,
          .command = command::do_digicam_control,
          .target_system = to.system,
          .target_component = to.component,
          .confirmation = confirmation};
}

inline CommandLong video(std::uint16_t what, Address to, std::uint8_t confirmation = 0) {
  return {.command = what, .target_system = to.system, .target_component = to.component, .confirmation = confirmation};
}

inline CameraImageCaptured captured(std::int32_t index, std::uint8_t camera = 0) {
  return {.image_index = index, .camera_id = camera, .capture_result = 1};
}

class ShotsTest : public testing::Test {
 protected:
  explicit ShotsTest(Options options = {.own = {ours}}) : shots_(std::move(options)) {}

  void hear(std::int64_t ms, Address from, Message message, Permission permission = Permission::granted) {
    shots_.hear({.from = from, .message = std::move(message), .permission = permission}, at(ms), actions_);
  }
  void sent(std::int64_t ms, Message message) {
    shots_.sent({.from = ours, .message = std::move(message), .to = {}}, at(ms));
  }
  static base::Now at(std::int64_t ms) {
    const std::chrono::milliseconds since(ms);
    return {base::SteadyTime(std::chrono::hours(1) + since),
            base::UtcTime(std::chrono::seconds(1'790'000'000) + since)};
  }
  // "command+ captured": the kinds in order, a plus at those that were first.
  std::string told() const {
    std::string text;
    for (const Shot& shot : actions_.shots) {
      if (!text.empty()) text += ' ';
      text += to_string(shot.kind);
      if (shot.first) text += '+';
    }
    return text;
  }
  std::size_t firsts() const { return static_cast<std::size_t>(std::ranges::count_if(actions_.shots, &Shot::first)); }
  const Shot& shot(std::size_t number) const { return actions_.shots.at(number); }

  Shots shots_;
  Actions actions_;
};

}  // namespace mavlink::shots
